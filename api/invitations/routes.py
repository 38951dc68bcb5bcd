"""Invitations to make an account, for administrators."""

from typing import Annotated, cast
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request

from api.accounts.registration_routes import RegistrationDep, Sent
from api.dependencies import AuditDep, Keeper
from api.http.errors import forbidden
from api.http.paging import Limit, PagingDep
from api.http.problems import documented
from api.http.routing import CallerFirstRoute
from api.invitations.service import Invitations, InvitationView, InvitationWish, new_invitation
from api.security.makers_rights import MakersRights
from api.workspaces.member_routes import WorkspaceServiceDep
from infra.recorded_acts import records
from schemas.activity import Action
from schemas.queries import Page

NO_INVITER = "A client that acts as itself invites nobody, since no administrator answers: POST /v1/accounts instead."

router = APIRouter(prefix="/v1/accounts/invitations", tags=["accounts"], route_class=CallerFirstRoute)


class Invited(Sent):
    """An invitation that was created. Its `id` identifies it in the list of open invitations."""

    id: UUID


async def get_invitations(request: Request) -> Invitations:
    return cast(Invitations, request.app.state.invitations)


async def get_rights(request: Request) -> MakersRights:
    return cast(MakersRights, request.app.state.makers_rights)


InvitationsDep = Annotated[Invitations, Depends(get_invitations)]
RightsDep = Annotated[MakersRights, Depends(get_rights)]


@router.post("", status_code=202, responses=documented(400, 401, 403, 409, 413, 422, 503))
@records(Action.ACCOUNT_INVITED)
async def invite(
    wish: InvitationWish,
    keeper: Keeper,
    workspaces: WorkspaceServiceDep,
    registration: RegistrationDep,
    rights: RightsDep,
    audit: AuditDep,
) -> Invited:
    """Invite somebody by e-mail to create their own account. Not available if registration is closed.

    An invitation can be used once, within a week. It becomes invalid if it is withdrawn, or if you or the key or client
    that you used may no longer invite. An application that acts as itself cannot invite; it creates accounts instead.
    """
    maker = await rights.maker_of(keeper, wish.workspaces)
    if maker is None:
        raise forbidden(NO_INVITER)
    await workspaces.require_all(wish.workspaces)
    invitation = new_invitation(wish, maker, registration.settings.mail.invitation_lifetime_s)
    await registration.invite(invitation, keeper.account_id, audit.act)
    return Invited(id=invitation.id)


@router.get("", response_model_exclude_none=True, responses=documented(401, 403, 422, 503))
async def list_invitations(
    _keeper: Keeper, invitations: InvitationsDep, paging: PagingDep, limit: Limit = 50
) -> Page[InvitationView]:
    """List open invitations, in no particular order.

    The list includes those that are invalid because their maker may no longer invite.
    """
    return paging.sealed(await invitations.page(limit, paging.cursor))


@router.delete("/{invitation_id}", status_code=204, responses=documented(401, 403, 404, 422, 503))
@records(Action.INVITATION_WITHDRAWN)
async def withdraw_invitation(
    invitation_id: Annotated[UUID, Path(description="The invitation's `id`.")],
    keeper: Keeper,
    invitations: InvitationsDep,
    audit: AuditDep,
) -> None:
    """Withdraw an invitation, whoever made it. Its e-mail stops working at once."""
    await invitations.withdraw(invitation_id, keeper.account_id, audit.act)

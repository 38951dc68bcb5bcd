"""Invitations: made, listed, judged and withdrawn."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID

import structlog
from pydantic import EmailStr, Field

from api.activity.auditing import address_digest
from api.security.makers_rights import MakersRights
from infra.errors import NotFound, TransientError
from infra.operations.audit.acts import Act
from schemas.access.accounts import DisplayName, Role
from schemas.access.invitations import Invitation, Maker
from schemas.activity import Action
from schemas.images import Frozen, Owner
from schemas.queries import MAX_PAGE_SIZE, Page

NO_SUCH_INVITATION = "There is no such invitation: it was used or withdrawn, or its time is over."

log = structlog.get_logger(__name__)


class InvitationWish(Frozen):
    """Whom to invite, and the role and workspaces that they will have."""

    email: EmailStr = Field(max_length=320, examples=["ada@shop.example"])
    name: DisplayName | None = None
    role: Role = Role.USER
    workspaces: frozenset[Owner] = Field(default=frozenset(), max_length=100)


class InvitationView(Frozen):
    """An open invitation, without the token that its e-mail contains."""

    id: UUID
    email: EmailStr
    name: DisplayName | None = None
    role: Role
    workspaces: tuple[Owner, ...]
    invited_by: UUID
    program: str | None = Field(
        default=None, description="The key or client that created it, as the audit trail names it."
    )
    made_at: datetime
    expires_at: datetime
    counts: bool = Field(description="Whether it is still valid. False once its maker may no longer invite.")


class InvitationRegistry(Protocol):
    """Where open invitations are kept."""

    async def add(self, invitation: Invitation, lifetime_s: int) -> None: ...
    async def find(self, invitation_id: UUID) -> Invitation | None: ...
    async def page(self, limit: int, cursor: str | None = None) -> Page[Invitation]: ...
    async def remove(self, invitation_id: UUID) -> bool: ...


class Invitations:
    """Open invitations. Each counts while it is kept here and its maker could make it; both are asked when it is used.

    Methods raise ``TransientError`` while the stores do not answer.
    """

    def __init__(self, kept: InvitationRegistry, rights: MakersRights) -> None:
        self._kept = kept
        self._rights = rights

    async def keep(self, invitation: Invitation) -> None:
        """Let an invitation count from now until it expires."""
        lifetime = invitation.expires_at - invitation.made_at
        await self._kept.add(invitation, int(lifetime.total_seconds()))

    async def find_counting(self, invitation_id: UUID) -> Invitation | None:
        """Return the invitation if it counts now."""
        invitation = await self._kept.find(invitation_id)
        return invitation if invitation is not None and await self._counts(invitation) else None

    async def page(self, limit: int, cursor: str | None) -> Page[InvitationView]:
        """Return open invitations, in no order; raises ``InvalidCursor``."""
        page = await self._kept.page(limit, cursor)
        views = [_view_of(each, counts=await self._counts(each)) for each in page.items]
        return Page(items=tuple(views), next_cursor=page.next_cursor)

    async def list_all(self) -> tuple[InvitationView, ...]:
        """Return all open invitations, in no order."""
        found: list[InvitationView] = []
        cursor: str | None = None
        while True:
            page = await self.page(MAX_PAGE_SIZE, cursor)
            found += page.items
            if (cursor := page.next_cursor) is None:
                return tuple(found)

    async def withdraw(self, invitation_id: UUID, by: object, act: Act) -> None:
        """Let an invitation count no longer; recorded first. Raises ``NotFound`` where there is none."""
        invitation = await self._kept.find(invitation_id)
        if invitation is None:
            raise NotFound(NO_SUCH_INVITATION)
        subject = address_digest(invitation.email)
        async with act(Action.INVITATION_WITHDRAWN, by, subject, detail=f"invitation: {invitation_id}"):
            if not await self._kept.remove(invitation_id):
                raise NotFound(NO_SUCH_INVITATION)

    async def use_up(self, invitation: Invitation) -> None:
        """Forget an invitation whose account is there, so that none can be made of it any more."""
        try:
            await self._kept.remove(invitation.id)
        except TransientError as error:
            log.warning("used_invitation_kept", error=str(error), invitation_id=str(invitation.id))

    async def _counts(self, invitation: Invitation) -> bool:
        return datetime.now(UTC) < invitation.expires_at and await self._rights.stand(invitation.maker)


def new_invitation(wish: InvitationWish, maker: Maker, lifetime_s: int) -> Invitation:
    """Return an invitation that counts for ``lifetime_s`` seconds from now on."""
    now = datetime.now(UTC)
    expires_at = now + timedelta(seconds=lifetime_s)
    return Invitation(id=uuid.uuid4(), maker=maker, made_at=now, expires_at=expires_at, **wish.model_dump())


def _view_of(invitation: Invitation, *, counts: bool) -> InvitationView:
    shown = invitation.model_dump(include=set(InvitationView.model_fields) - {"workspaces"})
    maker = invitation.maker
    key, client = maker.api_key and f"key {maker.api_key}", maker.client_id and f"client {maker.client_id}"
    workspaces = tuple(sorted(invitation.workspaces))
    return InvitationView(
        **shown, workspaces=workspaces, invited_by=maker.account_id, program=key or client, counts=counts
    )

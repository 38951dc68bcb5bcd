"""Workspaces and who belongs to them, for administrators."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Path, Query, Request

from api.accounts.routes import AccountId, AccountServiceDep
from api.dependencies import AuditDep, CallersDep, Keeper
from api.erasures.routes import ErasuresDep
from api.http.problems import documented
from api.http.routing import CallerFirstRoute
from api.images.routes import get_submissions
from api.images.submissions import Submissions
from api.workspaces.commands import DELETION
from api.workspaces.service import WorkspaceChanges, WorkspaceService, WorkspaceWish
from infra.recorded_acts import records
from schemas.access.accounts import Workspace
from schemas.activity import Action
from schemas.images import Owner
from schemas.records.erasures import Erasure

router = APIRouter(prefix="/v1/workspaces", tags=["workspaces"], route_class=CallerFirstRoute)


async def get_workspace_service(request: Request) -> WorkspaceService:
    return cast(WorkspaceService, request.app.state.workspace_service)


WorkspaceServiceDep = Annotated[WorkspaceService, Depends(get_workspace_service)]
SubmissionsDep = Annotated[Submissions, Depends(get_submissions)]
WorkspaceId = Annotated[Owner, Path(description="The workspace's `id`.", examples=["shop"])]


@router.post("", status_code=201, responses=documented(400, 401, 403, 409, 413, 422, 503))
@records(Action.WORKSPACE_CREATED)
async def create_workspace(
    wish: WorkspaceWish, keeper: Keeper, workspaces: WorkspaceServiceDep, submissions: SubmissionsDep, audit: AuditDep
) -> Workspace:
    """Create a workspace, and set the prefixes from which it may have images fetched and its default features."""
    made = await workspaces.create(wish, keeper.account_id, audit.act)
    submissions.forget_workspace(made.id)
    return made


@router.patch("/{workspace_id}", responses=documented(400, 401, 403, 404, 413, 422, 503))
@records(Action.WORKSPACE_CHANGED)
async def change_workspace(
    workspace_id: WorkspaceId,
    changes: WorkspaceChanges,
    keeper: Keeper,
    workspaces: WorkspaceServiceDep,
    submissions: SubmissionsDep,
    audit: AuditDep,
) -> Workspace:
    """Change a workspace's name, or replace its allowed prefixes or its default features.

    `GET /v1/accounts` lists its members.
    """
    changed = await workspaces.change(workspace_id, changes, keeper.account_id, audit.act)
    submissions.forget_workspace(workspace_id)
    return changed


@router.delete(
    "/{workspace_id}",
    status_code=202,
    response_model_exclude_none=True,
    responses=documented(401, 403, 404, 409, 422, 503),
)
@records(*DELETION)
async def delete_workspace(
    workspace_id: WorkspaceId,
    confirm: Annotated[str, Query(max_length=63, description="The workspace's `id` once more.", examples=["shop"])],
    keeper: Keeper,
    erasures: ErasuresDep,
    submissions: SubmissionsDep,
    audit: AuditDep,
) -> Erasure:
    """Delete a workspace with everything that belongs to it, for good.

    These are its images, uploaded pictures, jobs and their files, webhooks and their logs, the rights of its members,
    and the API keys and applications that are for it alone. From now on it accepts nothing. The response is an erasure,
    which runs on its own: `GET /v1/erasures/{erasure_id}` says how far it has come, and its signed list says what is
    gone.
    """
    begun = await erasures.delete_workspace(workspace_id, confirm, keeper.account_id, audit.act)
    submissions.forget_workspace(workspace_id)
    return begun


@router.put("/{workspace_id}/members/{account_id}", status_code=204, responses=documented(401, 403, 404, 409, 422, 503))
@records(Action.MEMBER_ADDED)
async def add_member(
    workspace_id: WorkspaceId,
    account_id: AccountId,
    keeper: Keeper,
    accounts: AccountServiceDep,
    callers: CallersDep,
    audit: AuditDep,
) -> None:
    """Add an account to a workspace. It can then see and send the workspace's images."""
    await accounts.set_member(workspace_id, account_id, keeper.account_id, audit.act, member=True)
    callers.forget(account_id)


@router.delete(
    "/{workspace_id}/members/{account_id}", status_code=204, responses=documented(401, 403, 404, 409, 422, 503)
)
@records(Action.MEMBER_REMOVED)
async def remove_member(
    workspace_id: WorkspaceId,
    account_id: AccountId,
    keeper: Keeper,
    accounts: AccountServiceDep,
    callers: CallersDep,
    audit: AuditDep,
) -> None:
    """Remove an account from a workspace. It can then no longer see or send the workspace's images."""
    await accounts.set_member(workspace_id, account_id, keeper.account_id, audit.act, member=False)
    callers.forget(account_id)

"""Workspaces and who belongs to them, for administrators."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from api.accounts.routes import AccountId, KeepingDep
from api.accounts.service import WorkspaceChanges, WorkspaceWish
from api.dependencies import CallersDep, Keeper, WitnessDep
from api.http.errors import documented
from api.http.routing import CallerFirstRoute
from api.images.routes import get_submissions
from api.images.submissions import Submissions
from infra.recorded_acts import records
from schemas.access.accounts import Workspace
from schemas.activity import Action
from schemas.images import Owner

router = APIRouter(prefix="/v1/workspaces", tags=["workspaces"], route_class=CallerFirstRoute)

SubmissionsDep = Annotated[Submissions, Depends(get_submissions)]
WorkspaceId = Annotated[Owner, Path(description="The workspace's `id`.", examples=["shop"])]


@router.post("", status_code=201, responses=documented(400, 401, 403, 409, 413, 422, 503))
@records(Action.WORKSPACE_CREATED)
async def create_workspace(
    wish: WorkspaceWish, keeper: Keeper, keeping: KeepingDep, submissions: SubmissionsDep, witness: WitnessDep
) -> Workspace:
    """Make a workspace, and say where it may have images fetched from."""
    made = await keeping.create_workspace(wish, keeper, witness)
    submissions.forget_workspace(made.id)
    return made


@router.patch("/{workspace_id}", responses=documented(400, 401, 403, 404, 413, 422, 503))
@records(Action.WORKSPACE_CHANGED)
async def change_workspace(
    workspace_id: WorkspaceId,
    changes: WorkspaceChanges,
    keeper: Keeper,
    keeping: KeepingDep,
    submissions: SubmissionsDep,
    witness: WitnessDep,
) -> Workspace:
    """Change its name, or all places that it may have images fetched from. `GET /v1/accounts` lists members."""
    changed = await keeping.change_workspace(workspace_id, changes, keeper, witness)
    submissions.forget_workspace(workspace_id)
    return changed


@router.put("/{workspace_id}/members/{account_id}", status_code=204, responses=documented(401, 403, 404, 409, 422, 503))
@records(Action.MEMBER_ADDED)
async def add_member(
    workspace_id: WorkspaceId,
    account_id: AccountId,
    keeper: Keeper,
    keeping: KeepingDep,
    callers: CallersDep,
    witness: WitnessDep,
) -> None:
    """Let an account see and send the workspace's images."""
    await keeping.set_member(workspace_id, account_id, keeper, witness, member=True)
    callers.forget(account_id)


@router.delete(
    "/{workspace_id}/members/{account_id}", status_code=204, responses=documented(401, 403, 404, 409, 422, 503)
)
@records(Action.MEMBER_REMOVED)
async def remove_member(
    workspace_id: WorkspaceId,
    account_id: AccountId,
    keeper: Keeper,
    keeping: KeepingDep,
    callers: CallersDep,
    witness: WitnessDep,
) -> None:
    """Let an account no longer see or send the workspace's images."""
    await keeping.set_member(workspace_id, account_id, keeper, witness, member=False)
    callers.forget(account_id)

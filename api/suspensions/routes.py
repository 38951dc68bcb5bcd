"""Keys and clients that a restore has suspended, for administrators."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request

from api.dependencies import AuditDep, CallersDep, Keeper
from api.http.problems import documented
from api.http.routing import CallerFirstRoute
from api.suspensions.service import Released, ReleaseWish, Suspended, Suspensions
from infra.recorded_acts import records
from schemas.activity import Action

router = APIRouter(prefix="/v1/suspensions", tags=["suspensions"], route_class=CallerFirstRoute)


async def get_suspensions(request: Request) -> Suspensions:
    return cast(Suspensions, request.app.state.suspensions)


SuspensionsDep = Annotated[Suspensions, Depends(get_suspensions)]


@router.get("", response_model_exclude_none=True, responses=documented(401, 403, 422, 503))
async def list_suspensions(_keeper: Keeper, suspensions: SuspensionsDep) -> Suspended:
    """List the API keys and OAuth clients that the restore of a backup has suspended.

    They work again once they are released.
    """
    return await suspensions.list()


@router.post("/release", responses=documented(400, 401, 403, 413, 422, 503))
@records(Action.KEY_RELEASED, Action.CLIENT_RELEASED)
async def release(
    wish: ReleaseWish, keeper: Keeper, suspensions: SuspensionsDep, callers: CallersDep, audit: AuditDep
) -> Released:
    """Release suspended API keys and clients, so that they work again.

    First make sure that they were not revoked after the backup.
    """
    released = await suspensions.release(wish, keeper.account_id, audit.act)
    callers.forget(*released.keys)
    for client_id in released.clients:
        callers.forget_client(client_id)
    return released

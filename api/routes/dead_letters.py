"""Messages that could not be recognised, for administrators."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.dependencies import Admin, Cursor, Limit, ServicesDep
from api.errors import documented
from api.routing import CallerFirstRoute
from schemas.dead_letters import Reason, Rejection
from schemas.images import Owner
from schemas.queries import Page

router = APIRouter(prefix="/v1/dead-letters", tags=["dead letters"], route_class=CallerFirstRoute)


@router.get("", response_model_exclude_none=True, responses=documented(401, 403, 422, 503))
async def list_dead_letters(
    _admin: Admin,
    services: ServicesDep,
    owner: Annotated[Owner | None, Query(description="Of this workspace alone.", examples=["shop"])] = None,
    reason: Annotated[Reason | None, Query(description="With this reason alone.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Rejection]:
    """List dead letters, newest first, those that named no image among them; for administrators.

    A page may be short, or even empty, although more follow: go by `next_cursor`.
    """
    return await services.images.list_rejections(limit, cursor, owner, reason)

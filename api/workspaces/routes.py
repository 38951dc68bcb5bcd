"""The workspaces that the caller may see."""

import asyncio

from fastapi import APIRouter

from api.dependencies import Reader, ServicesDep
from api.http.problems import documented
from api.http.routing import CallerFirstRoute
from api.services import Services
from schemas.access.accounts import Principal, Workspace
from schemas.queries import Page

router = APIRouter(prefix="/v1/workspaces", tags=["workspaces"], route_class=CallerFirstRoute)


@router.get("", response_model_exclude_none=True, responses=documented(401, 403, 422, 503))
async def list_workspaces(caller: Reader, services: ServicesDep) -> Page[Workspace]:
    """List workspaces, the prefixes from which each may have images fetched, and their default features.

    Analysts and administrators see all workspaces, other users their own.
    """
    return Page(items=await _visible(services, caller))


async def _visible(services: Services, caller: Principal) -> tuple[Workspace, ...]:
    if caller.sees_all:
        return await services.accounts.list_workspaces()
    found = await asyncio.gather(*map(services.accounts.find_workspace, sorted(caller.workspaces)))
    return tuple(workspace for workspace in found if workspace is not None)

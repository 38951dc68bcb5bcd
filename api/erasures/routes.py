"""Erasures, for administrators: count what a search finds, delete it, and take the signed list of what is gone."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, cast
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import StreamingResponse
from pydantic import ConfigDict, Field

from api.dependencies import AuditDep, Keeper
from api.http.errors import not_found
from api.http.problems import documented
from api.http.routing import CallerFirstRoute
from infra.errors import NotFound
from infra.operations.erasure.service import Erasures
from infra.operations.erasure.signed_list import MEDIA_TYPE
from infra.recorded_acts import reads, records
from schemas.activity import Action
from schemas.images import Frozen
from schemas.queries import Page
from schemas.records.erasures import CountedImages, Erasure, ErasureSearch

router = APIRouter(prefix="/v1/erasures", tags=["erasures"], route_class=CallerFirstRoute)

NO_SUCH_ERASURE = "There is no such erasure."
LIST: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The signed list, as JSON Lines: a header, a line for each image, and the seal.",
        "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
    },
    **documented(401, 403, 404, 409, 422, 503),
}


class ErasureWish(Frozen):
    """What to erase, and how many images that is."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"search": {"owner": "shop", "metadata": {"customer": "c-1042"}}, "confirm": 12}]
        },
    )

    search: ErasureSearch
    confirm: int = Field(ge=1, description="How many images the search finds, as `POST /v1/erasures/count` says.")


async def get_erasures(request: Request) -> Erasures:
    return cast(Erasures, request.app.state.erasures)


ErasuresDep = Annotated[Erasures, Depends(get_erasures)]
ErasureId = Annotated[UUID, Path(description="The erasure's `id`.", examples=["6f1d3f0a-5f0e-4b7e-9f57-0e0f4f1b2a3c"])]


@router.post("/count", responses=documented(400, 401, 403, 413, 422, 503))
@reads
async def count_images(search: ErasureSearch, _keeper: Keeper, erasures: ErasuresDep) -> CountedImages:
    """Count the images that an erasure would delete. Nothing is deleted."""
    return await erasures.count(search)


@router.post(
    "", status_code=202, response_model_exclude_none=True, responses=documented(400, 401, 403, 409, 413, 422, 503)
)
@records(Action.ERASURE_BEGUN, Action.ERASURE_ENDED)
async def begin_erasure(wish: ErasureWish, keeper: Keeper, erasures: ErasuresDep, audit: AuditDep) -> Erasure:
    """Delete every image that the search finds, for good.

    `confirm` must be the number of images that it finds now; otherwise the response is 409, and nothing is deleted.
    The erasure then runs on its own. Images that come while it runs are deleted too, if they match.
    """
    return await erasures.begin(wish.search, wish.confirm, keeper.account_id, audit.act)


@router.get("", response_model_exclude_none=True, responses=documented(401, 403, 422, 503))
async def list_erasures(_keeper: Keeper, erasures: ErasuresDep) -> Page[Erasure]:
    """List all erasures, newest first."""
    return Page(items=await erasures.list())


@router.get("/{erasure_id:uuid}", response_model_exclude_none=True, responses=documented(401, 403, 404, 422, 503))
async def read_erasure(erasure_id: ErasureId, _keeper: Keeper, erasures: ErasuresDep) -> Erasure:
    """Return how far an erasure has come."""
    try:
        return await erasures.find(erasure_id)
    except NotFound:
        raise not_found(NO_SUCH_ERASURE) from None


@router.get("/{erasure_id:uuid}/list", response_class=StreamingResponse, responses=LIST)
async def read_signed_list(erasure_id: ErasureId, _keeper: Keeper, erasures: ErasuresDep) -> StreamingResponse:
    """Return the signed list of what an erasure has deleted, and from where. `vedette erasure verify` verifies it.

    The response is 409 until the erasure is done.
    """
    try:
        lines = await erasures.signed_list(erasure_id)
    except NotFound:
        raise not_found(NO_SUCH_ERASURE) from None
    return StreamingResponse(_encoded(lines), media_type=MEDIA_TYPE)


async def _encoded(lines: AsyncIterator[str]) -> AsyncIterator[bytes]:
    async for line in lines:
        yield line.encode() + b"\n"

"""Results of many images: filtered, or searched for words."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime

from api.dependencies import Cursor, Limit, OwnerQuery, Reader, ServicesDep, owners_in_reach
from api.errors import FieldError, InvalidRequest, documented
from api.routing import CallerFirstRoute
from schemas.queries import ImageStatus, Page, ResultQuery, ResultSummary
from schemas.results import VersionedName

router = APIRouter(prefix="/v1", tags=["results"], route_class=CallerFirstRoute)

Outcome = Literal["recognised", "rejected", "discarded"]


def get_query(
    caller: Reader,
    owner: OwnerQuery = None,
    label: Annotated[str | None, Query(min_length=1, max_length=200, examples=["espresso"])] = None,
    object_name: Annotated[
        str | None,
        Query(alias="object", min_length=1, max_length=200, description="The name of one.", examples=["dog"]),
    ] = None,
    min_confidence: Annotated[
        float | None,
        Query(ge=0, le=1, description="Of `label` and `object`, or of the top label where neither is named."),
    ] = None,
    since: Annotated[AwareDatetime | None, Query(description="At or after this moment.")] = None,
    until: Annotated[AwareDatetime | None, Query(description="Before this moment.")] = None,
    pipeline: Annotated[VersionedName | None, Query(examples=["standard@2"])] = None,
    status: Outcome | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> ResultQuery:
    """Return what is asked for, within what the caller may see."""
    if since is not None and until is not None and since >= until:
        raise InvalidRequest([FieldError(field="until", message="Must be later than since.")])
    return ResultQuery(
        owners=owners_in_reach(caller, owner),
        label=label,
        object=object_name,
        min_confidence=min_confidence,
        since=since,
        until=until,
        pipeline=pipeline,
        status=None if status is None else ImageStatus(status),
        limit=limit,
        cursor=cursor,
    )


Asked = Annotated[ResultQuery, Depends(get_query)]


@router.get("/results", response_model_exclude_none=True, responses=documented(401, 403, 422, 503))
async def list_results(query: Asked, services: ServicesDep) -> Page[ResultSummary]:
    """List results, newest first, by label, object, confidence, time, pipeline, status and workspace.

    Analysts and administrators see every workspace's, others their own.
    """
    return await services.index.search(query)


@router.get("/search", response_model_exclude_none=True, responses=documented(401, 403, 422, 503))
async def search_results(
    query: Asked,
    services: ServicesDep,
    q: Annotated[str, Query(min_length=1, max_length=500, description="Words that all must occur.", examples=["cat"])],
) -> Page[ResultSummary]:
    """Find images by words, newest first: of labels, objects, text in them, name, path of the URI, and metadata."""
    return await services.index.search(query.model_copy(update={"text": q}))

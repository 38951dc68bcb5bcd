"""Results of many images: filtered, or searched for words."""

import asyncio
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from api.dependencies import OwnerQuery, Reader, ServicesDep, owners_in_reach
from api.http.paging import Limit, PagingDep
from api.http.problems import documented
from api.http.routing import CallerFirstRoute
from infra.errors import FieldError, InvalidRequest
from schemas.dead_letters import Reason
from schemas.queries import Bucket, ImageStatus, Interval, Page, ResultQuery, ResultSummary, Statistics
from schemas.results import VersionedName
from schemas.texts.moments import Moment

router = APIRouter(prefix="/v1", tags=["results"], route_class=CallerFirstRoute)

MetadataFilters = list[Annotated[str, Field(pattern=r"(?s)^[^=\x00]+=.+$", max_length=1200)]]


class Found(Page[ResultSummary]):
    """A page of results and, if requested, counts over everything that was found."""

    facets: Statistics | None = None

    @classmethod
    def of(cls, page: Page[ResultSummary], facets: Statistics | None = None) -> "Found":
        return cls(items=page.items, next_cursor=page.next_cursor, facets=facets)


Outcome = Literal["recognised", "rejected", "discarded"]


async def get_query(
    caller: Reader,
    paging: PagingDep,
    owner: OwnerQuery = None,
    label: Annotated[str | None, Query(min_length=1, max_length=200, examples=["espresso"])] = None,
    object_name: Annotated[
        str | None,
        Query(
            alias="object",
            min_length=1,
            max_length=200,
            description="Only images that show an object with this name.",
            examples=["dog"],
        ),
    ] = None,
    min_confidence: Annotated[
        float | None,
        Query(
            ge=0,
            le=1,
            description="The minimum confidence of `label` and `object`, or of the top label if neither is given.",
        ),
    ] = None,
    since: Annotated[Moment | None, Query(description="At or after this time.")] = None,
    until: Annotated[Moment | None, Query(description="Before this time.")] = None,
    pipeline: Annotated[VersionedName | None, Query(examples=["standard@2"])] = None,
    status: Outcome | None = None,
    reason: Annotated[Reason | None, Query(description="Only images rejected for this reason.")] = None,
    metadata: Annotated[
        MetadataFilters | None,
        Query(
            max_length=10,
            description="Only images with this metadata, as `name=value`; repeat the parameter for more.",
            examples=["sku=A-17"],
        ),
    ] = None,
    limit: Limit = 50,
) -> ResultQuery:
    """Return what is asked for, within what the caller may see."""
    require_order(since, until)
    return ResultQuery(
        owners=owners_in_reach(caller, owner),
        label=label,
        object=object_name,
        min_confidence=min_confidence,
        since=since,
        until=until,
        pipeline=pipeline,
        status=None if status is None else ImageStatus(status),
        reason=reason,
        metadata=pairs_of(metadata),
        limit=limit,
        cursor=paging.cursor,
    )


def require_order(since: datetime | None, until: datetime | None) -> None:
    if since is not None and until is not None and since >= until:
        raise InvalidRequest([FieldError(field="until", message="This must be later than `since`.")])


def pairs_of(metadata: list[str] | None) -> tuple[tuple[str, str], ...]:
    """Return name and value of each ``name=value``."""
    return tuple((name, value) for name, _, value in (pair.partition("=") for pair in metadata or ()))


Asked = Annotated[ResultQuery, Depends(get_query)]


@router.get("/results", response_model_exclude_none=True, responses=documented(401, 403, 422, 503))
async def list_results(query: Asked, services: ServicesDep, paging: PagingDep) -> Page[ResultSummary]:
    """List results, newest first, by label, object, confidence, time, pipeline, status and workspace.

    Analysts and administrators see the results of every workspace, other users those of their own.
    """
    return paging.sealed(await services.index.search(query))


@router.get("/search", response_model_exclude_none=True, responses=documented(401, 403, 422, 503))
async def search_results(
    query: Asked,
    services: ServicesDep,
    paging: PagingDep,
    q: Annotated[
        str,
        Query(
            min_length=1,
            max_length=500,
            description="The words to search for. All of them must occur.",
            examples=["cat"],
        ),
    ],
    facets: Annotated[
        bool, Query(description="Also return counts over everything that was found, as `/v1/stats` does.")
    ] = False,
) -> Found:
    """Find images by words, newest first.

    Searches labels, objects, recognised text, image ids, paths of URIs and metadata.
    """
    asked = query.model_copy(update={"text": q})
    if not facets:
        return paging.sealed(Found.of(await services.index.search(asked)))
    page, counts = await asyncio.gather(services.index.search(asked), services.index.statistics(asked))
    return paging.sealed(Found.of(page, counts))


@router.get("/search/suggestions", response_model_exclude_none=True, responses=documented(401, 403, 422, 503))
async def suggest_words(
    caller: Reader,
    services: ServicesDep,
    q: Annotated[
        str, Query(min_length=1, max_length=100, description="The text typed so far.", examples=["egyptian c"])
    ],
    owner: OwnerQuery = None,
    limit: Annotated[int, Query(ge=1, le=20, description="The maximum number of suggestions.")] = 10,
) -> Page[Bucket]:
    """Return names of labels and objects that contain these words. The last word may be incomplete.

    The most frequent names come first. Only names that occur in images that you may see are suggested.
    """
    query = ResultQuery(owners=owners_in_reach(caller, owner), limit=limit)
    return Page(items=await services.index.suggest(query, q))


@router.get("/stats", response_model_exclude_none=True, responses=documented(401, 403, 422, 503))
async def count_results(
    query: Asked,
    services: ServicesDep,
    q: Annotated[
        str | None, Query(min_length=1, max_length=500, description="The words to search for. All of them must occur.")
    ] = None,
    interval: Interval = Interval.DAY,
) -> Statistics:
    """Count the images that match over time, by label, object, workspace, status, reason, pipeline and confidence.

    This route ignores `limit` and `cursor`.
    """
    return await services.index.statistics(query.model_copy(update={"text": q}), interval)

"""Results of many images: filtered, or searched for words."""

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query

from api.dependencies import OwnerQuery, Reader, ServicesDep, owners_in_reach
from api.http.paging import Limit, PagingDep
from api.http.problems import documented
from api.http.routing import CallerFirstRoute
from api.search.filters import Filters
from schemas.queries import Bucket, ImageStatus, Interval, Page, ResultQuery, ResultSummary, Statistics

router = APIRouter(prefix="/v1", tags=["results"], route_class=CallerFirstRoute)

Outcome = Literal["recognised", "rejected", "discarded"]


class Found(Page[ResultSummary]):
    """A page of results and, if requested, counts over everything that was found."""

    facets: Statistics | None = None

    @classmethod
    def of(cls, page: Page[ResultSummary], facets: Statistics | None = None) -> "Found":
        return cls(items=page.items, next_cursor=page.next_cursor, facets=facets)


async def get_query(
    filters: Filters, paging: PagingDep, status: Outcome | None = None, limit: Limit = 50
) -> ResultQuery:
    """Return what is asked for, within what the caller may see."""
    wanted = None if status is None else ImageStatus(status)
    return filters.model_copy(update={"status": wanted, "limit": limit, "cursor": paging.cursor})


Asked = Annotated[ResultQuery, Depends(get_query)]


@router.get("/results", response_model_exclude_none=True, responses=documented(401, 403, 422, 503))
async def list_results(query: Asked, services: ServicesDep, paging: PagingDep) -> Page[ResultSummary]:
    """List results, newest first, by what they show, confidence, time, camera, pipeline, status and workspace.

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

    Searches labels and everything more general, objects, recognised text, cameras, image ids, paths of URIs and
    metadata.
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
    """Return names of labels, of everything more general and of objects that contain these words.

    The last word may be incomplete. The most frequent names come first. Only names that occur in images that you may
    see are suggested.
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
    """Count the images that match.

    They are counted over time, and by label, category, object, faces, moderation, workspace, status, reason, pipeline,
    camera and confidence.

    This route ignores `limit` and `cursor`.
    """
    return await services.index.statistics(query.model_copy(update={"text": q}), interval)

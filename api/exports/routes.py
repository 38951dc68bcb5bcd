"""Exports: all that a search finds, as one stream."""

from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Query, Request, Response

from api.dependencies import AuditDep, OwnerQuery, ProofDep, Reader
from api.exports.responses import ExportStream, takes_gzip
from api.exports.service import Exports
from api.http.middleware import STREAMED
from api.http.problems import documented
from api.http.routing import CallerFirstRoute
from api.search.filters import Filters
from api.search.routes import Outcome
from infra.recorded_acts import records
from schemas.activity import Action
from schemas.queries import ImageStatus, ResultQuery
from schemas.records.exports import ExportFormat

PATH = "/v1/export"
STREAMS = frozenset({PATH})
DOCUMENTED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The export. One whose end is missing was cut off.",
        "content": {
            "application/jsonl": {"schema": {"type": "string"}},
            "text/csv": {"schema": {"type": "string"}},
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["images", "annotations", "categories", "info"],
                    "properties": {
                        "images": {"type": "array", "items": {"type": "object"}},
                        "annotations": {"type": "array", "items": {"type": "object"}},
                        "categories": {"type": "array", "items": {"type": "object"}},
                        "info": {"type": "object"},
                    },
                }
            },
        },
    },
    **documented(401, 403, 422, 503),
}

router = APIRouter(tags=["results"], route_class=CallerFirstRoute)


async def get_exports(request: Request) -> Exports:
    return cast(Exports, request.app.state.exports)


async def get_wanted(
    filters: Filters,
    status: Outcome | None = None,
    q: Annotated[
        str | None, Query(min_length=1, max_length=500, description="The words to search for. All of them must occur.")
    ] = None,
) -> ResultQuery:
    """Return what is asked for, within what the caller may see."""
    wanted = None if status is None else ImageStatus(status)
    return filters.model_copy(update={"status": wanted, "text": q})


@router.get(PATH, status_code=200, response_class=ExportStream, responses=DOCUMENTED)
@records(Action.RESULTS_EXPORTED)
async def export_results(
    request: Request,
    caller: Reader,
    proof: ProofDep,
    query: Annotated[ResultQuery, Depends(get_wanted)],
    exports: Annotated[Exports, Depends(get_exports)],
    audit: AuditDep,
    owner: OwnerQuery = None,
    wanted: Annotated[
        ExportFormat,
        Query(
            alias="format",
            description="`jsonl`: JSON Lines, with an item of `GET /v1/results` on each line. `csv`: a table for "
            "spreadsheets. `coco`: the objects and their boxes in COCO's format.",
        ),
    ] = ExportFormat.JSON_LINES,
) -> Response:
    """Stream everything that a search finds, newest first, as it was when the export began.

    The filters are those of `GET /v1/results`, and `q` searches for words as `GET /v1/search` does.

    A whole export has an end: in JSON Lines a last line with `end` and the number of `items`; in CSV a last row with
    `#end` in the first column and the number of rows in the second; in COCO's format, the end of the JSON document. An
    export without its end was cut off: ask again. With the header `Accept-Encoding: gzip`, the export is compressed.
    """
    compressed = takes_gzip(request.headers.get("accept-encoding", ""))
    async with audit.act(Action.RESULTS_EXPORTED, caller.account_id, wanted.value, owner=owner):
        export = await exports.begin(query, wanted, caller, proof, compressed=compressed)
    setattr(request.state, STREAMED, True)
    return ExportStream(export, wanted, compressed=compressed)

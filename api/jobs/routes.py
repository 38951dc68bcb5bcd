"""Jobs: create, list, show and cancel them, and get their results."""

from typing import Annotated, Any, cast
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from starlette.responses import StreamingResponse

from api.dependencies import AuditDep, OwnerQuery, Reader, Writer, owner_meant, require_sight
from api.http.errors import not_found
from api.http.middleware import STREAMED
from api.http.paging import Limit, PagingDep
from api.http.problems import documented
from api.http.receiving import Inbox
from api.http.routing import CallerFirstRoute
from api.uploads.routes import require_writable
from infra.operations.jobs.service import NO_SUCH_JOB, Charged, JobOffice, JobWish
from infra.operations.jobs.states import JobState
from infra.recorded_acts import records
from schemas.access.accounts import Principal, bucket_of
from schemas.activity import Action
from schemas.images import Feature, Frozen, VersionedName
from schemas.records.exports import FILE_ENDINGS, MEDIA_TYPES, ExportFormat
from schemas.records.jobs import ItemOutcome, JobItem, ManifestFormat, ManifestSource

PREFIX = "/v1/jobs"
UPLOAD = f"{PREFIX}/upload"
RECEIVERS = frozenset({UPLOAD})
MANIFEST: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The manifest: JSON Lines, or CSV with a first row of names.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary", "minLength": 1}}},
    }
}
RESULT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The result file.",
        "content": {kind.partition(";")[0]: {"schema": {}} for kind in MEDIA_TYPES.values()},
    },
    **documented(401, 403, 404, 409, 422, 503),
}

router = APIRouter(prefix=PREFIX, tags=["jobs"], route_class=CallerFirstRoute)

JobId = Annotated[UUID, Path(description="The job's id.", examples=["7f6f1c1e-cd1f-11f0-8de9-0242ac120002"])]


class ItemView(Frozen):
    """One item of a job."""

    number: int
    source: str
    image_id: str | None = None
    uri: str | None = None
    state: str
    problem: str | None = None
    outcome: ItemOutcome | None = None


class ItemPage(Frozen):
    """Part of a job's items; `next_after` asks for the part after it."""

    items: list[ItemView]
    next_after: int | None = None


class JobPage(Frozen):
    """Part of a workspace's jobs; `next_cursor` asks for the part after it."""

    items: list[JobState]
    next_cursor: str | None = None


async def get_office(request: Request) -> JobOffice:
    return cast(JobOffice, request.app.state.job_office)


async def get_inbox(request: Request) -> Inbox:
    return cast(Inbox, request.app.state.inbox)


Office = Annotated[JobOffice, Depends(get_office)]


@router.post(
    "", status_code=202, response_model_exclude_none=True, responses=documented(400, 401, 403, 408, 409, 413, 422, 503)
)
@records(Action.JOB_CREATED)
async def create_job(wish: JobWish, caller: Writer, office: Office, audit: AuditDep) -> JobState:
    """Create a job over an object store, a manifest in one, or a search.

    Workers publish its references with the priority `batch`, follow them to their outcomes, and write the result files.
    """
    owner = require_writable(caller, wish.owner)
    return await office.create(wish, owner, caller.account_id, audit.act, charged=charged_of(caller))


@router.post(
    "/upload",
    status_code=202,
    response_model_exclude_none=True,
    responses=documented(401, 403, 408, 409, 413, 422, 429, 503),
    openapi_extra=MANIFEST,
)
@records(Action.JOB_CREATED)
async def create_job_of_upload(
    request: Request,
    caller: Writer,
    office: Office,
    inbox: Annotated[Inbox, Depends(get_inbox)],
    audit: AuditDep,
    owner: OwnerQuery = None,
    manifest: Annotated[ManifestFormat, Query(description="The manifest's format.")] = ManifestFormat.JSON_LINES,
    pipeline: Annotated[VersionedName | None, Query(description="The pipeline. Default: the promoted one.")] = None,
    features: Annotated[
        list[Feature] | None,
        Query(min_length=1, description="A feature to recognise; repeat the parameter for more."),
    ] = None,
    formats: Annotated[
        list[ExportFormat] | None,
        Query(min_length=1, max_length=3, description="A format of the result files; repeat the parameter for more."),
    ] = None,
) -> JobState:
    """Create a job over the manifest in the body."""
    meant = require_writable(caller, owner)
    wish = JobWish(
        source=ManifestSource(format=manifest),
        owner=meant,
        pipeline=pipeline,
        features=features,
        formats=formats or [ExportFormat.JSON_LINES],
    )
    announced = request.headers.get("content-length")
    async with inbox.receive(request.stream(), announced, caller.account_id, is_picture=False) as received:
        charged = charged_of(caller)
        return await office.create(wish, meant, caller.account_id, audit.act, received.data, charged)


@router.get("", response_model_exclude_none=True, responses=documented(401, 403, 422, 503))
async def list_jobs(
    caller: Reader, office: Office, paging: PagingDep, owner: OwnerQuery = None, limit: Limit = 50
) -> JobPage:
    """List a workspace's jobs, newest first."""
    meant = _meant(caller, owner)
    page = await office.list_jobs(meant, limit, paging.cursor)
    return paging.sealed(JobPage(items=list(page.items), next_cursor=page.next_cursor))


@router.get("/{job_id:uuid}", response_model_exclude_none=True, responses=documented(401, 403, 404, 422, 503))
async def read_job(job_id: JobId, caller: Reader, office: Office, owner: OwnerQuery = None) -> JobState:
    """Return a job and how far it has come."""
    return await office.find(_visible(caller, owner), job_id)


@router.get("/{job_id:uuid}/items", response_model_exclude_none=True, responses=documented(401, 403, 404, 422, 503))
async def list_items(
    job_id: JobId,
    caller: Reader,
    office: Office,
    owner: OwnerQuery = None,
    after: Annotated[int, Query(ge=0, le=2**53, description="The `next_after` of the previous page.")] = 0,
    limit: Limit = 50,
) -> ItemPage:
    """List the items of a job in the order of its source, with what became of each."""
    items = await office.list_items(_visible(caller, owner), job_id, after, limit)
    return ItemPage(items=list(map(_item_view, items)), next_after=items[-1].number if len(items) == limit else None)


@router.post(
    "/{job_id:uuid}/cancel", response_model_exclude_none=True, responses=documented(401, 403, 404, 409, 422, 503)
)
@records(Action.JOB_CANCELLED)
async def cancel_job(
    job_id: JobId, caller: Writer, office: Office, audit: AuditDep, owner: OwnerQuery = None
) -> JobState:
    """Publish nothing more of a job. What was accepted until then is recognised, and is in the result files."""
    meant = _visible(caller, owner)
    return await office.cancel(require_writable(caller, meant), job_id, caller.account_id, audit.act)


@router.get("/{job_id:uuid}/result", response_class=StreamingResponse, responses=RESULT)
@records(Action.RESULTS_EXPORTED)
async def read_result(
    request: Request,
    job_id: JobId,
    caller: Reader,
    office: Office,
    audit: AuditDep,
    owner: OwnerQuery = None,
    wanted: Annotated[
        ExportFormat, Query(alias="format", description="One of the formats that the job was created with.")
    ] = ExportFormat.JSON_LINES,
) -> Response:
    """Return a result file of a job that has ended.

    In JSON Lines, each line is an item, with the image as `GET /v1/images/{image_id}` shows it. The last line has `end`
    and the number of `items`.
    """
    result = await office.result(_visible(caller, owner), job_id, wanted, caller.account_id, audit.act)
    setattr(request.state, STREAMED, True)
    headers = {
        "Content-Length": str(result.size_bytes),
        "Content-Disposition": f'attachment; filename="{job_id}.{FILE_ENDINGS[wanted]}"',
    }
    answer = StreamingResponse(result.pieces, headers=headers)
    answer.headers["Content-Type"] = MEDIA_TYPES[wanted]
    return answer


def charged_of(caller: Principal) -> Charged:
    """Return for whose quotas the images of a job count that ``caller`` creates."""
    return Charged(account=bucket_of(caller.account_id), program=caller.program)


def _meant(caller: Principal, owner: str | None) -> str:
    meant = owner_meant(caller, owner)
    require_sight(caller, meant)
    return meant


def _visible(caller: Principal, owner: str | None) -> str:
    """Return the workspace that is meant; whether another workspace has such a job is told to nobody."""
    meant = owner_meant(caller, owner)
    if not caller.may_see(meant):
        raise not_found(NO_SUCH_JOB)
    return meant


def _item_view(item: JobItem) -> ItemView:
    known = item.model_dump(include={"number", "source", "image_id", "uri", "problem"})
    return ItemView(**known, state=item.state.value, outcome=item.outcome)

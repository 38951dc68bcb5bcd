"""Images: send references, and see what became of each."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Header, Path, Query, Request
from pydantic import BaseModel, Field, StringConstraints

from api.dependencies import (
    AuditDep,
    DailyShareDep,
    OwnerQuery,
    Reader,
    RequestId,
    ServicesDep,
    Writer,
    owner_meant,
    require_sight,
)
from api.http.errors import forbidden, not_found
from api.http.paging import Limit, PagingDep
from api.http.problems import documented
from api.http.routing import CallerFirstRoute
from api.images.deletions import Deletions
from api.images.idempotency import carry_out_once
from api.images.submissions import Submission, Submissions
from api.images.views import timeline_of
from api.services import Services
from infra.operations.answers import find_answer, view_of
from infra.recorded_acts import records, records_elsewhere
from schemas.access.accounts import Principal
from schemas.access.idempotency import IdempotencyKey, IdempotencyScope
from schemas.activity import Action
from schemas.images import ImageId, ImageIdentity, ImageReference, Owner, VersionedName
from schemas.messages.cloud_events import traceparent
from schemas.queries import ImageRecord, ImageStatus, ImageView, Page, TimelineEntry
from schemas.results import RecognitionResult

PREFIX = "/v1/images"
NO_SUCH_IMAGE = "There is no such image."
PipelineName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]

router = APIRouter(prefix=PREFIX, tags=["images"], route_class=CallerFirstRoute)


class Links(BaseModel):
    """Links to related resources."""

    self: str = Field(examples=["/v1/images/mug-1?owner=shop"])
    history: str = Field(examples=["/v1/images/mug-1/history?owner=shop"])


class AcceptedImage(BaseModel):
    """One image that was accepted for recognition."""

    owner: Owner = Field(examples=["shop"])
    image_id: ImageId = Field(examples=["mug-1"])
    status: ImageStatus = ImageStatus.PENDING
    links: Links


class Accepted(BaseModel):
    """The images that were sent, in the order of the request."""

    images: list[AcceptedImage]


async def get_submissions(request: Request) -> Submissions:
    return cast(Submissions, request.app.state.submissions)


async def get_deletions(request: Request) -> Deletions:
    return cast(Deletions, request.app.state.deletions)


ImageIdPath = Annotated[ImageId, Path(description="The image's id, unique within its workspace.", examples=["mug-1"])]
TraceHeader = Annotated[
    str | None,
    Header(alias="traceparent", description="W3C trace context; one is begun where there is none."),
]


IdempotencyHeader = Annotated[
    IdempotencyKey | None,
    Header(
        alias="Idempotency-Key",
        description="Of your making, one for each request: sent again with it within a day, the same request is "
        "answered as before and not carried out again. 409 while it is at work.",
        examples=["3f1c9a52-7d0e-4a75-9d55-0f1f3f8f2c11"],
    ),
]


@router.post("", status_code=202, responses=documented(400, 401, 403, 408, 409, 413, 422, 429, 503))
@records_elsewhere("each reference stands on its topic")
async def submit_images(
    submission: Submission,
    caller: Writer,
    request_id: RequestId,
    submissions: Annotated[Submissions, Depends(get_submissions)],
    services: ServicesDep,
    share: DailyShareDep,
    trace: TraceHeader = None,
    key: IdempotencyHeader = None,
) -> Accepted:
    """Send references to images.

    When the response arrives, the references are stored durably; recognition follows within moments.

    The result's `correlation_id` is this request's `X-Request-Id`. If you send an image again, it is recognised again.
    If you repeat a request with the same `Idempotency-Key`, you get the first response again and nothing else happens.
    """
    owner = owner_meant(caller, submission.owner)
    if not caller.may_write(owner):
        raise forbidden("This account may not send images for that workspace.")
    valid_trace = traceparent([("traceparent", trace.encode())]) if trace else None

    async def submit() -> Accepted:
        async with share.take(caller, len(submission.images)):
            references = await submissions.submit(submission, owner, request_id, valid_trace)
        return Accepted(images=[accepted(reference) for reference in references])

    if key is None:
        return await submit()
    scope = IdempotencyScope(account_id=caller.account_id, owner=owner, key=key)
    return await carry_out_once(services.answers, scope, submission, Accepted, submit)


@router.get("", response_model_exclude_none=True, responses=documented(401, 403, 422, 503))
async def list_images(
    caller: Reader, services: ServicesDep, paging: PagingDep, owner: OwnerQuery = None, limit: Limit = 50
) -> Page[ImageView]:
    """List a workspace's images with their status, newest first.

    A page may be short or empty although more follow: continue until there is no `next_cursor`.
    """
    workspace = owner_meant(caller, owner)
    require_sight(caller, workspace)
    page = await services.images.list_images(workspace, limit, paging.cursor)
    return paging.sealed(Page(items=tuple(map(view_of, page.items)), next_cursor=page.next_cursor))


@router.get("/{image_id}", response_model_exclude_none=True, responses=documented(401, 403, 404, 422, 503))
async def read_image(
    image_id: ImageIdPath, caller: Reader, services: ServicesDep, owner: OwnerQuery = None
) -> ImageView:
    """Return an image's status and, once it is recognised, its result."""
    record = await find_image(services, caller, image_id, owner)
    if record.status is not ImageStatus.RECOGNISED:
        return view_of(record)
    return view_of(record, await find_answer(services.images, services.pipelines, record))


@router.get("/{image_id}/history", response_model_exclude_none=True, responses=documented(401, 403, 404, 422, 503))
async def read_history(
    image_id: ImageIdPath,
    caller: Reader,
    services: ServicesDep,
    owner: OwnerQuery = None,
    pipeline: Annotated[
        VersionedName | PipelineName | None,
        Query(
            description="Only results of this pipeline version (`name@version`), or of all versions of this pipeline "
            "(`name`).",
            examples=["standard"],
        ),
    ] = None,
) -> Page[RecognitionResult]:
    """Return the results of every pipeline version that recognised the image, newest first."""
    record = await find_image(services, caller, image_id, owner)
    results = await services.images.read_history(record.image_key)
    return Page(items=tuple(result for result in results if _is_of(result, pipeline)))


@router.get("/{image_id}/timeline", response_model_exclude_none=True, responses=documented(401, 403, 404, 422, 503))
async def read_timeline(
    image_id: ImageIdPath, caller: Reader, services: ServicesDep, owner: OwnerQuery = None
) -> Page[TimelineEntry]:
    """Return what happened to the image, oldest first. For a deleted image, the list starts with its deletion."""
    record = await _find_any(services, caller, image_id, owner)
    return Page(items=timeline_of(record, await services.images.read_history(record.image_key)))


@router.delete("/{image_id}", status_code=204, responses=documented(401, 403, 404, 422, 503))
@records(Action.IMAGE_DELETED)
async def delete_image(
    image_id: ImageIdPath,
    caller: Writer,
    audit: AuditDep,
    services: ServicesDep,
    deletions: Annotated[Deletions, Depends(get_deletions)],
    owner: OwnerQuery = None,
) -> None:
    """Delete the image's status, results and dead letters. It disappears from lists and searches within moments.

    The image stays deleted, whatever is replayed or rebuilt. Only a reference that is sent later brings it back.
    """
    record = await find_image(services, caller, image_id, owner)
    if not caller.may_write(record.owner):
        raise forbidden("This account may not delete that workspace's images.")
    await deletions.delete(record, caller.account_id, audit.act, audit.request_id)


def _is_of(result: RecognitionResult, pipeline: str | None) -> bool:
    return pipeline in (None, result.pipeline, result.pipeline.partition("@")[0])


async def find_image(services: Services, caller: Principal, image_id: str, owner: str | None) -> ImageRecord:
    """Return the image, if it is there and the caller may see it."""
    record = await _find_any(services, caller, image_id, owner)
    if record.status is ImageStatus.DELETED:
        raise not_found(NO_SUCH_IMAGE)
    return record


async def _find_any(services: Services, caller: Principal, image_id: str, owner: str | None) -> ImageRecord:
    """Return the image, deleted or not: whether another workspace has one is told to nobody."""
    identity = ImageIdentity(owner=owner_meant(caller, owner), image_id=image_id)
    record = await services.images.find(identity.image_key) if caller.may_see(identity.owner) else None
    if record is None:
        raise not_found(NO_SUCH_IMAGE)
    return record


def accepted(reference: ImageReference) -> AcceptedImage:
    """Return what is told of an image that is on its way."""
    identity = reference.identity
    path, query = f"{PREFIX}/{identity.image_id}", f"?owner={identity.owner}"
    return AcceptedImage(
        owner=identity.owner,
        image_id=identity.image_id,
        links=Links(self=f"{path}{query}", history=f"{path}/history{query}"),
    )

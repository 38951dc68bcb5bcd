"""Images: send references, and see what became of each."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Header, Path, Request
from pydantic import BaseModel, Field

from api.deletions import Deletions
from api.dependencies import (
    Cursor,
    Limit,
    OwnerQuery,
    Reader,
    RequestId,
    ServicesDep,
    Writer,
    owner_meant,
    require_sight,
)
from api.errors import documented, forbidden, not_found
from api.routing import CallerFirstRoute
from api.services import Services
from api.submissions import Submission, Submissions
from api.views import timeline_of, view_of
from schemas.accounts import Principal
from schemas.cloud_events import traceparent
from schemas.images import ImageId, ImageIdentity, ImageReference, Owner
from schemas.queries import ImageRecord, ImageStatus, ImageView, Page, TimelineEntry
from schemas.results import RecognitionResult

PREFIX = "/v1/images"
NO_SUCH_IMAGE = "There is no such image."

router = APIRouter(prefix=PREFIX, tags=["images"], route_class=CallerFirstRoute)


class Links(BaseModel):
    """Where to ask on."""

    self: str = Field(examples=["/v1/images/mug-1?owner=shop"])
    history: str = Field(examples=["/v1/images/mug-1/history?owner=shop"])


class AcceptedImage(BaseModel):
    """One image that is on its way."""

    owner: Owner = Field(examples=["shop"])
    image_id: ImageId = Field(examples=["mug-1"])
    status: ImageStatus = ImageStatus.PENDING
    links: Links


class Accepted(BaseModel):
    """The images that were sent, in the same order."""

    images: list[AcceptedImage]


def get_submissions(request: Request) -> Submissions:
    return cast(Submissions, request.app.state.submissions)


def get_deletions(request: Request) -> Deletions:
    return cast(Deletions, request.app.state.deletions)


ImageIdPath = Annotated[ImageId, Path(description="The image's name within its workspace.", examples=["mug-1"])]
TraceHeader = Annotated[
    str | None,
    Header(alias="traceparent", description="W3C trace context; one is begun where there is none."),
]


@router.post("", status_code=202, responses=documented(400, 401, 403, 413, 422, 503))
async def submit_images(
    submission: Submission,
    caller: Writer,
    request_id: RequestId,
    submissions: Annotated[Submissions, Depends(get_submissions)],
    trace: TraceHeader = None,
) -> Accepted:
    """Send references to images; they are durable when this answers, and recognised within moments.

    The result's `correlation_id` is this request's `X-Request-Id`. Sending an image again recognises it again.
    """
    owner = owner_meant(caller, submission.owner)
    if not caller.may_write(owner):
        raise forbidden("This account may not send images for that workspace.")
    valid_trace = traceparent([("traceparent", trace.encode())]) if trace else None
    references = await submissions.submit(submission, owner, request_id, valid_trace)
    return Accepted(images=[_accepted(reference) for reference in references])


@router.get("", response_model_exclude_none=True, responses=documented(401, 403, 422, 503))
async def list_images(
    caller: Reader, services: ServicesDep, owner: OwnerQuery = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[ImageView]:
    """List a workspace's images with their status, newest first.

    A page may be short, or even empty, although more follow: go by `next_cursor`.
    """
    workspace = owner_meant(caller, owner)
    require_sight(caller, workspace)
    page = await services.images.list_images(workspace, limit, cursor)
    return Page(items=tuple(view_of(record) for record in page.items), next_cursor=page.next_cursor)


@router.get("/{image_id}", response_model_exclude_none=True, responses=documented(401, 403, 404, 422, 503))
async def read_image(
    image_id: ImageIdPath, caller: Reader, services: ServicesDep, owner: OwnerQuery = None
) -> ImageView:
    """Return an image's status and, once it is recognised, its result."""
    record = await _find(services, caller, image_id, owner)
    if record.status is not ImageStatus.RECOGNISED:
        return view_of(record)
    return view_of(record, await services.images.read_result(record.image_key, record.pipeline))


@router.get("/{image_id}/history", response_model_exclude_none=True, responses=documented(401, 403, 404, 422, 503))
async def read_history(
    image_id: ImageIdPath, caller: Reader, services: ServicesDep, owner: OwnerQuery = None
) -> Page[RecognitionResult]:
    """Return the answers of every pipeline that saw the image, newest first."""
    record = await _find(services, caller, image_id, owner)
    return Page(items=await services.images.read_history(record.image_key))


@router.get("/{image_id}/timeline", response_model_exclude_none=True, responses=documented(401, 403, 404, 422, 503))
async def read_timeline(
    image_id: ImageIdPath, caller: Reader, services: ServicesDep, owner: OwnerQuery = None
) -> Page[TimelineEntry]:
    """Return what happened to the image, the oldest first; of one that was deleted, that and what came afterwards."""
    record = await _find_any(services, caller, image_id, owner)
    return Page(items=timeline_of(record, await services.images.read_history(record.image_key)))


@router.delete("/{image_id}", status_code=204, responses=documented(401, 403, 404, 422, 503))
async def delete_image(
    image_id: ImageIdPath,
    caller: Writer,
    request_id: RequestId,
    services: ServicesDep,
    deletions: Annotated[Deletions, Depends(get_deletions)],
    owner: OwnerQuery = None,
) -> None:
    """Delete the image's status, results and dead letters; lists and searches forget it within moments.

    It stays deleted whatever is replayed or rebuilt; only a reference that is sent later brings it back.
    """
    record = await _find(services, caller, image_id, owner)
    if not caller.may_write(record.owner):
        raise forbidden("This account may not delete that workspace's images.")
    await deletions.delete(record, str(caller.account_id), request_id)


async def _find(services: Services, caller: Principal, image_id: str, owner: str | None) -> ImageRecord:
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


def _accepted(reference: ImageReference) -> AcceptedImage:
    identity = reference.identity
    path, query = f"{PREFIX}/{identity.image_id}", f"?owner={identity.owner}"
    return AcceptedImage(
        owner=identity.owner,
        image_id=identity.image_id,
        links=Links(self=f"{path}{query}", history=f"{path}/history{query}"),
    )

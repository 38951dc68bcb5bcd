"""Images whose bytes come with the request."""

from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Query, Request

from api.dependencies import DailyShareDep, OwnerQuery, RequestId, Writer, owner_meant
from api.http.errors import forbidden
from api.http.problems import documented
from api.http.routing import CallerFirstRoute
from api.images.routes import Accepted, TraceHeader, accepted
from api.images.submissions import Priority
from api.search.filters import MetadataFilters, pairs_of
from api.uploads.service import Sender, UploadedImage, UploadedImages
from infra.recorded_acts import records_elsewhere
from schemas.access.accounts import Principal
from schemas.images import MAX_METADATA_ENTRIES, Feature, ImageId, VersionedName
from schemas.messages.cloud_events import traceparent

PREFIX = "/v1/images"
# Their bodies are pictures, and larger than any other: what receives them keeps to a limit of its own.
RECEIVERS = frozenset({f"{PREFIX}/upload", f"{PREFIX}/similar", "/v1/recognise"})
PICTURE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The picture's own bytes, such as a JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF or HEIC.",
        "content": {
            kind: {"schema": {"type": "string", "format": "binary", "minLength": 1}}
            for kind in ("image/*", "application/octet-stream")
        },
    }
}

router = APIRouter(prefix=PREFIX, tags=["images"], route_class=CallerFirstRoute)


async def get_uploaded(request: Request) -> UploadedImages:
    return cast(UploadedImages, request.app.state.uploaded)


async def get_sender(request: Request, caller: Writer, request_id: RequestId, trace: TraceHeader = None) -> Sender:
    """Return the request as it is: its body is read by whoever knows how much of it to take."""
    valid_trace = traceparent([("traceparent", trace.encode())]) if trace else None
    announced = request.headers.get("content-length")
    return Sender(caller.account_id, request.stream(), announced, request_id, valid_trace)


SenderDep = Annotated[Sender, Depends(get_sender)]


@router.post(
    "/upload",
    status_code=202,
    responses=documented(400, 401, 403, 408, 413, 415, 422, 429, 503),
    openapi_extra=PICTURE,
)
@records_elsewhere("the reference to the picture stands on its topic")
async def upload_image(
    caller: Writer,
    sender: SenderDep,
    uploaded: Annotated[UploadedImages, Depends(get_uploaded)],
    share: DailyShareDep,
    owner: OwnerQuery = None,
    image_id: Annotated[
        ImageId | None,
        Query(description="The image's id. Default: an id derived from its content.", examples=["mug-1"]),
    ] = None,
    features: Annotated[
        list[Feature] | None,
        Query(
            min_length=1,
            description="A feature to recognise; repeat the parameter for more. Default: the workspace's default "
            "features.",
        ),
    ] = None,
    metadata: Annotated[
        MetadataFilters | None,
        Query(max_length=MAX_METADATA_ENTRIES, description="Metadata as `name=value`; repeat the parameter for more."),
    ] = None,
    pipeline: Annotated[VersionedName | None, Query(description="The pipeline. Default: the promoted one.")] = None,
    priority: Priority = "normal",
) -> Accepted:
    """Upload a picture.

    When the response arrives, the picture and its reference are stored durably; recognition follows within moments.

    Only the platform can read the uploaded file. The file is removed when the image is deleted. If you upload the same
    picture under the same id again, it is stored once and recognised again.
    """
    image = UploadedImage(
        owner=require_writable(caller, owner),
        image_id=image_id,
        features=tuple(features) if features else None,
        pipeline=pipeline,
        metadata=dict(pairs_of(metadata)),
        priority=priority,
    )
    async with share.take(caller, 1):
        reference = await uploaded.submit(image, sender)
    return Accepted(images=[accepted(reference)])


def require_writable(caller: Principal, owner: str | None) -> str:
    """Return the workspace that is meant; raises 403 where the caller may not send images for it."""
    meant = owner_meant(caller, owner)
    if not caller.may_write(meant):
        raise forbidden("This account may not send images for that workspace.")
    return meant

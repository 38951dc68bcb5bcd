"""Images that look like another: alike by embedding, or nearly the same by hash."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.dependencies import DailyShareDep, OwnerQuery, Reader, ServicesDep, Writer, owners_in_reach
from api.http.problems import documented
from api.http.routing import CallerFirstRoute
from api.images.routes import ImageIdPath, find_image
from api.questions.routes import OnDemand
from api.search.filters import MetadataFilters, pairs_of, require_order
from api.services import Services
from api.uploads.routes import PICTURE, SenderDep, require_writable
from infra.errors import FieldError, InvalidRequest
from infra.operations.answers import find_answer
from infra.recorded_acts import reads
from schemas.answers import EmbeddingAnswer, FeatureAnswers, HashAnswer
from schemas.images import Feature, ImageIdentity, Owner
from schemas.messages.questions import Inquiry
from schemas.queries import ImageRecord, ImageStatus, Page, ResultQuery, SimilarImage
from schemas.results import VersionedName
from schemas.texts.moments import Moment

router = APIRouter(prefix="/v1/images", tags=["images"], route_class=CallerFirstRoute)


async def get_wanted(
    caller: Reader,
    among: Annotated[
        Owner | None, Query(description="Search only this workspace. Default: all workspaces that you may see.")
    ] = None,
    label: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=200,
            description="Only images that show this: a label, an object, or anything more general.",
        ),
    ] = None,
    min_confidence: Annotated[
        float | None,
        Query(
            ge=0, le=1, description="The minimum confidence of `label`, or of the top label if `label` is not given."
        ),
    ] = None,
    since: Annotated[Moment | None, Query(description="Only images recognised at or after this time.")] = None,
    until: Annotated[Moment | None, Query(description="Only images recognised before this time.")] = None,
    pipeline: VersionedName | None = None,
    metadata: Annotated[
        MetadataFilters | None,
        Query(
            max_length=10, description="Only images with this metadata, as `name=value`; repeat the parameter for more."
        ),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="The maximum number of images to return.")] = 20,
) -> ResultQuery:
    """Return among which images to look, within what the caller may see."""
    require_order(since, until)
    return ResultQuery(
        owners=owners_in_reach(caller, among),
        label=label,
        min_confidence=min_confidence,
        since=since,
        until=until,
        pipeline=pipeline,
        metadata=pairs_of(metadata),
        status=ImageStatus.RECOGNISED,
        limit=limit,
    )


Wanted = Annotated[ResultQuery, Depends(get_wanted)]


@router.get("/{image_id}/similar", response_model_exclude_none=True, responses=documented(401, 403, 404, 422, 503))
async def list_similar(
    image_id: ImageIdPath, caller: Reader, services: ServicesDep, wanted: Wanted, owner: OwnerQuery = None
) -> Page[SimilarImage]:
    """Return the images most similar to this one, nearest first.

    Embeddings of the model that recognised it last are compared.
    """
    record = await find_image(services, caller, image_id, owner)
    embedding = (await _features(services, record)).embedding
    if not isinstance(embedding, EmbeddingAnswer):
        raise InvalidRequest(
            [
                FieldError(
                    field="image_id", message="This image has no embedding. Send it again with the feature `embedding`."
                )
            ]
        )
    return Page(items=await services.index.similar(wanted, embedding, _identity(record)))


@router.post(
    "/similar",
    response_model_exclude_none=True,
    responses=documented(400, 401, 403, 408, 413, 415, 422, 429, 503),
    openapi_extra=PICTURE,
)
@reads
async def find_similar(
    caller: Writer,
    sender: SenderDep,
    services: ServicesDep,
    recognition: OnDemand,
    share: DailyShareDep,
    wanted: Wanted,
    owner: OwnerQuery = None,
) -> Page[SimilarImage]:
    """Return the images most similar to the picture in the request, nearest first.

    The workers recognise the picture before anything else, and it is not stored. You must be allowed to send images
    for `owner`. Returns 503 if recognition takes too long.
    """
    inquiry = Inquiry(owner=require_writable(caller, owner), features=(Feature.EMBEDDING,))
    async with share.take(caller, 1) as taken:
        seen = await recognition.recognise(inquiry, sender, taken.keep)
    embedding = seen.features.embedding
    if not isinstance(embedding, EmbeddingAnswer):
        message = (
            "The promoted pipeline returned no embedding of the picture. Ask an administrator to promote one that does."
        )
        raise InvalidRequest([FieldError(field="body", message=message)])
    return Page(items=await services.index.similar(wanted, embedding))


@router.get("/{image_id}/duplicates", response_model_exclude_none=True, responses=documented(401, 403, 404, 422, 503))
async def list_duplicates(
    image_id: ImageIdPath,
    caller: Reader,
    services: ServicesDep,
    wanted: Wanted,
    owner: OwnerQuery = None,
    bits: Annotated[
        int,
        Query(
            ge=0,
            le=16,
            description="How many of the hash's 64 bits may differ. Above 3, some near-duplicates are not found.",
        ),
    ] = 3,
) -> Page[SimilarImage]:
    """Return near-duplicates of the image, nearest first: images whose perceptual hash differs in few bits."""
    record = await find_image(services, caller, image_id, owner)
    look = (await _features(services, record)).hash
    if not isinstance(look, HashAnswer):
        raise InvalidRequest(
            [FieldError(field="image_id", message="This image has no hash. Send it again with the feature `hash`.")]
        )
    return Page(items=await services.index.duplicates(wanted, look, bits, _identity(record)))


async def _features(services: Services, record: ImageRecord) -> FeatureAnswers:
    """Return what the answer holds that is shown of the image: nothing while there is none."""
    if record.status is not ImageStatus.RECOGNISED:
        return FeatureAnswers()
    result = await find_answer(services.images, services.pipelines, record)
    return FeatureAnswers() if result is None else result.features


def _identity(record: ImageRecord) -> ImageIdentity:
    return ImageIdentity(owner=record.owner, image_id=record.image_id)

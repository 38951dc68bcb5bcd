"""Images that look like one that is there already: alike by embedding, or nearly the same by hash."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.dependencies import Caller, OwnerQuery, ServicesDep, owners_in_reach
from api.errors import FieldError, InvalidRequest, documented
from api.routes.images import ImageIdPath, find_image
from api.routing import CallerFirstRoute
from api.services import Services
from schemas.accounts import Principal
from schemas.images import ImageIdentity, Owner
from schemas.queries import ImageRecord, ImageStatus, Page, ResultQuery, SimilarImage
from schemas.results import EmbeddingAnswer, FeatureAnswers, HashAnswer

router = APIRouter(prefix="/v1/images", tags=["images"], route_class=CallerFirstRoute)

Count = Annotated[int, Query(ge=1, le=100, description="The most images to return.")]
Among = Annotated[Owner | None, Query(description="Look in this workspace alone; in all that you may see if left out.")]
Label = Annotated[str | None, Query(min_length=1, max_length=200, description="Only images with this label.")]


@router.get("/{image_id}/similar", response_model_exclude_none=True, responses=documented(401, 403, 404, 422, 503))
async def list_similar(
    image_id: ImageIdPath,
    caller: Caller,
    services: ServicesDep,
    owner: OwnerQuery = None,
    among: Among = None,
    label: Label = None,
    limit: Count = 20,
) -> Page[SimilarImage]:
    """Return the images most like this one, nearest first: by embeddings of the model that saw it last."""
    record = await find_image(services, caller, image_id, owner)
    embedding = (await _features(services, record)).embedding
    if not isinstance(embedding, EmbeddingAnswer):
        raise InvalidRequest([FieldError(field="image_id", message="This image has no embedding.")])
    query = _query(caller, among, limit, label)
    return Page(items=await services.index.similar(query, embedding, _identity(record)))


@router.get("/{image_id}/duplicates", response_model_exclude_none=True, responses=documented(401, 403, 404, 422, 503))
async def list_duplicates(
    image_id: ImageIdPath,
    caller: Caller,
    services: ServicesDep,
    owner: OwnerQuery = None,
    among: Among = None,
    bits: Annotated[
        int, Query(ge=0, le=16, description="How many of 64 bits may differ; above 3 some are not found.")
    ] = 3,
    limit: Count = 20,
) -> Page[SimilarImage]:
    """Return nearly the same pictures, nearest first: those whose perceptual hash differs in few bits."""
    record = await find_image(services, caller, image_id, owner)
    look = (await _features(services, record)).hash
    if not isinstance(look, HashAnswer):
        raise InvalidRequest([FieldError(field="image_id", message="This image was sent without the feature hash.")])
    return Page(items=await services.index.duplicates(_query(caller, among, limit), look, bits, _identity(record)))


async def _features(services: Services, record: ImageRecord) -> FeatureAnswers:
    """Return what the newest reference's answer holds: nothing while there is none."""
    if record.status is not ImageStatus.RECOGNISED:
        return FeatureAnswers()
    result = await services.images.read_result(record.image_key, record.pipeline)
    return FeatureAnswers() if result is None else result.features


def _query(caller: Principal, among: str | None, limit: int, label: str | None = None) -> ResultQuery:
    owners = owners_in_reach(caller, among)
    return ResultQuery(owners=owners, label=label, status=ImageStatus.RECOGNISED, limit=limit)


def _identity(record: ImageRecord) -> ImageIdentity:
    return ImageIdentity(owner=record.owner, image_id=record.image_id)

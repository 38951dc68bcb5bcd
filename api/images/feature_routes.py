"""What can be asked about an image, and what answers it."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.dependencies import Reader, ServicesDep
from api.http.errors import not_found
from api.http.problems import documented
from api.http.routing import CallerFirstRoute
from schemas.images import Feature
from schemas.records.pipelines import PipelineSpec
from schemas.results import VersionedName

router = APIRouter(prefix="/v1/features", tags=["features"], route_class=CallerFirstRoute)


class FeatureState(BaseModel):
    """One feature: ``live``, with the model that answers it, or ``not_installed``."""

    feature: Feature = Field(examples=["labels"])
    status: Literal["live", "not_installed"]
    model: VersionedName | None = Field(default=None, examples=["lite0@1"])


class Features(BaseModel):
    """A pipeline, and the state of every feature in it."""

    pipeline: VersionedName = Field(examples=["standard@2"])
    features: list[FeatureState]


@router.get("", response_model_exclude_none=True, responses=documented(401, 403, 404, 422, 503))
async def list_features(
    _caller: Reader,
    services: ServicesDep,
    pipeline: Annotated[
        VersionedName | None, Query(description="The pipeline. Default: the promoted one.", examples=["standard@2"])
    ] = None,
) -> Features:
    """List all features and whether each is live.

    If you ask for one that is not, its entry in the result contains an error.
    """
    name = pipeline or await services.pipelines.find_promoted()
    described = await services.pipelines.find(name)
    if described is None:
        raise not_found("There is no such pipeline.")
    return Features(pipeline=name, features=[_state(feature, described) for feature in Feature])


def _state(feature: Feature, pipeline: PipelineSpec) -> FeatureState:
    model = pipeline.models.get(feature)
    return FeatureState(feature=feature, status="live" if model else "not_installed", model=model)

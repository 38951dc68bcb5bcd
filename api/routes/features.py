"""What can be asked about an image, and what answers it."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.dependencies import Caller
from api.errors import documented
from api.routing import CallerFirstRoute
from schemas.images import Feature
from schemas.pipelines import DEFAULT_PIPELINE
from schemas.results import VersionedName

router = APIRouter(prefix="/v1/features", tags=["features"], route_class=CallerFirstRoute)


class FeatureState(BaseModel):
    """One feature: ``live`` with the model that answers it, or not installed."""

    feature: Feature = Field(examples=["labels"])
    status: Literal["live", "not_installed"]
    model: VersionedName | None = Field(default=None, examples=["lite0@1"])


class Features(BaseModel):
    """The pipeline that runs, and every feature there is."""

    pipeline: VersionedName = Field(examples=["standard@2"])
    features: list[FeatureState]


@router.get("", response_model_exclude_none=True, responses=documented(401, 503))
async def list_features(_caller: Caller) -> Features:
    """Tell which features are live; one that is not is an error of its own in a result that was asked for it."""
    return Features(pipeline=DEFAULT_PIPELINE.id, features=[_state(feature) for feature in Feature])


def _state(feature: Feature) -> FeatureState:
    model = DEFAULT_PIPELINE.models.get(feature)
    return FeatureState(feature=feature, status="live" if model else "not_installed", model=model)

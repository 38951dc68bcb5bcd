"""What can be asked about an image, and what answers it."""

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.dependencies import Reader, ServicesDep
from api.http.errors import not_found
from api.http.problems import documented
from api.http.routing import CallerFirstRoute
from schemas.images import Feature
from schemas.records.pipelines import PipelineSpec
from schemas.records.worker_reports import WorkerReport
from schemas.results import VersionedName

router = APIRouter(prefix="/v1/features", tags=["features"], route_class=CallerFirstRoute)


class FeatureState(BaseModel):
    """One feature: ``live`` if the pipeline has a model that answers it and a worker has that, else ``not_installed``.

    Workers report every 30 seconds which models they lack, such as the detector after a minimal setup. While no worker
    runs, a feature with a model is shown as live.
    """

    feature: Feature = Field(examples=["labels"])
    status: Literal["live", "not_installed"]
    model: VersionedName | None = Field(default=None, examples=["lite0@1"])
    workers_lacking: int | None = Field(
        default=None,
        description="How many of the running workers lack the model. Results from them have the error `not_installed`"
        " in the feature's entry. Absent if none does.",
    )


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
    """List all features and whether the pipeline has a model for each that a running worker can use.

    If you ask for one that is not live, its entry in the result contains an error.
    """
    name = pipeline or await services.pipelines.find_promoted()
    described = await services.pipelines.find(name)
    if described is None:
        raise not_found("There is no such pipeline.")
    reports = await services.workers.list_reports()
    return Features(pipeline=name, features=[feature_state(feature, described, reports) for feature in Feature])


def feature_state(feature: Feature, pipeline: PipelineSpec, reports: Sequence[WorkerReport]) -> FeatureState:
    """Return whether a feature is answered, by what the workers that run now say."""
    model = pipeline.models.get(feature)
    lacking = sum(model in report.lacking for report in reports)
    is_live = model is not None and (not reports or lacking < len(reports))
    return FeatureState(
        feature=feature,
        status="live" if is_live else "not_installed",
        model=model,
        workers_lacking=lacking or None,
    )

"""Pipelines: which there are, which of them counts, and letting another one count; for administrators."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from api.dependencies import AuditDep, ModelKeeper, ServicesDep
from api.http.errors import conflict, not_found
from api.http.problems import documented
from api.http.routing import CallerFirstRoute
from infra.errors import ConfigurationError, NotFound
from infra.operations.promotion.service import PromotionService
from infra.recorded_acts import records
from schemas.activity import Action
from schemas.records.pipelines import PipelineSpec, Promotion
from schemas.results import VersionedName

router = APIRouter(prefix="/v1/pipelines", tags=["pipelines"], route_class=CallerFirstRoute)

SHOWN_PROMOTIONS = 100

PipelineId = Annotated[
    VersionedName,
    Path(description="The pipeline's name and version, for example `standard@2`.", examples=["standard@2"]),
]


class PipelineList(BaseModel):
    """Every pipeline, the promoted one, and the history of promotions, newest last."""

    promoted: VersionedName = Field(examples=["standard@2"])
    items: tuple[PipelineSpec, ...]
    promotions: tuple[Promotion, ...] = Field(description=f"The last {SHOWN_PROMOTIONS} changes.")


@router.get("", responses=documented(401, 403, 422, 503))
async def list_pipelines(_keeper: ModelKeeper, services: ServicesDep) -> PipelineList:
    """Return every pipeline, and which one is promoted."""
    promotions = await services.pipelines.list_promotions()
    return PipelineList(
        promoted=await services.pipelines.find_promoted(),
        items=await services.pipelines.list_pipelines(),
        promotions=promotions[-SHOWN_PROMOTIONS:],
    )


@router.post("/rollback", responses=documented(401, 403, 409, 422, 503))
@records(Action.PIPELINE_ROLLED_BACK)
async def roll_back(keeper: ModelKeeper, services: ServicesDep, audit: AuditDep) -> Promotion:
    """Promote the pipeline again that was promoted before the present one."""
    async with _explained():
        return await PromotionService(services.pipelines).roll_back(
            str(keeper.account_id), keeper.account_id, audit.act
        )


@router.post("/{pipeline}/promote", responses=documented(401, 403, 404, 409, 422, 503))
@records(Action.PIPELINE_PROMOTED)
async def promote(pipeline: PipelineId, keeper: ModelKeeper, services: ServicesDep, audit: AuditDep) -> Promotion:
    """Promote a pipeline. Workers switch to it within seconds, and no image is lost.

    Its models must have been verified for an earlier promotion, because no model ever runs in the API. To promote a
    model for the first time, run `vedette pipelines promote` where the models are stored; it verifies them.
    """
    if await services.pipelines.find(pipeline) is None:
        raise not_found("There is no such pipeline.")
    async with _explained():
        by = str(keeper.account_id)
        return await PromotionService(services.pipelines).promote_again(pipeline, by, keeper.account_id, audit.act)


@asynccontextmanager
async def _explained() -> AsyncIterator[None]:
    """Answer 409 with the reason where the pipelines are not such that this can be done."""
    try:
        yield
    except (ConfigurationError, NotFound) as error:
        raise conflict(f"{str(error)[0].upper()}{str(error)[1:]}.") from None

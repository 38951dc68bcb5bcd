"""How the platform is, for those who look after it."""

from importlib.metadata import version
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from api.dependencies import ServicesDep, Watcher
from api.errors import documented
from api.readiness import Readiness
from api.routes.health import SystemState, get_readiness
from api.routing import CallerFirstRoute
from schemas.results import VersionedName

router = APIRouter(prefix="/v1/status", tags=["status"], route_class=CallerFirstRoute)


class TopicState(BaseModel):
    """What waits on one topic for recognition, as this process saw it last."""

    waiting: int | None = Field(default=None, description="References; absent where it is not known.")
    recognised_per_s: float = Field(description="Over the last 15 seconds.")
    limit: int = Field(description="From so many on, no more are taken.")


class PlatformState(BaseModel):
    """What answers, what waits, and which pipeline counts."""

    version: str
    ready: bool = Field(description="Whether all systems answer.")
    systems: dict[str, SystemState]
    backlog: dict[str, TopicState] = Field(description="By topic.")
    pipeline: VersionedName = Field(description="The promoted one.", examples=["standard@2"])


@router.get("", response_model_exclude_none=True, responses=documented(401, 403, 422, 503))
async def read_status(
    _watcher: Watcher, services: ServicesDep, readiness: Annotated[Readiness, Depends(get_readiness)]
) -> PlatformState:
    """Return which systems answer, how many references wait, at what pace they are recognised, and by what."""
    systems = {name: SystemState(ok=check.ok, error=check.error) for name, check in (await readiness.check()).items()}
    return PlatformState(
        version=version("vedette"),
        ready=all(state.ok for state in systems.values()),
        systems=systems,
        backlog={
            topic: TopicState(waiting=seen.waiting, recognised_per_s=round(seen.per_s, 1), limit=seen.limit)
            for topic, seen in services.backlog.tell().items()
        },
        pipeline=await services.pipelines.find_promoted(),
    )

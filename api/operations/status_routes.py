"""How the platform is, for those who look after it."""

from importlib.metadata import version
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from api.dependencies import ServicesDep, Watcher
from api.http.problems import documented
from api.http.routing import CallerFirstRoute
from api.operations.health_routes import SystemState, get_readiness
from api.operations.readiness import Readiness
from api.services import Services
from infra.kafka.groups.lag import WARN_AT, Lag
from schemas.access.keeping import KeepingTimes, RetentionRun
from schemas.records.reconciliation import UnreadMessages
from schemas.results import VersionedName

MOST_UNREAD = 100

router = APIRouter(prefix="/v1/status", tags=["status"], route_class=CallerFirstRoute)


class TopicState(BaseModel):
    """What waits for recognition on one topic, as this process last saw it."""

    waiting: int | None = Field(
        default=None, description="The number of references that wait. Absent if it is not known."
    )
    recognised_per_s: float = Field(description="Images recognised per second over the last 15 seconds.")
    limit: int = Field(description="If this many references wait, the API accepts no more.")


class LagState(BaseModel):
    """What one consumer group has not acknowledged of one topic, as this process saw it in the last minute."""

    group: str
    topic: str
    waiting: int = Field(description="The number of messages. Messages on the retry topics wait for their time.")
    oldest_s: float | None = Field(default=None, description="The age of the oldest waiting message, in seconds.")
    retention_s: float | None = Field(
        default=None, description="How long Kafka keeps a message of this topic, in seconds."
    )
    deleted: int = Field(description="The number of messages that Kafka has deleted before the group could read them.")
    warning: bool = Field(
        description="True if the oldest message has reached half of the retention time, or if messages were deleted."
    )


class RetentionState(BaseModel):
    """How long one workspace keeps what, and what the last run removed."""

    workspace: str
    keep: KeepingTimes
    last_run: RetentionRun | None = Field(default=None, description="Absent before the first run.")


class PlatformState(BaseModel):
    """The state of the platform: which systems respond, what waits, and which pipeline is promoted."""

    version: str
    ready: bool = Field(description="Whether all systems respond.")
    systems: dict[str, SystemState]
    backlog: dict[str, TopicState] = Field(description="What waits for recognition, by topic.")
    lag: list[LagState] | None = Field(
        default=None,
        description="What each consumer group has not acknowledged, by group and topic. Absent if it is not known.",
    )
    unread: list[UnreadMessages] = Field(
        description="The most recent messages that Kafka deleted before they were read, newest first."
    )
    retention: list[RetentionState] = Field(
        description="Workspaces that do not keep everything for ever, and what was removed last."
    )
    pipeline: VersionedName = Field(description="The promoted pipeline.", examples=["standard@2"])


@router.get("", response_model_exclude_none=True, responses=documented(401, 403, 422, 503))
async def read_status(
    _watcher: Watcher, services: ServicesDep, readiness: Annotated[Readiness, Depends(get_readiness)]
) -> PlatformState:
    """Return the state of the platform.

    It contains which systems respond, which messages wait and for how long, which were deleted unread, what retention
    removed, and the promoted pipeline.
    """
    systems = {name: SystemState(ok=check.ok, error=check.error) for name, check in (await readiness.check()).items()}
    return PlatformState(
        version=version("vedette"),
        ready=all(state.ok for state in systems.values()),
        systems=systems,
        backlog={
            topic: TopicState(waiting=seen.waiting, recognised_per_s=round(seen.per_s, 1), limit=seen.limit)
            for topic, seen in services.backlog.tell().items()
        },
        lag=None if (lags := services.lags.tell()) is None else [_lag_state(lag) for lag in lags],
        unread=[
            UnreadMessages.of(letter) for letter in (await services.images.unread_ranges())[: -MOST_UNREAD - 1 : -1]
        ],
        retention=await _retention(services),
        pipeline=await services.pipelines.find_promoted(),
    )


async def _retention(services: Services) -> list[RetentionState]:
    runs = await services.retention_runs.list_runs()
    return [
        RetentionState(workspace=one.id, keep=one.keep, last_run=runs.get(one.id))
        for one in await services.accounts.list_workspaces()
        if one.keep.is_set
    ]


def _lag_state(lag: Lag) -> LagState:
    return LagState(
        group=lag.group,
        topic=lag.topic,
        waiting=lag.waiting,
        oldest_s=None if lag.oldest_s is None else round(lag.oldest_s, 1),
        retention_s=lag.retention_s,
        deleted=lag.deleted,
        warning=lag.deleted > 0 or lag.retention_used >= WARN_AT,
    )

"""Which pipeline counts from now on: what must be true of it, and the record of how that came to be."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol

from infra.errors import ConfigurationError, NotFound
from schemas.images import MAX_NAME_CHARACTERS
from schemas.records.pipelines import (
    BUILT_IN_MODELS,
    STANDARD_PIPELINES,
    Action,
    ParitySummary,
    PipelineSpec,
    Promotion,
    pipeline_beneath,
)
from schemas.results import VersionedName

STANDARD_MODELS = frozenset(model for pipeline in STANDARD_PIPELINES.values() for model in pipeline.models.values())


class Promotions(Protocol):
    """Where pipelines and their promotions are kept."""

    async def find(self, pipeline_id: VersionedName) -> PipelineSpec | None: ...
    async def find_promoted(self) -> VersionedName: ...
    async def list_promotions(self) -> tuple[Promotion, ...]: ...
    async def add_promotion(self, promotion: Promotion) -> None: ...


class RemovablePipelines(Promotions, Protocol):
    """The same where pipelines can be removed too."""

    async def remove(self, pipeline_id: VersionedName) -> None: ...
    async def restore(self, pipeline_id: VersionedName) -> None: ...


class NotVerified(ConfigurationError):
    """A model of the pipeline was never held against itself: nobody knows whether its answers can be relied on."""


def recorded_parity(pipeline: PipelineSpec, history: Sequence[Promotion]) -> tuple[ParitySummary, ...]:
    """Return how the pipeline's models were verified for the promotions that there were.

    A model never changes, and so what was found of it holds. What comes with Vedette is tested with it. Raises
    ``NotVerified`` where a model has never been promoted.
    """
    known = {parity.model: parity for promotion in history for parity in promotion.parity if parity.passed}
    needed = sorted(set(pipeline.models.values()) - BUILT_IN_MODELS)
    missing = [model for model in needed if model not in known and model not in STANDARD_MODELS]
    if missing:
        raise NotVerified(
            f"{', '.join(missing)} was promoted in no pipeline yet: where the models are, `vedette pipelines promote"
            f" {pipeline.id}` verifies and promotes it"
        )
    return tuple(known[model] for model in needed if model in known)


async def promote_pipeline(
    store: Promotions, name: VersionedName, by: str, parity: tuple[ParitySummary, ...]
) -> Promotion:
    """Record that ``name`` counts from now on; raises ``ConfigurationError`` where it does already."""
    history = await store.list_promotions()
    promoted = await store.find_promoted()
    if name == promoted:
        raise ConfigurationError(f"pipeline {name} is promoted already")
    return await _record(store, history, Action.PROMOTE, name, promoted, by, parity)


async def find_beneath(store: Promotions) -> VersionedName:
    """Return the pipeline that counted before the present one; raises ``NotFound`` where there was none."""
    return await _beneath(store, await store.list_promotions())


async def require_removable(store: Promotions, name: VersionedName) -> PipelineSpec:
    """Return the pipeline of that name if nothing would miss it; raises ``ConfigurationError`` and ``NotFound``."""
    if name in STANDARD_PIPELINES:
        raise ConfigurationError(f"pipeline {name} comes with Vedette and cannot be removed")
    if (pipeline := await store.find(name)) is None:
        raise NotFound(f"there is no pipeline {name}: see `vedette pipelines show`")
    if name == await store.find_promoted():
        raise ConfigurationError(f"pipeline {name} is promoted: promote another first, or roll back")
    if name == pipeline_beneath(await store.list_promotions()):
        raise ConfigurationError(f"pipeline {name} cannot be removed: `vedette pipelines rollback` would return to it")
    return pipeline


async def remove_pipeline(store: RemovablePipelines, name: VersionedName) -> None:
    """Remove a pipeline that nothing misses; raises as ``require_removable`` does, and then it stays.

    It may be promoted by another at the same moment: the promotion counts, and the pipeline stays.
    """
    await require_removable(store, name)
    await store.remove(name)
    if name in (await store.find_promoted(), pipeline_beneath(await store.list_promotions())):
        await store.restore(name)
        raise ConfigurationError(f"pipeline {name} was promoted at the same moment and cannot be removed")


async def roll_back_pipeline(store: Promotions, by: str) -> Promotion:
    """Let the pipeline before count again; raises ``NotFound`` where there was none."""
    history = await store.list_promotions()
    beneath = await _beneath(store, history)
    return await _record(store, history, Action.ROLLBACK, beneath, history[-1].pipeline, by, ())


async def _beneath(store: Promotions, history: Sequence[Promotion]) -> VersionedName:
    beneath = pipeline_beneath(history)
    if beneath is None:
        raise NotFound("there is no earlier pipeline to return to: no promotion has replaced one")
    if await store.find(beneath) is None:
        raise NotFound(f"there is no pipeline {beneath}: see `vedette pipelines show`")
    return beneath


async def _record(
    store: Promotions,
    history: Sequence[Promotion],
    action: Action,
    pipeline: VersionedName,
    replaced: VersionedName,
    by: str,
    parity: tuple[ParitySummary, ...],
) -> Promotion:
    promotion = Promotion(
        number=len(history) + 1,
        pipeline=pipeline,
        action=action,
        replaced=replaced,
        by=by[:MAX_NAME_CHARACTERS],
        # As stores keep it: a promotion must read back as it was made.
        at=datetime.now(UTC).replace(microsecond=0),
        parity=parity,
    )
    await store.add_promotion(promotion)
    return promotion

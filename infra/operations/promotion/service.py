"""Which pipeline counts from now on: what must be true of it, and the record of how that came to be."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol

from infra.errors import ConfigurationError, NotFound
from infra.operations.audit.acts import Act
from schemas import activity
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


class Pipelines(Protocol):
    """Where pipelines and their promotions are kept."""

    async def find(self, pipeline_id: VersionedName) -> PipelineSpec | None: ...
    async def find_promoted(self) -> VersionedName: ...
    async def list_promotions(self) -> tuple[Promotion, ...]: ...
    async def add_promotion(self, promotion: Promotion) -> None: ...
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


class PromotionService:
    """Lets another pipeline count, or one be no more, for routes and commands alike; ``act`` records each first.

    ``actor`` does it, and ``by`` is who stands in the history of promotions for it. Raises ``NotFound``, and
    ``ConfigurationError`` for what cannot be, before anything is recorded; and ``TransientError`` where an act could
    not be recorded: then it was not done.
    """

    def __init__(self, store: Pipelines) -> None:
        self._store = store

    async def promote(
        self, name: VersionedName, parity: tuple[ParitySummary, ...], by: str, actor: object, act: Act
    ) -> Promotion:
        """Let a pipeline count from now on, whose models were found to be what ``parity`` says."""
        pipeline = await require_pipeline(self._store, name)
        history = await self._store.list_promotions()
        promoted = await self._store.find_promoted()
        if pipeline.id == promoted:
            raise ConfigurationError(f"pipeline {name} is promoted already")
        promotion = _promotion(history, Action.PROMOTE, pipeline.id, promoted, by, parity)
        async with act(activity.Action.PIPELINE_PROMOTED, actor, pipeline.id):
            await self._store.add_promotion(promotion)
        return promotion

    async def promote_again(self, name: VersionedName, by: str, actor: object, act: Act) -> Promotion:
        """The same on the strength of earlier promotions; raises ``NotVerified`` where a model has had none."""
        pipeline = await require_pipeline(self._store, name)
        parity = recorded_parity(pipeline, await self._store.list_promotions())
        return await self.promote(pipeline.id, parity, by, actor, act)

    async def roll_back(self, by: str, actor: object, act: Act) -> Promotion:
        """Let the pipeline before count again; raises ``NotFound`` where there was none."""
        history = await self._store.list_promotions()
        beneath = pipeline_beneath(history)
        if beneath is None:
            raise NotFound("there is no earlier pipeline to return to: no promotion has replaced one")
        await require_pipeline(self._store, beneath)
        promotion = _promotion(history, Action.ROLLBACK, beneath, history[-1].pipeline, by, ())
        async with act(activity.Action.PIPELINE_ROLLED_BACK, actor, beneath):
            await self._store.add_promotion(promotion)
        return promotion

    async def remove(self, name: VersionedName, actor: object, act: Act) -> None:
        """Remove a pipeline that nothing would miss; what it answered stays.

        It may be promoted by another at the same moment: the promotion counts, and the pipeline stays.
        """
        await self._require_removable(name)
        async with act(activity.Action.PIPELINE_REMOVED, actor, name):
            await self._store.remove(name)
            if name in (await self._store.find_promoted(), pipeline_beneath(await self._store.list_promotions())):
                await self._store.restore(name)
                raise ConfigurationError(f"pipeline {name} was promoted at the same moment and cannot be removed")

    async def _require_removable(self, name: VersionedName) -> None:
        if name in STANDARD_PIPELINES:
            raise ConfigurationError(f"pipeline {name} comes with Vedette and cannot be removed")
        await require_pipeline(self._store, name)
        if name == await self._store.find_promoted():
            raise ConfigurationError(f"pipeline {name} is promoted: promote another first, or roll back")
        if name == pipeline_beneath(await self._store.list_promotions()):
            raise ConfigurationError(
                f"pipeline {name} cannot be removed: `vedette pipelines rollback` would return to it"
            )


async def require_pipeline(store: Pipelines, name: VersionedName) -> PipelineSpec:
    """Return the pipeline of that name; raises ``NotFound``."""
    if (pipeline := await store.find(name)) is None:
        raise NotFound(f"there is no pipeline {name}: see `vedette pipelines show`")
    return pipeline


def _promotion(
    history: Sequence[Promotion],
    action: Action,
    pipeline: VersionedName,
    replaced: VersionedName,
    by: str,
    parity: tuple[ParitySummary, ...],
) -> Promotion:
    return Promotion(
        number=len(history) + 1,
        pipeline=pipeline,
        action=action,
        replaced=replaced,
        by=by[:MAX_NAME_CHARACTERS],
        # As stores keep it: a promotion must read back as it was made.
        at=datetime.now(UTC).replace(microsecond=0),
        parity=parity,
    )

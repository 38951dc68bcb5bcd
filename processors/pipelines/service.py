"""What operators do with pipelines from the command line."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import orjson
from pydantic import ValidationError
from rich.table import Table

from infra.cassandra.pipelines import PipelineStore
from infra.errors import ConfigurationError
from infra.kafka.event_bus import EventPublisher
from infra.operations.audit.acts import Act, command_recorder, whoever
from infra.operations.promotion.service import Pipelines, PromotionService, require_pipeline
from infra.settings.settings import Settings
from infra.terminal import Console
from processors.models.card import describe_problems
from processors.models.computed import COMPUTED
from processors.models.default.shipped import fetched_models, not_fetched
from processors.models.repository.repositories import open_repository
from processors.models.repository.repository import Repository
from processors.models.service import Answer, parse_model, with_pipelines
from processors.models.tasks import text_reader
from processors.models.verification.verify import require_verified
from schemas.activity import Action
from schemas.images import Feature
from schemas.records.pipelines import (
    DEFAULT_PIPELINE,
    STANDARD_PIPELINES,
    PipelineSpec,
    Promotion,
    split_id,
)
from schemas.results import VersionedName

SHOWN_PROMOTIONS = 10
# What no repository holds, and what it answers.
BUILT_IN: Mapping[VersionedName, frozenset[Feature]] = {
    text_reader.NAME: frozenset({Feature.TEXT}),
    **{name: computed.features for name, computed in COMPUTED.items()},
}
# With what may be missing from the repository, which costs that feature alone.
ANSWERED = {**BUILT_IN, **{name: card.features for name, card in fetched_models().items()}}


class PipelineRegistry(Pipelines, Protocol):
    """Where pipelines are made as well."""

    async def create(self, pipeline: PipelineSpec) -> None: ...
    async def find_last_version(self, name: str) -> int: ...
    async def list_pipelines(self) -> tuple[PipelineSpec, ...]: ...


@dataclass(frozen=True)
class PipelineWish:
    """The pipeline that is wanted: ``models`` as ``feature=name@version``, put over those of the pipeline ``like``."""

    name: str
    version: int | None
    models: tuple[str, ...]
    like: str | None = None


def create(settings: Settings, wish: PipelineWish) -> tuple[PipelineSpec, bool]:
    """Return a pipeline whose models are all there, and whether it was made now.

    One that has the same models already is no second version. Raises ``ConfigurationError`` and ``AlreadyExists``.
    """
    repository = open_repository(settings)

    async def created(store: PipelineStore, act: Act) -> tuple[PipelineSpec, bool]:
        planned, is_new = await plan_pipeline(store, wish, repository)
        if is_new:
            detail = " ".join(f"{feature.value}={model}" for feature, model in planned.models.items())
            async with act(Action.PIPELINE_CREATED, whoever(), planned.id, detail=detail):
                await store.create(planned)
        return planned, is_new

    return change_pipelines(settings, created)


def remove(settings: Settings, name: str) -> None:
    """Remove a pipeline that is neither promoted nor what a rollback leads to; what it answered stays.

    Raises ``NotFound`` and ``ConfigurationError``.
    """
    parse_model(name)
    change_pipelines(settings, lambda store, act: PromotionService(store).remove(name, whoever(), act))


def find_description(settings: Settings, name: str | None) -> PipelineSpec:
    """Return the pipeline of that name, the default one for none; only those that were created are asked for."""
    if name is None:
        return DEFAULT_PIPELINE
    return STANDARD_PIPELINES.get(name) or with_pipelines(settings, lambda store: find_named(store, name))


def promote(settings: Settings, name: str, by: str | None) -> Promotion:
    """Let a pipeline count; raises ``NotFound``, and ``ConfigurationError`` where its models are not fit for it."""
    repository = open_repository(settings)
    description = with_pipelines(settings, lambda store: find_named(store, name))
    # What is not installed answers nothing, and so nothing wrong.
    known = BUILT_IN.keys() | not_fetched(settings.cache)
    models = sorted(set(description.models.values()) - known)
    parity = tuple(require_verified(repository, model, settings).summary for model in models)
    return change_pipelines(
        settings,
        lambda store, act: PromotionService(store).promote(name, parity, by or whoever(), whoever(), act),
    )


def roll_back(settings: Settings, by: str | None) -> Promotion:
    """Let the pipeline before count again; raises ``NotFound`` where there was none."""
    return change_pipelines(
        settings, lambda store, act: PromotionService(store).roll_back(by or whoever(), whoever(), act)
    )


def change_pipelines(settings: Settings, change: Callable[[PipelineStore, Act], Awaitable[Answer]]) -> Answer:
    """Return what ``change`` answers, given a connection to the pipelines and the recorder of what it does."""

    async def changed(store: PipelineStore) -> Answer:
        async with EventPublisher(settings.kafka) as publisher:
            return await change(store, command_recorder(publisher).act)

    return with_pipelines(settings, changed)


def show(settings: Settings, console: Console, *, as_json: bool) -> None:
    """Print the pipelines and the last promotions."""

    async def read(store: PipelineRegistry) -> tuple[tuple[PipelineSpec, ...], VersionedName, tuple[Promotion, ...]]:
        return await store.list_pipelines(), await store.find_promoted(), await store.list_promotions()

    pipelines, promoted, promotions = with_pipelines(settings, read)
    if as_json:
        print_json(pipelines, promoted, promotions, console)
        return
    console.print(_pipeline_table(pipelines, promoted))
    if promotions:
        console.print(_promotion_table(promotions[-SHOWN_PROMOTIONS:]))


async def plan_pipeline(
    store: PipelineRegistry, wish: PipelineWish, repository: Repository
) -> tuple[PipelineSpec, bool]:
    """Return the pipeline that is wanted, and whether it is yet to be made; every model must be able to answer.

    Without a version it is the newest one of this name if that has the same models, the next one otherwise.
    """
    base = (await find_named(store, wish.like)).models if wish.like else {}
    models = {**base, **parse_models(wish.models)}
    for feature, model in models.items():
        require_answering(repository, feature, model)
    last = await store.find_last_version(wish.name)
    try:
        planned = PipelineSpec(name=wish.name, version=wish.version or last + 1, models=models)
    except ValidationError as error:
        raise ConfigurationError(f"pipeline {wish.name}: {describe_problems(error)}") from None
    known = await store.find(planned.id if wish.version else f"{wish.name}@{last}") if last else None
    return (known, False) if known is not None and known.models == models else (planned, True)


async def find_named(store: Pipelines, name: str) -> PipelineSpec:
    """Return the pipeline of that name; raises ``ConfigurationError`` where it can be none, and ``NotFound``."""
    parse_model(name)
    return await require_pipeline(store, name)


def parse_models(texts: Sequence[str]) -> Mapping[Feature, VersionedName]:
    """Return the models by feature; raises ``ConfigurationError`` saying what to write instead."""
    models: dict[Feature, VersionedName] = {}
    for text in texts:
        name, equals, model = text.partition("=")
        if not equals or name not in list(Feature):
            raise ConfigurationError(f"--model {text!r}: write FEATURE=NAME@VERSION, a feature of {', '.join(Feature)}")
        parse_model(model)
        models[Feature(name)] = model
    return models


def require_answering(repository: Repository, feature: Feature, model: VersionedName) -> None:
    """Raise ``ConfigurationError`` unless the model is there and can answer the feature."""
    if (features := ANSWERED.get(model)) is None:
        features = repository.read_card(*split_id(model)).features
    if feature not in features:
        raise ConfigurationError(
            f"model {model} does not answer {feature.value}: it answers {', '.join(sorted(features))}"
        )


def print_json(
    pipelines: Sequence[PipelineSpec], promoted: VersionedName, promotions: Sequence[Promotion], console: Console
) -> None:
    """Print everything as one JSON document."""
    document = {
        "promoted": promoted,
        "pipelines": [pipeline.model_dump(mode="json") for pipeline in pipelines],
        "promotions": [promotion.model_dump(mode="json") for promotion in promotions],
    }
    console.print(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode(), soft_wrap=True, markup=False)


def _pipeline_table(pipelines: Sequence[PipelineSpec], promoted: VersionedName) -> Table:
    table = Table("pipeline", "", "models")
    for pipeline in pipelines:
        models = "\n".join(f"{feature.value}: {model}" for feature, model in pipeline.models.items())
        table.add_row(pipeline.id, "promoted" if pipeline.id == promoted else "", models)
    return table


def _promotion_table(promotions: Sequence[Promotion]) -> Table:
    table = Table("when", "by", "what", "pipeline", "instead of", "verified")
    for one in promotions:
        verified = "\n".join(f"{model.model} on {model.pictures} pictures" for model in one.parity)
        table.add_row(f"{one.at:%Y-%m-%d %H:%M:%S}", one.by, one.action.value, one.pipeline, one.replaced, verified)
    return table

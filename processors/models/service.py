"""What operators do with models from the command line."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import orjson
import yaml
from pydantic import TypeAdapter, ValidationError
from rich.progress import Progress
from rich.table import Column, Table

from infra.cassandra.model_records import ModelRecordStore
from infra.cassandra.pipelines import PipelineStore
from infra.cassandra.session import CassandraSession
from infra.errors import ConfigurationError, NotFound, TransientError
from infra.operations.audit.models_added import added_sha256
from infra.operations.audit.store import AuditStore
from infra.settings.settings import Settings
from infra.terminal import Console
from processors.labels.custom import read_content
from processors.models.adding.adding import NewModel, add_model, read_card_fields
from processors.models.adding.conversion import Precision, add_converted
from processors.models.adding.given import file_beside, given_fields, merge
from processors.models.adding.proposal import Fields
from processors.models.calibration.service import Calibrated
from processors.models.calibration.service import calibrate as calibrate_model
from processors.models.card import ModelCard
from processors.models.default.shipped import fetch_models, not_fetched, shipped_models
from processors.models.repository.recorded import RecordedRepository, WithRecords
from processors.models.repository.repositories import open_repository
from processors.models.repository.repository import Repository
from processors.models.verification.verdict import Verdict
from processors.models.verification.verify import read_pictures
from processors.models.verification.verify import verify as verify_model
from processors.pictures import DEMO_PICTURES
from schemas.records.model_records import ModelRecord
from schemas.records.pipelines import PipelineSpec, split_id
from schemas.results import VersionedName

Answer = TypeVar("Answer")
VERSIONED_NAME: TypeAdapter[str] = TypeAdapter(VersionedName)
UNKNOWN = "?"


def with_pipelines(settings: Settings, action: Callable[[PipelineStore], Awaitable[Answer]]) -> Answer:
    """Return what ``action`` answers, given a connection to the pipelines."""

    async def connected() -> Answer:
        pipelines = await PipelineStore.connect(settings.cassandra)
        try:
            return await action(pipelines)
        finally:
            await pipelines.close()

    return asyncio.run(connected())


def parse_model(model: str) -> tuple[str, int]:
    """Return name and version; raises ``ConfigurationError`` where ``model`` is none."""
    try:
        return split_id(VERSIONED_NAME.validate_python(model))
    except ValidationError:
        raise ConfigurationError(f"{model!r} is not a model: write NAME@VERSION, for example lite0@1") from None


def prepare(settings: Settings, console: Console, *, minimal: bool) -> None:
    """Build the models that come with Vedette, those that must be fetched unless ``minimal``, and print where they lie.

    Raises ``NotFetched`` where one cannot be had; the others are there then.
    """
    repository = open_repository(settings)
    if not minimal:
        fetch_models(settings.cache)
    for model in sorted(shipped_models().keys() - not_fetched(settings.cache)):
        files = repository.load(*split_id(model))
        console.print(f"model {files.card.id} is in {files.onnx.parent}", soft_wrap=True)


def add(
    settings: Settings, file: Path, labels: Path | None, card: Path | None, given: Fields, tree: Path | None = None
) -> ModelCard:
    """Add ``file`` with the fields of ``card`` and, over them, those ``given``; raises ``RefusedModel``."""
    fields = merge(read_card_fields(card) if card else {}, given_fields(given))
    labels = labels or file_beside(card, fields, "labels")
    tree = tree or file_beside(card, fields, "tree")
    return add_model(NewModel(file, labels, fields, read_content(tree) if tree else None), _open(settings))


def verify(settings: Settings, model: str, folder: Path | None) -> Verdict:
    """Verify a model on the pictures in ``folder``, the bundled ones where none is given, and note the verdict."""
    parse_model(model)
    return verify_model(open_repository(settings), model, folder or DEMO_PICTURES, settings)


def convert(settings: Settings, model: str, name: str, precision: Precision, folder: Path | None) -> ModelCard:
    """Add ``model`` in fewer bits as ``name``, calibrated on the pictures in ``folder`` where that is needed."""
    parse_model(name)
    repository = _open(settings)
    view = repository.read_card(*parse_model(model)).input.view
    pictures = read_pictures(folder, view, settings.models.max_pixels) if folder else []
    return add_converted(model, name, precision, pictures, repository)


def calibrate(
    settings: Settings, model: str, source: Path, *, name: str | None, ignore_unknown: bool, progress: Progress
) -> Calibrated:
    """Fit the temperature of ``model`` on labelled pictures, and add it with that as ``name`` where one is given."""
    parse_model(model)
    if name is not None:
        parse_model(name)
    # Without a name nothing is changed, and no server is needed to record it.
    repository = open_repository(settings) if name is None else _open(settings)
    return calibrate_model(
        settings, repository, model, source, name=name, ignore_unknown=ignore_unknown, progress=progress
    )


def remove(settings: Settings, model: str) -> None:
    """Delete a model; raises ``NotFound``, and ``ConfigurationError`` where a pipeline uses it."""
    name, version = parse_model(model)
    repository = _open(settings)
    if (name, version) not in repository.list_models():
        raise NotFound(f"there is no model {model}: see `vedette models list`")
    pipelines = with_pipelines(settings, lambda store: store.list_pipelines())
    if users := uses(pipelines).get(model):
        raise ConfigurationError(f"model {model} cannot be removed: it is used by {', '.join(users)}")
    repository.remove(name, version)


def record(settings: Settings, model: str | None) -> list[ModelRecord]:
    """Record a model that is in the repository, or all that have no record, as what workers are to load.

    Raises ``NotFound``, and ``ConfigurationError`` where the audit trail says that another was added.
    """
    repository = _open(settings)
    known = repository.list_models()
    if model is not None and parse_model(model) not in known:
        raise NotFound(f"there is no model {model}: see `vedette models list`")
    wanted = [parse_model(model)] if model is not None else _unrecorded(settings, known)
    for name, version in wanted:
        require_as_added(settings, f"{name}@{version}", repository.load(name, version).card.sha256)
    return [repository.record(name, version) for name, version in wanted]


def require_as_added(settings: Settings, model: VersionedName, sha256: str) -> None:
    """Raise ``ConfigurationError`` where the newest act that brought the model, by the trail, brought another."""

    async def ask() -> str | None:
        session = await CassandraSession.connect(settings.cassandra)
        try:
            return await added_sha256(AuditStore(session), model)
        finally:
            await session.close()

    added = asyncio.run(ask())
    if added not in (None, sha256):
        raise ConfigurationError(
            f"model {model} is not the one that was added: the audit trail says sha256 {added}, the repository holds "
            f"{sha256}. Put back what was added, or remove it and add yours as the next version"
        )


def _unrecorded(settings: Settings, known: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    async def ask(records: ModelRecordStore) -> list[tuple[str, int]]:
        return [one for one in known if await records.find(f"{one[0]}@{one[1]}") is None]

    found: list[tuple[str, int]] = _with_records(settings)(ask)
    return [(name, version) for name, version in found if f"{name}@{version}" not in shipped_models()]


def _open(settings: Settings) -> RecordedRepository:
    return RecordedRepository(open_repository(settings), settings, _with_records(settings))


def _with_records(settings: Settings) -> WithRecords:
    def run(action: Callable[[ModelRecordStore], Awaitable[Answer]]) -> Answer:
        async def connected() -> Answer:
            records = await ModelRecordStore.connect(settings.cassandra)
            try:
                return await action(records)
            finally:
                await records.close()

        return asyncio.run(connected())

    return run


def uses(pipelines: Sequence[PipelineSpec]) -> Mapping[VersionedName, list[VersionedName]]:
    """Return which pipelines use each model."""
    users: defaultdict[VersionedName, list[VersionedName]] = defaultdict(list)
    for pipeline in pipelines:
        for model in dict.fromkeys(pipeline.models.values()):
            users[model].append(pipeline.id)
    return users


def print_models(settings: Settings, console: Console) -> None:
    """Print one row a model; without Cassandra, which pipelines use it stays open."""
    try:
        users = uses(with_pipelines(settings, lambda store: store.list_pipelines()))
    except (TransientError, ConfigurationError) as error:
        users = None
        console.print(f"the pipelines that use each model are not known: {error}", soft_wrap=True, markup=False)
    table = Table(
        Column("model", overflow="fold"),
        Column("answers", overflow="fold"),
        Column("input", no_wrap=True),
        Column("MiB", no_wrap=True, justify="right"),
        Column("licence", overflow="fold"),
        Column("pipelines", overflow="fold"),
    )
    repository = open_repository(settings)
    for name, version in repository.list_models():
        model = f"{name}@{version}"
        used_by = UNKNOWN if users is None else ", ".join(users.get(model, []))
        table.add_row(model, *_described(repository, name, version), used_by)
    console.print(table)


def print_card(card: ModelCard, console: Console) -> None:
    """Print the card as it was completed."""
    text = yaml.safe_dump(card.model_dump(mode="json", exclude_none=True), sort_keys=False, allow_unicode=True)
    console.print(f"model {card.id} is added; its card:\n{text}", markup=False, soft_wrap=True, end="")


def print_verdict(verdict: Verdict, console: Console, *, as_json: bool) -> None:
    """Print one row a comparison, and what could not be compared."""
    if as_json:
        document = {**verdict.model_dump(mode="json"), "passed": verdict.passed}
        console.print(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode(), soft_wrap=True, markup=False)
        return
    table = Table("comparison", "pictures", "same answer", "confidence apart", "embedding alike", "verdict")
    for one in verdict.comparisons:
        apart = "" if one.confidence is None else f"{one.confidence:.4f} at most"
        alike = "" if one.cosine is None else f"{one.cosine:.4f} at least"
        outcome = "ok" if one.passed else "FAILED"
        table.add_row(one.what, str(one.pictures), f"{one.agreement:.2%}", apart, alike, outcome)
    console.print(table)
    unreadable = [f"{verdict.unreadable} pictures could not be read"] if verdict.unreadable else []
    for line in [*verdict.left_out, *unreadable]:
        console.print(line, soft_wrap=True, markup=False)
    fate = "may be promoted" if verdict.passed else "must not be promoted: it differs more than its card allows"
    console.print(f"model {verdict.model} {fate}", soft_wrap=True)


def _described(repository: Repository, name: str, version: int) -> tuple[str, ...]:
    try:
        card = repository.read_card(name, version)
        size = repository.size_bytes(name, version)
    except ConfigurationError as error:
        return f"damaged: {error}", "", "", ""
    width, height = card.input.size
    features = ", ".join(sorted(card.features))
    return features, f"{width} x {height}", f"{size / 2**20:.1f}", card.licence

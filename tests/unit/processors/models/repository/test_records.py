"""No model is loaded but the one that was added: its file, its card and its labels."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.errors import ConfigurationError
from infra.operations.audit.chain import chained
from infra.operations.audit.models_added import added_sha256, models_added
from infra.settings.recognition import ModelSettings
from infra.settings.settings import Settings
from processors.models.card import ModelCard
from processors.models.default.install import MODEL_SHA256, default_card
from processors.models.repository.records import CheckedRepository, record_of, shipped_records
from processors.models.repository.repositories import open_repository
from processors.models.repository.repository import CARD_FILE, MODEL_FILE, ModelRepository, sha256_of
from processors.pipelines.loaded import build_pipeline
from processors.pipelines.recorded import RecordedPipelines, with_records
from schemas.activity import Action, Outcome
from schemas.images import Feature
from schemas.records.model_records import ModelRecord
from schemas.records.pipelines import DEFAULT_PIPELINE, PipelineSpec
from tests.fakes.audit import KEY, FakeAuditStore, audit_event, one_published
from tests.fakes.models import FakeModelRecords

NAME, VERSION = "shoes", 1
SHOES = PipelineSpec(name="shop", version=1, models={Feature.LABELS: "shoes@1"})


class FakePipelineStore:
    """A store that knows one pipeline."""

    async def find(self, pipeline_id: str) -> PipelineSpec | None:
        return SHOES if pipeline_id == SHOES.id else None

    async def find_promoted(self) -> str:
        return SHOES.id


@pytest.fixture
def repository(settings: Settings, tmp_path: Path) -> ModelRepository:
    """A repository with one model of an operator's: a copy of the default one under a name of its own."""
    open_repository(settings)
    own = ModelRepository(settings.cache / "models").path("lite0", 1)
    found = ModelRepository(tmp_path / "models")
    shutil.copytree(own, found.path(NAME, VERSION))
    default_card().model_copy(update={"name": NAME}).write(found.path(NAME, VERSION) / CARD_FILE)
    return found


def record(repository: ModelRepository) -> ModelRecord:
    files = repository.load(NAME, VERSION)
    return record_of(files.card, files.labels, "ada@ops-1", datetime(2026, 11, 29, tzinfo=UTC))


def other_file(folder: Path) -> None:
    """A changed file, with a card that says so: all that whoever may write there can do."""
    (folder / MODEL_FILE).write_bytes((folder / MODEL_FILE).read_bytes() + b"\x00")
    card = ModelCard.read(folder / CARD_FILE)
    card.model_copy(update={"sha256": sha256_of(folder / MODEL_FILE)}).write(folder / CARD_FILE)


def other_labels(folder: Path) -> None:
    labels = (folder / "labels.txt").read_text(encoding="utf-8").splitlines()
    (folder / "labels.txt").write_text("\n".join(reversed(labels)) + "\n", encoding="utf-8")


def other_card(folder: Path) -> None:
    card = ModelCard.read(folder / CARD_FILE)
    card.model_copy(update={"licence": "another"}).write(folder / CARD_FILE)


@pytest.mark.parametrize(
    ("change", "what"),
    [(other_file, "model.onnx"), (other_labels, "card and labels"), (other_card, "card and labels")],
)
def test_another_file_card_or_labels_than_was_added_is_refused_with_what_to_do(
    repository: ModelRepository, change: Callable[[Path], None], what: str
) -> None:
    added = record(repository)
    checked = CheckedRepository(repository, {added.model: added})
    assert checked.load(NAME, VERSION).card.sha256 == MODEL_SHA256
    change(repository.path(NAME, VERSION))
    with pytest.raises(
        ConfigurationError, match=f"shoes@1 is not the one that ada@ops-1 added.*another {what}"
    ) as told:
        checked.load(NAME, VERSION)
    assert "vedette audit list --subject shoes@1" in str(told.value)


def test_a_model_without_a_record_is_refused_with_what_to_do(repository: ModelRepository) -> None:
    with pytest.raises(ConfigurationError, match="vedette models record shoes@1"):
        CheckedRepository(repository, {}).load(NAME, VERSION)


def test_a_record_of_before_card_and_labels_were_recorded_holds_the_file(repository: ModelRepository) -> None:
    old = record(repository).model_copy(update={"description_sha256": None})
    checked = CheckedRepository(repository, {old.model: old})
    other_labels(repository.path(NAME, VERSION))
    checked.load(NAME, VERSION)
    other_file(repository.path(NAME, VERSION))
    with pytest.raises(ConfigurationError, match=r"another model\.onnx lies"):
        checked.load(NAME, VERSION)


async def test_a_worker_loads_no_model_that_was_replaced(
    settings: Settings, repository: ModelRepository, tmp_path: Path
) -> None:
    own = settings.model_copy(update={"models": ModelSettings(repository=str(tmp_path / "models"))})
    pipelines = RecordedPipelines(FakePipelineStore(), FakeModelRecords(record(repository)))
    description = await pipelines.find(await pipelines.find_promoted())
    assert description is not None
    build_pipeline(own, description)
    other_labels(repository.path(NAME, VERSION))
    with pytest.raises(ConfigurationError, match="is not the one that"):
        build_pipeline(own, description)


async def test_the_model_that_comes_with_vedette_needs_no_record_and_none_can_speak_for_another(
    settings: Settings, tmp_path: Path
) -> None:
    build_pipeline(settings, await with_records(DEFAULT_PIPELINE, FakeModelRecords()))
    copied = ModelRepository(tmp_path / "copied")
    shutil.copytree(ModelRepository(settings.cache / "models").path("lite0", 1), copied.path("lite0", 1))
    other_labels(copied.path("lite0", 1))
    files = copied.load("lite0", 1)
    forged = record_of(files.card, files.labels, "eve@ops-1", shipped_records()[0].at)
    with pytest.raises(ConfigurationError, match="lite0@1 is not the one that vedette added"):
        CheckedRepository(copied, {forged.model: forged}).load("lite0", 1)


async def test_the_trail_tells_what_was_added_last_and_nothing_of_what_failed() -> None:
    sums = {name: name * 64 for name in "abc"}
    events = [
        audit_event(action=Action.MODEL_ADDED, subject="shoes@1", detail=f"sha256 {sums['a']}"),
        audit_event(action=Action.MODEL_REMOVED, subject="shoes@1"),
        audit_event(action=Action.MODEL_ADDED, subject="shoes@1", detail=f"sha256 {sums['b']}; card and labels x"),
        failed := audit_event(
            action=Action.MODEL_ADDED,
            subject="shoes@1",
            detail=f"sha256 {sums['c']}",
            at=datetime(2026, 3, 1, 13, tzinfo=UTC),
        ),
        failed.model_copy(update={"outcome": Outcome.FAILED}),
        audit_event(action=Action.MODEL_RECORDED, subject="hats@2", detail=f"sha256 {sums['c']}"),
    ]
    store = FakeAuditStore()
    await store.append(list(chained("t:0", None, [one_published(at, one) for at, one in enumerate(events)], KEY)))
    assert await added_sha256(store, "shoes@1") == sums["b"]
    assert await added_sha256(store, "coats@1") is None
    assert {one.model: one.sha256 for one in await models_added(store)} == {"shoes@1": sums["b"], "hats@2": sums["c"]}

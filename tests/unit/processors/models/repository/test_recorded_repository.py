"""No model comes or goes unless the audit trail was told of it."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from infra.errors import ConfigurationError, TransientError
from infra.settings.settings import Settings
from processors.models.repository import recorded as recorded_repository
from processors.models.repository.recorded import RecordedRepository
from processors.models.repository.records import CheckedRepository
from processors.models.repository.repository import ModelRepository
from schemas.activity import Action
from tests.fakes.models import FakeModelRecords, colour_model, write_colours

MODEL = [("colours", 2)]


class Trail:
    """The audit trail: takes what it is told, with what the repository held at that moment, or is out of reach."""

    def __init__(self, repository: ModelRepository) -> None:
        self.repository = repository
        self.is_up = True
        self.told: list[tuple[Action, str, str | None, bool]] = []
        self.failed: list[Action] = []

    @contextmanager
    def recorded(
        self, _settings: Settings, action: Action, subject: str, *, detail: str | None = None
    ) -> Iterator[None]:
        if not self.is_up:
            raise TransientError("Kafka does not answer")
        self.told.append((action, subject, detail, self.repository.list_models() == MODEL))
        try:
            yield
        except BaseException:
            self.failed.append(action)
            raise


@pytest.fixture
def kept(tmp_path: Path) -> ModelRepository:
    return ModelRepository(tmp_path / "models")


@pytest.fixture
def trail(kept: ModelRepository, monkeypatch: pytest.MonkeyPatch) -> Trail:
    trail = Trail(kept)
    monkeypatch.setattr(recorded_repository, "recorded", trail.recorded)
    return trail


@pytest.fixture
def records() -> FakeModelRecords:
    return FakeModelRecords()


@pytest.fixture
def repository(kept: ModelRepository, records: FakeModelRecords, tmp_path: Path) -> RecordedRepository:
    def with_records(action: Callable[[Any], Coroutine[Any, Any, None]]) -> None:
        asyncio.run(action(records))

    return RecordedRepository(kept, Settings(home=tmp_path / "home"), with_records)


def test_a_model_is_told_of_before_it_is_there_and_before_it_is_gone(
    repository: RecordedRepository, kept: ModelRepository, trail: Trail, records: FakeModelRecords
) -> None:
    repository.add("colours", 2, write_colours())
    sha256 = kept.read_card("colours", 2).sha256
    record = records.records["colours@2"]
    assert record.sha256 == sha256
    CheckedRepository(kept, records.records).load("colours", 2)
    repository.remove("colours", 2)
    assert kept.list_models() == []
    assert records.records == {}
    assert trail.told == [
        (Action.MODEL_ADDED, "colours@2", f"sha256 {sha256}; card and labels {record.description_sha256}", False),
        (Action.MODEL_REMOVED, "colours@2", None, True),
    ]


def test_a_model_that_was_copied_by_hand_counts_once_it_is_recorded(
    repository: RecordedRepository, kept: ModelRepository, trail: Trail, records: FakeModelRecords
) -> None:
    kept.add("colours", 2, write_colours())
    with pytest.raises(ConfigurationError, match="vedette models record colours@2"):
        CheckedRepository(kept, records.records).load("colours", 2)
    repository.record("colours", 2)
    CheckedRepository(kept, records.records).load("colours", 2)
    assert [told[0] for told in trail.told] == [Action.MODEL_RECORDED]


def test_what_cannot_be_told_is_not_done(repository: RecordedRepository, kept: ModelRepository, trail: Trail) -> None:
    trail.is_up = False
    with pytest.raises(TransientError):
        repository.add("colours", 2, write_colours())
    assert kept.list_models() == []
    kept.add("colours", 2, write_colours())
    with pytest.raises(TransientError):
        repository.remove("colours", 2)
    assert kept.list_models() == MODEL


def test_a_model_that_is_there_already_is_not_told_of(
    repository: RecordedRepository, kept: ModelRepository, trail: Trail
) -> None:
    kept.add("colours", 2, write_colours())
    repository.add("colours", 2, write_colours(model=colour_model()[::-1]))
    assert trail.told == []


def test_what_fails_after_it_was_told_is_told_once_more(
    repository: RecordedRepository, kept: ModelRepository, trail: Trail, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rename(*_paths: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("processors.models.repository.repository.os.rename", rename)
    with pytest.raises(OSError, match="no space left"):
        repository.add("colours", 2, write_colours())
    assert trail.failed == [Action.MODEL_ADDED]
    assert kept.list_models() == []

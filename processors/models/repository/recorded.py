"""A repository whose changes stand in the audit trail."""

from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra.cassandra.model_records import ModelRecordStore
from infra.operations.audit.acts import recorded, whoever
from infra.settings.settings import Settings
from processors.models.card import ModelCard
from processors.models.repository.records import record_of
from processors.models.repository.repository import (
    CARD_FILE,
    MODEL_FILE,
    ModelFiles,
    Repository,
    read_labels,
    sha256_of,
)
from schemas.activity import Action
from schemas.records.model_records import ModelRecord

WithRecords = Callable[[Callable[[ModelRecordStore], Awaitable[Any]]], Any]
"""Does something with the records of models, and returns once it is done."""


class RecordedRepository:
    """Records what is added and removed before that is done; what cannot be recorded is not done.

    For what runs no event loop. Raises ``TransientError`` or ``PublishFailed`` where Kafka takes no record.
    """

    def __init__(self, repository: Repository, settings: Settings, with_records: WithRecords) -> None:
        self._repository = repository
        self._settings = settings
        self._with_records = with_records

    def list_models(self) -> list[tuple[str, int]]:
        return self._repository.list_models()

    def read_card(self, name: str, version: int) -> ModelCard:
        return self._repository.read_card(name, version)

    def size_bytes(self, name: str, version: int) -> int:
        return self._repository.size_bytes(name, version)

    def load(self, name: str, version: int) -> ModelFiles:
        return self._repository.load(name, version)

    def add(self, name: str, version: int, write: Callable[[Path], None]) -> None:
        with ExitStack() as act:

            def write_and_record(folder: Path) -> None:
                write(folder)
                record = _record_in(folder)
                act.enter_context(recorded(self._settings, Action.MODEL_ADDED, record.model, detail=told(record)))
                # Before the model is there: no worker finds one whose record is missing.
                self._with_records(lambda records: records.save(record))

            self._repository.add(name, version, write_and_record)

    def remove(self, name: str, version: int) -> None:
        with recorded(self._settings, Action.MODEL_REMOVED, f"{name}@{version}"):
            self._repository.remove(name, version)
            self._with_records(lambda records: records.remove(f"{name}@{version}"))

    def record(self, name: str, version: int) -> ModelRecord:
        """Record a model that is there as the one to be loaded from now on, and return what was recorded."""
        files = self._repository.load(name, version)
        record = record_of(files.card, files.labels, whoever(), datetime.now(UTC))
        with recorded(self._settings, Action.MODEL_RECORDED, record.model, detail=told(record)):
            self._with_records(lambda records: records.save(record))
        return record

    def read_note(self, name: str, version: int, file: str) -> bytes | None:
        return self._repository.read_note(name, version, file)

    def write_note(self, name: str, version: int, file: str, content: bytes) -> None:
        self._repository.write_note(name, version, file, content)


def told(record: ModelRecord) -> str:
    """Return a record as the audit trail tells it."""
    return f"sha256 {record.sha256}; card and labels {record.description_sha256}"


def _record_in(folder: Path) -> ModelRecord:
    """Return the record of the model that was written into a folder, by its file and not by what its card claims."""
    card = ModelCard.read(folder / CARD_FILE)
    labels = read_labels(folder / card.labels) if card.labels else ()
    as_it_is = card.model_copy(update={"sha256": sha256_of(folder / MODEL_FILE)})
    return record_of(as_it_is, labels, whoever(), datetime.now(UTC))

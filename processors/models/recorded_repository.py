"""A repository whose changes stand in the audit trail."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from infra.audit.acts import recorded
from infra.settings import Settings
from processors.models.card import ModelCard
from processors.models.repository import MODEL_FILE, ModelFiles, Repository, sha256_of
from schemas.activity import Action


class RecordedRepository:
    """Records what is added and removed before that is done; what cannot be recorded is not done.

    For what runs no event loop. Raises ``TransientError`` or ``PublishFailed`` where Kafka takes no record.
    """

    def __init__(self, repository: Repository, settings: Settings) -> None:
        self._repository = repository
        self._settings = settings

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
                detail = f"sha256 {sha256_of(folder / MODEL_FILE)}"
                act.enter_context(recorded(self._settings, Action.MODEL_ADDED, f"{name}@{version}", detail=detail))

            self._repository.add(name, version, write_and_record)

    def remove(self, name: str, version: int) -> None:
        with recorded(self._settings, Action.MODEL_REMOVED, f"{name}@{version}"):
            self._repository.remove(name, version)

    def read_note(self, name: str, version: int, file: str) -> bytes | None:
        return self._repository.read_note(name, version, file)

    def write_note(self, name: str, version: int, file: str, content: bytes) -> None:
        self._repository.write_note(name, version, file, content)

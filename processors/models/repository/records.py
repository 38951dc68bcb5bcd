"""Is a model the one that was added? Its contents held against the record of them."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import orjson

from infra.errors import ConfigurationError
from processors.models.card import ModelCard
from processors.models.default.install import default_card
from processors.models.default.shipped import shipped_models
from processors.models.repository.repository import ModelFiles, Repository
from schemas.records.model_records import ModelRecord
from schemas.results import VersionedName

BUILT_BY = "vedette"


class CheckedRepository:
    """A repository out of which no model comes whose contents are others than its record says."""

    def __init__(self, repository: Repository, records: Mapping[VersionedName, ModelRecord]) -> None:
        self._repository = repository
        ours = {record.model: record for record in shipped_records()}
        self._records = {**records, **{name: ours[name] for name in ours.keys() - added_by_operators(records)}}

    def list_models(self) -> list[tuple[str, int]]:
        return self._repository.list_models()

    def read_card(self, name: str, version: int) -> ModelCard:
        return self._repository.read_card(name, version)

    def size_bytes(self, name: str, version: int) -> int:
        return self._repository.size_bytes(name, version)

    def load(self, name: str, version: int) -> ModelFiles:
        """Return the model; raises ``ConfigurationError``, with the remedy, where it is not the one that was added."""
        files = self._repository.load(name, version)
        require_recorded(files, self._records.get(files.card.id))
        return files

    def add(self, name: str, version: int, write: Callable[[Path], None]) -> None:
        self._repository.add(name, version, write)

    def remove(self, name: str, version: int) -> None:
        self._repository.remove(name, version)

    def read_note(self, name: str, version: int, file: str) -> bytes | None:
        return self._repository.read_note(name, version, file)

    def write_note(self, name: str, version: int, file: str, content: bytes) -> None:
        self._repository.write_note(name, version, file, content)


def record_of(card: ModelCard, labels: tuple[str, ...], by: str, at: datetime) -> ModelRecord:
    """Return the record of a model with this card, whose sum its file was held against, and these labels."""
    return ModelRecord(
        model=card.id, sha256=card.sha256, description_sha256=_description_sha256(card, labels), by=by, at=at
    )


def require_recorded(files: ModelFiles, record: ModelRecord | None) -> None:
    """Raise ``ConfigurationError`` unless the model is the one of the record."""
    name = files.card.id
    if record is None:
        raise ConfigurationError(
            f"model {name} has no record of the file that was added: it was copied into the repository, or added by an "
            f"older version of Vedette. Make sure that it is the right file, then run `vedette models record {name}`"
        )
    found = {
        "model.onnx": (record.sha256, files.card.sha256),
        "card and labels": (record.description_sha256, _description_sha256(files.card, files.labels)),
    }
    changed = [what for what, (recorded, is_now) in found.items() if recorded not in (None, is_now)]
    if changed:
        raise ConfigurationError(
            f"model {name} is not the one that {record.by} added at {record.at:%Y-%m-%d %H:%M:%S} UTC: another "
            f"{' and '.join(changed)} lies in the repository (recorded sha256 {record.sha256}, found "
            f"{files.card.sha256}). Put back what was added, or remove it and add yours as the next version; where a "
            f"restored backup had an older record, `vedette models record {name}` compares with the audit trail; "
            f"`vedette audit list --subject {name}` tells who did what"
        )


def shipped_records() -> tuple[ModelRecord, ...]:
    """Return the records of the models that come with Vedette: what this version builds, and no other."""
    at = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
    return tuple(record_of(card, labels, BUILT_BY, at) for card, labels in shipped_models().values())


def added_by_operators(records: Mapping[VersionedName, ModelRecord]) -> frozenset[VersionedName]:
    """Return which recorded models bear the name of one that comes with Vedette today and are others.

    They were added before Vedette came with one of that name: another file, or the same one under another card, as
    ``vedette models calibrate`` makes it. The first default model was always there.
    """
    ours = {record.model: record for record in shipped_records() if record.model != default_card().id}
    return frozenset(name for name in records.keys() & ours.keys() if _differ(records[name], ours[name]))


def _differ(recorded: ModelRecord, ours: ModelRecord) -> bool:
    """Whether two records are of different models; of before card and labels were recorded, whether their files are."""
    told = recorded.description_sha256
    return recorded.sha256 != ours.sha256 or told not in (None, ours.description_sha256)


def _description_sha256(card: ModelCard, labels: tuple[str, ...]) -> str:
    """Return what stands for card and labels, however their files are laid out."""
    fields = card.model_dump(mode="json", exclude_defaults=True)
    return hashlib.sha256(orjson.dumps([fields, labels], option=orjson.OPT_SORT_KEYS)).hexdigest()

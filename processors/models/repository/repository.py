"""Where models lie: a folder a version, checked before use."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from infra.errors import ConfigurationError
from processors.models.card import ModelCard

MODEL_FILE = "model.onnx"
CARD_FILE = "card.yaml"
REMEDY = "copy it anew; the default model is built anew by `make setup`"


class UnknownModel(ConfigurationError):
    """There is no such model in the repository."""


@dataclass(frozen=True)
class ModelFiles:
    """A model whose file is what its card says."""

    card: ModelCard
    onnx: Path
    labels: tuple[str, ...]
    tree: bytes | None = None


class Repository(Protocol):
    """Models by name and version; all methods block, and raise ``TransientError`` where a store does not answer."""

    def list_models(self) -> list[tuple[str, int]]:
        """Return name and version of every model, in order."""

    def read_card(self, name: str, version: int) -> ModelCard:
        """Return a model's card; raises ``UnknownModel``, or ``ConfigurationError`` where it is another model's."""

    def size_bytes(self, name: str, version: int) -> int:
        """Return the size of a model's file; 0 where it is missing."""

    def load(self, name: str, version: int) -> ModelFiles:
        """Return a model's card, file and labels; raises ``ConfigurationError`` if they are missing or altered."""

    def add(self, name: str, version: int, write: Callable[[Path], None]) -> None:
        """Let ``write`` fill a folder and make it this model's, in one step; a model that is there stays as it is."""

    def remove(self, name: str, version: int) -> None:
        """Delete a model; one that is not there is no error."""

    def read_note(self, name: str, version: int, file: str) -> bytes | None:
        """Return what was noted of a model in a file beside its card; ``None`` where there is none such."""

    def write_note(self, name: str, version: int, file: str, content: bytes) -> None:
        """Replace a note in one step."""


class ModelRepository:
    """Models under ``folder/<name>/<version>/{model.onnx, card.yaml, labels, tree}``, used where they lie."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, name: str, version: int) -> Path:
        return self._folder / name / str(version)

    def list_models(self) -> list[tuple[str, int]]:
        folders = [card.parent for card in self._folder.glob(f"*/*/{CARD_FILE}")]
        return sorted((folder.parent.name, int(folder.name)) for folder in folders if folder.name.isdecimal())

    def read_card(self, name: str, version: int) -> ModelCard:
        path = self.path(name, version) / CARD_FILE
        if not path.is_file():
            raise missing_model(name, version, str(self._folder))
        return require_own(ModelCard.read(path), name, version, str(path))

    def size_bytes(self, name: str, version: int) -> int:
        path = self.path(name, version) / MODEL_FILE
        return path.stat().st_size if path.is_file() else 0

    def load(self, name: str, version: int) -> ModelFiles:
        card = self.read_card(name, version)
        folder = self.path(name, version)
        onnx = folder / MODEL_FILE
        check_sha256(onnx, card.sha256, remedy=REMEDY)
        labels = read_labels(folder / card.labels) if card.labels else ()
        return ModelFiles(card, onnx, labels, self._read_tree(folder, card))

    def _read_tree(self, folder: Path, card: ModelCard) -> bytes | None:
        if card.tree is None:
            return None
        path = folder / card.tree
        return require_tree(path.read_bytes() if path.is_file() else None, card, str(path))

    def add(self, name: str, version: int, write: Callable[[Path], None]) -> None:
        target = self.path(name, version)
        if (target / CARD_FILE).is_file():
            return
        temporary = _new_folder_beside(target)
        try:
            write(temporary)
            temporary.chmod(0o755)
            os.rename(temporary, target)  # noqa: PTH104 - fails, as wanted, where another process was first
        except OSError:
            if not (target / CARD_FILE).is_file():
                raise
        finally:
            shutil.rmtree(temporary, ignore_errors=True)

    def remove(self, name: str, version: int) -> None:
        target = self.path(name, version)
        if not target.is_dir():
            return
        # Out of sight in one step: half a model is never seen.
        hidden = _new_folder_beside(target)
        target.rename(hidden / MODEL_FILE)
        shutil.rmtree(hidden)

    def read_note(self, name: str, version: int, file: str) -> bytes | None:
        path = self.path(name, version) / file
        return path.read_bytes() if path.is_file() else None

    def write_note(self, name: str, version: int, file: str, content: bytes) -> None:
        target = self.path(name, version) / file
        try:
            temporary = target.with_name(f".{file}-{os.getpid()}")
            temporary.write_bytes(content)
            temporary.replace(target)
        except OSError as error:
            raise _unwritable(target.parent, error) from None


def check_sha256(path: Path, expected: str, *, remedy: str) -> None:
    """Raise ``ConfigurationError``, with the ``remedy``, unless the file at ``path`` is exactly the expected one."""
    if not path.is_file():
        raise ConfigurationError(f"{path} is missing: {remedy}")
    if (found := sha256_of(path)) != expected:
        raise ConfigurationError(
            f"{path} is not the file it should be: expected sha256 {expected}, found {found}; "
            f"delete its folder and {remedy}"
        )


def require_tree(content: bytes | None, card: ModelCard, where: str) -> bytes:
    """Return the content of a model's hierarchy; raises ``ConfigurationError`` where it is missing or altered."""
    if content is None or hashlib.sha256(content).hexdigest() != card.tree_sha256:
        what = "is missing" if content is None else f"is not the file with sha256 {card.tree_sha256}"
        raise ConfigurationError(f"{where} {what}: remove {card.id} and add it again")
    return content


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def missing_model(name: str, version: int, where: str) -> UnknownModel:
    return UnknownModel(f"no model {name}@{version} in {where}: add it, or run `make setup`")


def require_own(card: ModelCard, name: str, version: int, where: str) -> ModelCard:
    """Return ``card`` if it is that of the model whose folder it lies in."""
    if card.id != f"{name}@{version}":
        raise ConfigurationError(f"{where} is the card of {card.id}: a model's folder bears its name")
    return card


def _new_folder_beside(target: Path) -> Path:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise _unwritable(target.parent, error) from None


def _unwritable(folder: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"{folder} cannot be written: {error.strerror}; set VEDETTE_MODELS__REPOSITORY, VEDETTE_HOME or VEDETTE_CACHE"
    )


def read_labels(path: Path) -> tuple[str, ...]:
    """Return the labels in a file; raises ``ConfigurationError`` where it is missing."""
    if not path.is_file():
        raise ConfigurationError(f"{path} is missing: a model's labels lie beside its card")
    return tuple(path.read_text(encoding="utf-8").splitlines())

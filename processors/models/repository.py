"""Where models lie: a folder a version, checked before use."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from infra.errors import ConfigurationError
from processors.models.card import ModelCard

MODEL_FILE = "model.onnx"
CARD_FILE = "card.yaml"


@dataclass(frozen=True)
class ModelFiles:
    """A model whose file is what its card says."""

    card: ModelCard
    onnx: Path
    labels: tuple[str, ...]


class ModelRepository:
    """Models under ``folder/<name>/<version>/{model.onnx, card.yaml, labels}``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, name: str, version: int) -> Path:
        return self._folder / name / str(version)

    def load(self, name: str, version: int) -> ModelFiles:
        """Return a model's card, file and labels; raises ``ConfigurationError`` if they are missing or altered."""
        folder = self.path(name, version)
        if not (folder / CARD_FILE).is_file():
            raise ConfigurationError(f"no model {name}@{version} in {self._folder}: add it, or run `make setup`")
        card = ModelCard.read(folder / CARD_FILE)
        if card.id != f"{name}@{version}":
            raise ConfigurationError(f"{folder / CARD_FILE} is the card of {card.id}: a model's folder bears its name")
        onnx = folder / MODEL_FILE
        check_sha256(onnx, card.sha256, remedy="copy it anew; the default model is built anew by `make setup`")
        return ModelFiles(card, onnx, _read_labels(folder / card.labels) if card.labels else ())

    def add(self, name: str, version: int, write: Callable[[Path], None]) -> None:
        """Let ``write`` fill a folder and make it this model's, in one step; a model that is there stays as it is."""
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


def check_sha256(path: Path, expected: str, *, remedy: str) -> None:
    """Raise ``ConfigurationError``, with the ``remedy``, unless the file at ``path`` is exactly the expected one."""
    if not path.is_file():
        raise ConfigurationError(f"{path} is missing: {remedy}")
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != expected:
        raise ConfigurationError(
            f"{path} is not the file it should be: expected sha256 {expected}, found {found}; "
            f"delete its folder and {remedy}"
        )


def _new_folder_beside(target: Path) -> Path:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise ConfigurationError(
            f"{target.parent} cannot be written: {error.strerror}; set VEDETTE_MODELS__REPOSITORY or VEDETTE_CACHE"
        ) from None


def _read_labels(path: Path) -> tuple[str, ...]:
    if not path.is_file():
        raise ConfigurationError(f"{path} is missing: a model's labels lie beside its card")
    return tuple(path.read_text(encoding="utf-8").splitlines())

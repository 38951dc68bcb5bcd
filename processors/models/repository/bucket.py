"""Models beneath a prefix of an object store, each file brought here once and known by its sum."""

import fcntl
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.errors import AlreadyExists, ConfigurationError
from infra.objects.object_folder import ObjectFolder
from processors.models.card import ModelCard
from processors.models.repository.repository import (
    CARD_FILE,
    MODEL_FILE,
    ModelFiles,
    missing_model,
    require_own,
    require_tree,
    sha256_of,
)


class BucketRepository:
    """Models under ``<name>/<version>/{model.onnx, card.yaml, labels, tree}`` of an object store.

    A model is there once its card is, which is written last and taken away first. Large files are kept in ``cache``
    under their SHA-256, checked whenever a model is loaded, and fetched again where they do not match.
    """

    def __init__(self, bucket: ObjectFolder, cache: Path) -> None:
        self._bucket = bucket
        self._cache = cache

    def list_models(self) -> list[tuple[str, int]]:
        parts = [name.split("/") for name in self._bucket.list_names()]
        return sorted((one[0], int(one[1])) for one in parts if _is_card(one))

    def read_card(self, name: str, version: int) -> ModelCard:
        content = self._bucket.read(f"{name}/{version}/{CARD_FILE}")
        if content is None:
            raise missing_model(name, version, self._bucket.url)
        where = f"{self._bucket.url}/{name}/{version}/{CARD_FILE}"
        return require_own(ModelCard.parse(content, where), name, version, where)

    def size_bytes(self, name: str, version: int) -> int:
        return self._bucket.size_bytes(f"{name}/{version}/{MODEL_FILE}") or 0

    def load(self, name: str, version: int) -> ModelFiles:
        card = self.read_card(name, version)
        onnx = self._fetch(f"{name}/{version}/{MODEL_FILE}", card.sha256)
        labels = self._read_labels(f"{name}/{version}/{card.labels}") if card.labels else ()
        return ModelFiles(card, onnx, labels, self._read_tree(f"{name}/{version}/{card.tree}", card))

    def add(self, name: str, version: int, write: Callable[[Path], None]) -> None:
        if self._bucket.read(f"{name}/{version}/{CARD_FILE}") is not None:
            return
        with tempfile.TemporaryDirectory(prefix="vedette-model-") as folder:
            write(Path(folder))
            files = sorted(Path(folder).iterdir(), key=lambda file: file.name == CARD_FILE)
            for file in files:
                target = f"{name}/{version}/{file.name}"
                try:
                    self._bucket.write(target, file, only_new=file.name == CARD_FILE)
                except AlreadyExists:
                    # Another was first by a moment, and its file may be ours by now: say so if it is.
                    self.load(name, version)

    def remove(self, name: str, version: int) -> None:
        folder = f"{name}/{version}/"
        names = [one for one in self._bucket.list_names() if one.startswith(folder)]
        self._bucket.delete(sorted(names, key=lambda one: one != f"{folder}{CARD_FILE}"))

    def read_note(self, name: str, version: int, file: str) -> bytes | None:
        return self._bucket.read(f"{name}/{version}/{file}")

    def write_note(self, name: str, version: int, file: str, content: bytes) -> None:
        self._bucket.write(f"{name}/{version}/{file}", content)

    def _read_labels(self, name: str) -> tuple[str, ...]:
        content = self._bucket.read(name)
        if content is None:
            raise ConfigurationError(f"{self._bucket.url}/{name} is missing: a model's labels lie beside its card")
        return tuple(content.decode("utf-8").splitlines())

    def _read_tree(self, name: str, card: ModelCard) -> bytes | None:
        return None if card.tree is None else require_tree(self._bucket.read(name), card, f"{self._bucket.url}/{name}")

    def _fetch(self, name: str, sha256: str) -> Path:
        """Return the file with this sum, from the cache if it is there and whole."""
        target = self._cache / f"{sha256}.onnx"
        with self._alone_with(target):
            if not (target.is_file() and sha256_of(target) == sha256):
                self._download(name, sha256, target)
        return target

    def _download(self, name: str, sha256: str, target: Path) -> None:
        partial = target.with_suffix(".partial")
        try:
            if not self._bucket.download(name, partial):
                raise ConfigurationError(f"{self._bucket.url}/{name} is missing: its card lies there without it")
            if (found := sha256_of(partial)) != sha256:
                raise ConfigurationError(
                    f"{self._bucket.url}/{name} is not the file it should be: "
                    f"expected sha256 {sha256}, found {found}; remove the model and add it again"
                )
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)

    @contextmanager
    def _alone_with(self, target: Path) -> Iterator[None]:
        """Let one thread or process of this machine at a time see to ``target``; the others find it done."""
        try:
            self._cache.mkdir(parents=True, exist_ok=True)
            lock = target.with_suffix(".lock").open("w")
        except OSError as error:
            raise ConfigurationError(f"{self._cache} cannot be written: {error.strerror}; set VEDETTE_CACHE") from None
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _is_card(parts: list[str]) -> bool:
    return len(parts) == 3 and parts[2] == CARD_FILE and parts[1].isdecimal()

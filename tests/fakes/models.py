"""A small classifier made in the test, unlike the default one in every way that a card can tell."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from processors.imaging.decoding.decode import DecodedImage
from processors.models.card import CardInput, CardOutputs, ModelCard
from processors.models.feature_model import FeatureRequest
from processors.models.repository.repository import CARD_FILE, MODEL_FILE, ModelRepository
from processors.models.tasks.classifier import Classifier
from schemas.images import Feature
from schemas.records.model_records import ModelRecord

SIDE = 8
COLOURS = ("blue", "green", "red")
MEAN, DEVIATION = (10.0, 20.0, 30.0), (50.0, 60.0, 70.0)


def colour_model(operator: str | None = None) -> bytes:
    """Return ONNX: ``planes`` ``[N, 3, 8, 8]`` to ``logits``, each channel's mean, and ``pooled``, the same by two.

    ``operator`` (``Log``, ``Sqrt``) is applied to the means first, to give what is no number where they are negative.
    """
    nodes = [
        helper.make_node("ReduceMean", ["planes"], ["means"], axes=[2, 3], keepdims=0),
        helper.make_node(operator or "Identity", ["means"], ["logits"]),
        helper.make_node("Mul", ["logits", "two"], ["pooled"]),
    ]
    two = numpy_helper.from_array(np.array(2, np.float32), "two")
    inputs = [helper.make_tensor_value_info("planes", TensorProto.FLOAT, ["batch", 3, SIDE, SIDE])]
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", 3]) for name in ("logits", "pooled")]
    graph = helper.make_graph(nodes, "colours", inputs, outputs, [two])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString(deterministic=True))


def colour_card(model: bytes, **changes: Any) -> ModelCard:
    """Return the card of ``colour_model``; ``changes`` replace fields without being checked."""
    card = ModelCard(
        name="colours",
        version=2,
        task="classification",
        input=CardInput(
            name="planes",
            layout="NCHW",
            dtype="float32",
            colour="BGR",
            resize_shorter_side=SIDE,
            crop=SIDE,
            mean=MEAN,
            deviation=DEVIATION,
        ),
        outputs=CardOutputs(logits="logits", embedding="pooled"),
        labels="names.txt",
        licence="Apache-2.0",
        source="made in a test",
        sha256=hashlib.sha256(model).hexdigest(),
    )
    return card.model_copy(update=changes)


def add_colours(
    folder: Path, names: Sequence[str] = COLOURS, model: bytes | None = None, **changes: Any
) -> ModelRepository:
    """Put ``colours@2`` into a repository in ``folder``."""
    repository = ModelRepository(folder)
    repository.add("colours", 2, write_colours(names, model, **changes))
    return repository


def write_colours(names: Sequence[str] = COLOURS, model: bytes | None = None, **changes: Any) -> Callable[[Path], None]:
    """Return what writes the model's files into a folder; ``changes`` are those of its card."""
    content = model or colour_model()

    def write(target: Path) -> None:
        (target / MODEL_FILE).write_bytes(content)
        (target / "names.txt").write_text("\n".join(names) + "\n")
        colour_card(content, **changes).write(target / CARD_FILE)

    return write


def run(classifier: Classifier, images: Sequence[DecodedImage]) -> list[tuple[Any, Any]]:
    """Return each image's labels and embedding; ``None`` where the model gives none."""
    answers = classifier.answer(images, [FeatureRequest()] * len(images))
    return [(answer.get(Feature.LABELS), answer.get(Feature.EMBEDDING)) for answer in answers]


class FakeModelRecords:
    """A ``ModelRecordStore`` in memory."""

    def __init__(self, *records: ModelRecord) -> None:
        self.records = {record.model: record for record in records}

    async def save(self, record: ModelRecord) -> None:
        self.records[record.model] = record

    async def add(self, record: ModelRecord) -> bool:
        return self.records.setdefault(record.model, record) is record

    async def find(self, model: str) -> ModelRecord | None:
        return self.records.get(model)

    async def remove(self, model: str) -> None:
        self.records.pop(model, None)

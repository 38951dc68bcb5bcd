"""Small detectors made in the test: real graphs that find the same boxes in every image but a black one."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import yaml
from onnx import TensorProto, helper, numpy_helper

from infra.settings.recognition import ModelSettings
from processors.imaging.decoding.decode import DecodedImage
from processors.models.repository.repository import CARD_FILE, MODEL_FILE, ModelRepository
from processors.models.runtime.session import OnnxSession
from processors.models.tasks.detector import Detector

SIDE = 64
LABELS = ("dog", "car")

Table = npt.NDArray[np.float32]


def detector_graph(outputs: Mapping[str, Any], *, batched: bool = True, batch: int | str = "batch") -> bytes:
    """Return ONNX: ``x`` ``[N, 3, 64, 64]`` to the same tables for every image, and no numbers for a black one.

    ``outputs`` are tables of one image; those called ``classes`` come out as integers, as most exports have them.
    """
    axes = {"axes": [1, 2, 3]} if batched else {}
    nodes = [
        helper.make_node("ReduceMean", ["x"], ["mean"], keepdims=0, **axes),
        helper.make_node("Div", ["mean", "mean"], ["one"]),
    ]
    constants, infos = [], []
    for name, table in outputs.items():
        shape = np.shape(table)
        constants.append(
            numpy_helper.from_array(
                np.array(table, np.float32)[None] if batched else np.array(table, np.float32), f"{name}_table"
            )
        )
        constants.append(
            numpy_helper.from_array(np.array([-1] * batched + [1] * len(shape), np.int64), f"{name}_shape")
        )
        integers = name == "classes"
        nodes += [
            helper.make_node("Reshape", ["one", f"{name}_shape"], [f"{name}_one"]),
            helper.make_node("Mul", [f"{name}_table", f"{name}_one"], [f"{name}_floats"]),
            helper.make_node(
                "Cast", [f"{name}_floats"], [name], to=TensorProto.INT64 if integers else TensorProto.FLOAT
            ),
        ]
        kind = TensorProto.INT64 if integers else TensorProto.FLOAT
        infos.append(helper.make_tensor_value_info(name, kind, [*([batch] if batched else []), *shape]))
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [batch, 3, SIDE, SIDE])
    return saved(helper.make_graph(nodes, "detector", [x], infos, constants))


def saved(graph: onnx.GraphProto) -> bytes:
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def detector_card(
    detection: Mapping[str, Any], outputs: Sequence[str] | Mapping[str, Any], **changes: Any
) -> dict[str, Any]:
    """Return the card of a graph that takes 64 x 64 pixels, letterboxed; outputs are called by what they hold."""
    view = {"resize": "letterbox", "width": SIDE, "height": SIDE} | changes.pop("input", {})
    return {
        "name": "finder",
        "version": 1,
        "task": "detection",
        "input": {"name": "x", "layout": "NCHW", "dtype": "float32"} | view,
        "outputs": dict(outputs) if isinstance(outputs, Mapping) else {name: name for name in outputs},
        "detection": dict(detection),
        "labels": "labels.txt",
        "licence": "CC0-1.0",
        "source": "made for this test",
    } | changes


def load_detector(
    folder: Path, model: bytes, card: Mapping[str, Any], labels: Sequence[str] = LABELS, **settings: Any
) -> Detector:
    """Put a detector into a repository in ``folder`` and load it."""
    target = folder / "finder" / "1"
    target.mkdir(parents=True)
    (target / MODEL_FILE).write_bytes(model)
    (target / "labels.txt").write_text("\n".join(labels) + "\n")
    (target / CARD_FILE).write_text(yaml.safe_dump({"sha256": hashlib.sha256(model).hexdigest(), **card}))
    files = ModelRepository(folder).load("finder", 1)
    return Detector(files, OnnxSession(files.onnx), ModelSettings(**settings))


def seen(detector: Detector, width: int = 200, height: int = 100, level: int = 200) -> DecodedImage:
    """Return an upright image of one grey and of this size, as ``detector`` is shown it."""
    view_width, view_height = detector.card.input.size
    return DecodedImage({detector.view: np.full((view_height, view_width, 3), level, np.uint8)}, width, height, "PNG")

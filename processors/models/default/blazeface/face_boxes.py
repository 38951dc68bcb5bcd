"""What becomes of BlazeFace's outputs within its graph: boxes in pixels, and nothing else that tells of a face.

For each cell of a grid of 48 x 48 the network tells a logit, then how far the middle of a box lies from that of the
cell and its size, in pixels, and then the places of eyes, ears, nose and mouth. Those are cut off here, so that no
worker ever holds them (Bazarevsky et al., "BlazeFace", 2019; MediaPipe, ``face_detection_full_range``).
"""

from collections.abc import Iterable

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from processors.models.default.graph_model.conversion import convert
from processors.models.default.graph_model.tensorflow_graph import Array, GraphModel

STRIDE = 4
# What the graph calls its rows: a logit, the box, and twelve numbers more.
TOLD = "Identity"
SCORES, BOXES = slice(0, 1), slice(1, 5)


def build(graph: GraphModel, pixels: int) -> onnx.ModelProto:
    """Return the model: ``boxes`` as middle and size in pixels, and a logit for each in ``scores``, row by row."""
    model = convert(graph, {TOLD: "told"}, "faces")
    built, middles = model.graph, _middles(pixels)
    parts = {"scores": SCORES, "offsets": BOXES}
    for name, columns in parts.items():
        bounds = {f"{name}_from": columns.start, f"{name}_to": columns.stop, f"{name}_axis": 2}
        built.initializer.extend(numpy_helper.from_array(np.array([at], np.int64), key) for key, at in bounds.items())
        built.node.append(helper.make_node("Slice", ["told", *bounds], [name]))
    built.initializer.append(numpy_helper.from_array(middles, "middles"))
    built.node.append(helper.make_node("Add", ["offsets", "middles"], ["boxes"]))
    del built.output[:]
    built.output.extend(_outputs(middles.shape[1]))
    onnx.checker.check_model(model, full_check=True)
    return model


def _outputs(boxes: int) -> Iterable[onnx.ValueInfoProto]:
    for name, numbers in (("boxes", 4), ("scores", 1)):
        yield helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", boxes, numbers])


def _middles(pixels: int) -> Array:
    """Return the middle of each cell, row by row, and two zeros: ``[1, boxes, 4]``."""
    cells = pixels // STRIDE
    row, column = np.mgrid[:cells, :cells]
    middles = (np.stack([column.ravel(), row.ravel()], axis=1) + 0.5) * STRIDE
    return np.pad(middles, ((0, 0), (0, 2)))[None].astype(np.float32)

"""ONNX files as strangers export them, and as they had better not."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

SIDE = 16
CLASSES = 4


def classifier(
    *,
    shape: Sequence[Any] = ("batch", 3, SIDE, SIDE),
    dtype: int = TensorProto.FLOAT,
    tail: Sequence[str] = (),
    classes: int = CLASSES,
    domain: str = "",
) -> ModelProto:
    """Return a classifier of means: each class weighs the three colours' means in its own way; ``tail`` follows it."""
    axes = [2, 3] if shape[1] == 3 else [1, 2]
    nodes = [
        helper.make_node("Cast", ["image"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["floats"], ["means"], axes=axes, keepdims=0),
        helper.make_node("MatMul", ["means", "weights"], ["scores0"]),
    ]
    for at, operator in enumerate(tail):
        nodes.append(helper.make_node(operator, [f"scores{at}"], [f"scores{at + 1}"], domain=domain))
    weights = np.linspace(-1, 1, 3 * classes, dtype=np.float32).reshape(3, classes)
    return graph(nodes, shape, dtype, [(f"scores{len(tail)}", ["batch", classes])], [weights])


def graph(
    nodes: Sequence[NodeProto],
    shape: Sequence[Any],
    dtype: int,
    outputs: Sequence[tuple[str, Sequence[Any]]],
    weights: Sequence[Any] = (),
) -> ModelProto:
    """Return a model from ``image`` to ``outputs``, its initializers called ``weights``."""
    made = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("image", dtype, shape)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, size) for name, size in outputs],
        [numpy_helper.from_array(one, "weights") for one in weights],
    )
    imports = [helper.make_opsetid("", 17), helper.make_opsetid("com.stranger", 1)]
    return helper.make_model(made, opset_imports=imports, ir_version=8)


def saved(model: ModelProto, folder: Path, name: str = "model.onnx") -> Path:
    path = folder / name
    path.write_bytes(model.SerializeToString())
    return path


def with_external_weights(place: str) -> ModelProto:
    """Return a classifier whose weights are said to lie at ``place``."""
    model = classifier()
    weights = model.graph.initializer[0]
    onnx.external_data_helper.set_external_data(weights, place)
    weights.ClearField("raw_data")
    return model


def hungry(elements: int) -> ModelProto:
    """Return a classifier that makes a tensor of ``elements`` floats on its way."""
    size = numpy_helper.from_array(np.array([elements], np.int64), "size")
    model = classifier(tail=("Add",))
    add = model.graph.node.pop()
    model.graph.node.extend(
        [
            helper.make_node("Cast", ["scores0"], ["as_size"], to=TensorProto.INT64),
            helper.make_node("ReduceSum", ["as_size"], ["sum"], keepdims=0),
            helper.make_node("Mul", ["sum", "zero"], ["nothing"]),
            helper.make_node("Add", ["size", "nothing"], ["wanted"]),
            helper.make_node("ConstantOfShape", ["wanted"], ["vast"]),
            helper.make_node("ReduceSum", ["vast"], ["least"], keepdims=0),
            helper.make_node("Add", ["scores0", "least"], [add.output[0]]),
        ]
    )
    model.graph.initializer.extend([size, numpy_helper.from_array(np.array(0, np.int64), "zero")])
    return model


def names(folder: Path, *labels: str) -> Path:
    path = folder / "names.txt"
    path.write_text("\n".join(labels or ("ant", "bee", "cat", "dog")) + "\n")
    return path


def with_function(function_nodes: Sequence[NodeProto]) -> ModelProto:
    """Return a classifier that calls a function of its own, which makes what ``function_nodes`` make of its input."""
    model = classifier(tail=("Own",), domain="com.stranger")
    own = helper.make_function("com.stranger", "Own", ["x"], ["y"], function_nodes, [helper.make_opsetid("", 17)])
    model.functions.append(own)
    return model

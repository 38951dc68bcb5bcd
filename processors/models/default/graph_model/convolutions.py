"""Convolutions and poolings, with what TensorFlow has fused into them."""

import math
from collections.abc import Sequence

import numpy as np

from processors.models.default.graph_model.onnx_graph import COLOURS_LAST, OnnxGraph, Value
from processors.models.default.graph_model.tensorflow_graph import Array, Node, UnreadableGraph

Pads = tuple[int, int, int, int]

BIAS = "BiasAdd"
ACTIVATIONS = ("Relu", "Relu6")


def convolve(graph: OnnxGraph, node: Node) -> None:
    """A plain convolution: every colour goes into every result."""
    value = graph.picture(node, node.inputs[0], filler=0.0)
    kernel = graph.constants[node.inputs[1]].transpose(3, 2, 0, 1)
    _convolve(graph, node, value, kernel, groups=1)


def convolve_each(graph: OnnxGraph, node: Node) -> None:
    """A convolution of each colour by itself, into one or several results."""
    value = graph.picture(node, node.inputs[0], filler=0.0)
    height, width, colours, several = graph.constants[node.inputs[1]].shape
    kernel = graph.constants[node.inputs[1]].transpose(2, 3, 0, 1).reshape(colours * several, 1, height, width)
    _convolve(graph, node, value, kernel, groups=colours)


def pool_most(graph: OnnxGraph, node: Node) -> None:
    """The largest number in each window."""
    _pool(graph, node, graph.picture(node, node.inputs[0], filler=-math.inf), "MaxPool")


def pool_mean(graph: OnnxGraph, node: Node) -> None:
    """The mean of each window, of what lies inside the picture."""
    _pool(graph, node, graph.picture(node, node.inputs[0]), "AveragePool")


def fused(node: Node) -> tuple[bool, str | None]:
    """Return what follows within the operation: whether a bias is added, and which activation comes last."""
    if "fused_ops" not in node.attributes:
        return False, None
    told = node.texts("fused_ops")
    activation = told[-1] if told and told[-1] in ACTIVATIONS else None
    if told != [BIAS, *([activation] if activation else [])]:
        raise UnreadableGraph(f"{node.name}: what is fused into it is not known: {', '.join(told)}")
    return True, activation


def activate(graph: OnnxGraph, name: str, kind: str, value: Value) -> None:
    """Add an activation whose result is to be known as ``name``."""
    inputs = [value.name]
    if kind == "Relu6":
        kind = "Clip"
        inputs += [graph.tensor(f"{name}/{at}", np.array(at, np.float32)) for at in (0, 6)]
    graph.emit(name, kind, inputs, value.shape, value.axes)


def _convolve(graph: OnnxGraph, node: Node, value: Value, kernel: Array, groups: int) -> None:
    if node.numbers("dilations") != [1, 1, 1, 1] or kernel.shape[1] * groups != value.shape[1]:
        raise UnreadableGraph(f"{node.name}: only plain convolutions are known")
    biased, activation = fused(node)
    strides = node.numbers("strides")[1:3]
    pads = _pads(node, value, kernel.shape[2:], strides)
    inputs = [value.name, graph.tensor(f"{node.name}/kernel", kernel)]
    if biased:
        inputs.append(graph.tensor(f"{node.name}/bias", graph.constants[node.inputs[2]]))
    more = {} if groups == 1 else {"group": groups}
    name = f"{node.name}/convolved" if activation else node.name
    shape = _swept(value, pads, kernel.shape[2:], strides, int(kernel.shape[0]))
    found = graph.emit(name, "Conv", inputs, shape, COLOURS_LAST, pads=list(pads), strides=strides, **more)
    if activation:
        activate(graph, node.name, activation, found)


def _pool(graph: OnnxGraph, node: Node, value: Value, kind: str) -> None:
    size, strides = node.numbers("ksize")[1:3], node.numbers("strides")[1:3]
    pads = _pads(node, value, size, strides)
    shape = _swept(value, pads, size, strides, value.shape[1])
    attributes = {"kernel_shape": size, "strides": strides, "pads": list(pads)}
    graph.emit(node.name, kind, [value.name], shape, COLOURS_LAST, **attributes)


def _pads(node: Node, value: Value, size: Sequence[int], strides: Sequence[int]) -> Pads:
    """Return all that lies around a picture: what was noted, and what the operation itself adds."""
    padding = node.text("padding")
    if padding not in ("SAME", "VALID"):
        raise UnreadableGraph(f"{node.name}: a padding {padding} is not known")
    if padding == "VALID":
        return value.pads
    triples = zip(value.sides, size, strides, strict=True)
    # The odd pixel comes at the end.
    missing = [max(0, (math.ceil(side / step) - 1) * step + reach - side) for side, reach, step in triples]
    (top, left), (bottom, right) = [one // 2 for one in missing], [(one + 1) // 2 for one in missing]
    noted = value.pads
    return noted[0] + top, noted[1] + left, noted[2] + bottom, noted[3] + right


def _swept(
    value: Value, pads: Pads, size: Sequence[int], strides: Sequence[int], colours: int
) -> tuple[int, int, int, int]:
    top, left, bottom, right = pads
    sides = (value.shape[2] + top + bottom, value.shape[3] + left + right)
    height, width = ((side - reach) // step + 1 for side, reach, step in zip(sides, size, strides, strict=True))
    return value.shape[0], colours, height, width

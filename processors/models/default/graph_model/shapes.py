"""What moves numbers to other places without changing them, and what makes pictures larger."""

import math
from dataclasses import replace

import numpy as np

from processors.models.default.graph_model.onnx_graph import COLOURS_LAST, OnnxGraph, Value
from processors.models.default.graph_model.tensorflow_graph import Node, UnreadableGraph

# The fraction that floating-point numbers give to each of them.
POWER_OF_TWO = 0.5
NOTHING = [0, 0]


def take_input(graph: OnnxGraph, node: Node) -> None:
    """An input of the graph, whose shape is told."""
    graph.take(node.name, [int(one["size"]) for one in node.attributes["shape"]["shape"]["dim"]])


def fill_in(graph: OnnxGraph, node: Node) -> None:
    """Constants put into a tensor of their own: worked out now."""
    places, shape, numbers, rest = (graph.constants[name] for name in node.inputs)
    dense = np.full(tuple(shape), rest)
    dense[tuple(places.T)] = numbers
    graph.constants[node.name] = dense


def measure(graph: OnnxGraph, node: Node) -> None:
    """A tensor's shape, of a batch of one: known now."""
    value = graph.plain(node.inputs[0])
    graph.constants[node.name] = np.array([value.shape[axis] for axis in value.axes], np.int32)


def pick(graph: OnnxGraph, node: Node) -> None:
    """One number out of a constant row."""
    row, begin = (graph.constants[name] for name in node.inputs[:2])
    if row.ndim != 1 or begin.size != 1 or node.whole_number("shrink_axis_mask") != 1:
        raise UnreadableGraph(f"{node.name}: only one number can be taken out of a row")
    graph.constants[node.name] = row[int(begin[0])]


def gather(graph: OnnxGraph, node: Node) -> None:
    """Constant numbers into a row."""
    graph.constants[node.name] = np.stack([graph.constants[name] for name in node.inputs])


def spread(graph: OnnxGraph, node: Node) -> None:
    """Colours laid out side by side, which makes a picture larger and leaves it fewer of them."""
    value, block = graph.picture(node, node.inputs[0]), node.whole_number("block_size")
    batch, colours, height, width = value.shape
    shape = (batch, colours // block**2, height * block, width * block)
    graph.emit(node.name, "DepthToSpace", [value.name], shape, COLOURS_LAST, blocksize=block, mode="DCR")


def transpose(graph: OnnxGraph, node: Node) -> None:
    """A transposition is noted, and carried out where it must be."""
    value, order = graph.values[node.inputs[0]], graph.constants[node.inputs[1]]
    graph.values[node.name] = replace(value, axes=tuple(value.axes[int(axis)] for axis in order))


def pad(graph: OnnxGraph, node: Node) -> None:
    """Padding of the last two of a tensor's four axes is noted, any other is done now."""
    value, told = graph.plain(node.inputs[0]), graph.constants[node.inputs[1]].tolist()
    by_axis = dict(zip(value.axes, told, strict=True))
    if by_axis[0] != NOTHING:
        raise UnreadableGraph(f"{node.name}: images cannot be added to a batch")
    filler = float(graph.constants[node.inputs[2]]) if len(node.inputs) > 2 else 0.0
    if len(told) == len(COLOURS_LAST) and by_axis[1] == NOTHING:
        (top, bottom), (left, right) = by_axis[2], by_axis[3]
        graph.values[node.name] = replace(value, pads=(top, left, bottom, right), filler=filler)
    else:
        pads = [by_axis[axis][end] for end in (0, 1) for axis in range(len(told))]
        graph.pad(node.name, replace(value, filler=filler), pads)


def concatenate(graph: OnnxGraph, node: Node) -> None:
    """Tensors side by side."""
    parts, axis = [graph.plain(name) for name in node.inputs[:-1]], int(graph.constants[node.inputs[-1]])
    if len({part.axes for part in parts}) > 1:
        raise UnreadableGraph(f"{node.name}: its parts lie in different ways")
    at = parts[0].axes[axis]
    shape = _resized(parts[0].shape, at, sum(part.shape[at] for part in parts))
    graph.emit(node.name, "Concat", [part.name for part in parts], shape, parts[0].axes, axis=at)


def split(graph: OnnxGraph, node: Node) -> None:
    """A tensor cut into parts of these sizes."""
    value, sizes = graph.plain(node.inputs[0]), [int(one) for one in graph.constants[node.inputs[1]]]
    at = value.axes[int(graph.constants[node.inputs[2]])]
    names = [node.name, *(f"{node.name}:{number}" for number in range(1, len(sizes)))]
    inputs = [value.name, graph.tensor(f"{node.name}/sizes", np.array(sizes, np.int64))]
    graph.emit_many(names, "Split", inputs, [_resized(value.shape, at, size) for size in sizes], value.axes, axis=at)


def resize(graph: OnnxGraph, node: Node) -> None:
    """A picture made larger or smaller, bilinear between the middles of its pixels."""
    value, size = graph.picture(node, node.inputs[0]), [int(one) for one in graph.constants[node.inputs[1]]]
    if not node.is_true("half_pixel_centers") or node.is_true("align_corners"):
        raise UnreadableGraph(f"{node.name}: only sampling at the middle of pixels is known")
    ratios = [new / old for new, old in zip(size, value.shape[2:], strict=True)]
    # A batch that is free needs ratios, which ONNX multiplies out again: others would lose a pixel by rounding.
    if any(math.frexp(ratio)[0] != POWER_OF_TWO for ratio in ratios):
        raise UnreadableGraph(f"{node.name}: only pictures that are doubled or halved are known")
    shape, scales = (*value.shape[:2], *size), np.array([1, 1, *ratios], np.float32)
    inputs = [value.name, "", graph.tensor(f"{node.name}/scales", scales)]
    graph.emit(node.name, "Resize", inputs, shape, COLOURS_LAST, mode="linear")


def reshape(graph: OnnxGraph, node: Node) -> None:
    """The same numbers, in the same order, in another shape."""
    value, shape = graph.as_it_lies(node.inputs[0]), [int(one) for one in graph.constants[node.inputs[1]]]
    _reshape(graph, node, value, np.empty(value.shape).reshape(shape).shape)


def squeeze(graph: OnnxGraph, node: Node) -> None:
    """Dimensions of one are left out."""
    value, gone = graph.as_it_lies(node.inputs[0]), node.numbers("squeeze_dims")
    if not gone or min(gone) < 1 or any(value.shape[at] != 1 for at in gone):
        raise UnreadableGraph(f"{node.name}: only dimensions of one can be left out, and never that of the images")
    _reshape(graph, node, value, tuple(side for at, side in enumerate(value.shape) if at not in gone))


def _reshape(graph: OnnxGraph, node: Node, value: Value, shape: tuple[int, ...]) -> None:
    if shape[0] != value.shape[0]:
        raise UnreadableGraph(f"{node.name}: the first dimension must stay that of the images")
    # A zero keeps the first dimension as it is: the batch stays free.
    inputs = [value.name, graph.tensor(f"{node.name}/shape", np.array([0, *shape[1:]], np.int64))]
    graph.emit(node.name, "Reshape", inputs, shape, tuple(range(len(shape))))


def _resized(shape: tuple[int, ...], axis: int, size: int) -> tuple[int, ...]:
    return (*shape[:axis], size, *shape[axis + 1 :])

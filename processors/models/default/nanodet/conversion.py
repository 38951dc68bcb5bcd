"""Turns a TensorFlow graph of convolutions into ONNX, with numpy and onnx alone.

TensorFlow keeps colours last and transposes before and after each convolution; ONNX keeps them first. So a
transposition is not carried out but noted (``axes``), and where a convolution follows, nothing is left of it. Padding
is noted as well (``pads``) and becomes part of the convolution or pooling that follows; a bias becomes part of the
convolution before it.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from processors.models.default.nanodet.tensorflow_graph import Array, GraphModel, Node, UnreadableGraph

OPSET, IR_VERSION = 17, 8
COLOURS_LAST = (0, 2, 3, 1)
NO_PADS = (0, 0, 0, 0)
# The fraction that floating-point numbers give to each of them.
POWER_OF_TWO = 0.5


@dataclass(frozen=True)
class Value:
    """A tensor of the ONNX graph, and what is noted of TensorFlow's, whose axis ``i`` is the tensor's ``axes[i]``."""

    name: str
    shape: tuple[int, ...]
    axes: tuple[int, ...]
    pads: tuple[int, int, int, int] = NO_PADS
    filler: float = 0.0


def convert(graph: GraphModel, outputs: Mapping[str, str]) -> onnx.ModelProto:
    """Return the checked model; ``outputs`` maps the graph's results to what they are to be called.

    Its first dimension is free: as many images at once as one likes. Raises ``UnreadableGraph`` for what it does not
    know.
    """
    return _Conversion(graph).run(outputs)


class _Conversion:
    """One graph on its way: what is known of each of TensorFlow's results by now."""

    def __init__(self, graph: GraphModel) -> None:
        self._graph = graph
        self._constants: dict[str, Array] = dict(graph.constants)
        self._values: dict[str, Value] = {}
        self._inputs: list[onnx.ValueInfoProto] = []
        self._nodes: list[onnx.NodeProto] = []
        self._tensors: list[onnx.TensorProto] = []
        self._operations: Mapping[str, Callable[[Node], None]] = {
            "Const": lambda node: None,
            "Placeholder": self._placeholder,
            "SparseToDense": self._sparse_to_dense,
            "AddV2": self._add_constants,
            "Transpose": self._transpose,
            "Pad": self._pad,
            "PadV2": self._pad,
            "Conv2D": self._convolve,
            "Add": self._add,
            "MaxPool": self._pool,
            "LeakyRelu": lambda node: self._elementwise(node, alpha=node.number("alpha")),
            "Sigmoid": self._elementwise,
            "ConcatV2": self._concatenate,
            "SplitV": self._split,
            "ResizeBilinear": self._resize,
            "Reshape": self._reshape,
            "Identity": lambda node: self._same(node.name, node.inputs[0]),
        }

    def run(self, outputs: Mapping[str, str]) -> onnx.ModelProto:
        for node in self._graph.nodes:
            if node.kind not in self._operations:
                raise UnreadableGraph(f"{node.name}: an operation {node.kind} is not known")
            self._operations[node.kind](node)
        infos = [self._output(name, called) for name, called in outputs.items()]
        built = helper.make_graph(self._nodes, "detector", self._inputs, infos, self._tensors)
        model = helper.make_model(built, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
        model.producer_name = "vedette"
        onnx.checker.check_model(model, full_check=True)
        return model

    def _placeholder(self, node: Node) -> None:
        shape = tuple(int(one["size"]) for one in node.attributes["shape"]["shape"]["dim"])
        self._inputs.append(helper.make_tensor_value_info(node.name, TensorProto.FLOAT, ["batch", *shape[1:]]))
        self._values[node.name] = Value(node.name, shape, tuple(range(len(shape))))

    def _sparse_to_dense(self, node: Node) -> None:
        places, shape, numbers, rest = (self._constants[name] for name in node.inputs)
        dense = np.full(tuple(shape), rest)
        dense[tuple(places.T)] = numbers
        self._constants[node.name] = dense

    def _add_constants(self, node: Node) -> None:
        first, second = node.inputs
        self._constants[node.name] = self._constants[first] + self._constants[second]

    def _transpose(self, node: Node) -> None:
        value, order = self._values[node.inputs[0]], self._constants[node.inputs[1]]
        self._values[node.name] = replace(value, axes=tuple(value.axes[int(axis)] for axis in order))

    def _pad(self, node: Node) -> None:
        value, told = self._plain(node.inputs[0]), self._constants[node.inputs[1]].tolist()
        by_axis = dict(zip(value.axes, told, strict=True))
        if by_axis[0] != [0, 0] or by_axis[1] != [0, 0]:
            raise UnreadableGraph(f"{node.name}: only the sides of a picture can be padded")
        (top, bottom), (left, right) = by_axis[2], by_axis[3]
        filler = float(self._constants[node.inputs[2]]) if len(node.inputs) > 2 else 0.0
        self._values[node.name] = replace(value, pads=(top, left, bottom, right), filler=filler)

    def _convolve(self, node: Node) -> None:
        value = self._picture(node, node.inputs[0])
        kernel = self._constants[node.inputs[1]].transpose(3, 2, 0, 1)
        if value.filler or node.numbers("dilations") != [1, 1, 1, 1] or kernel.shape[1] != value.shape[1]:
            raise UnreadableGraph(f"{node.name}: only plain convolutions with zeros around them are known")
        strides = node.numbers("strides")[1:3]
        shape = _swept(value, kernel.shape[2:], strides, int(kernel.shape[0]))
        inputs = [value.name, self._tensor(f"{node.name}/kernel", kernel)]
        self._emit(node.name, "Conv", inputs, shape, COLOURS_LAST, pads=list(value.pads), strides=strides)

    def _pool(self, node: Node) -> None:
        value, size = self._picture(node, node.inputs[0]), node.numbers("ksize")[1:3]
        if value.pads != NO_PADS and value.filler != -math.inf:
            raise UnreadableGraph(f"{node.name}: a pooling must be padded with what is below every number")
        strides = node.numbers("strides")[1:3]
        shape = _swept(value, size, strides, value.shape[1])
        attributes = {"kernel_shape": size, "strides": strides, "pads": list(value.pads)}
        self._emit(node.name, "MaxPool", [value.name], shape, COLOURS_LAST, **attributes)

    def _add(self, node: Node) -> None:
        first, second = node.inputs
        if second in self._constants:
            return self._add_bias(node, first, self._constants[second])
        one, other = self._plain(first), self._plain(second)
        if (one.axes, one.shape) != (other.axes, other.shape):
            raise UnreadableGraph(f"{node.name}: only tensors of one shape can be added")
        return self._emit(node.name, "Add", [one.name, other.name], one.shape, one.axes)

    def _add_bias(self, node: Node, name: str, bias: Array) -> None:
        value = self._picture(node, name)
        convolution = next(one for one in self._nodes if value.name in one.output)
        if convolution.op_type != "Conv" or len(convolution.input) != 2 or bias.shape != (value.shape[1],):
            raise UnreadableGraph(f"{node.name}: only the bias of a convolution can be added")
        convolution.input.append(self._tensor(f"{node.name}/bias", bias))
        self._same(node.name, name)

    def _elementwise(self, node: Node, **attributes: Any) -> None:
        value = self._plain(node.inputs[0])
        self._emit(node.name, node.kind, [value.name], value.shape, value.axes, **attributes)

    def _concatenate(self, node: Node) -> None:
        parts, axis = [self._plain(name) for name in node.inputs[:-1]], int(self._constants[node.inputs[-1]])
        if len({part.axes for part in parts}) > 1:
            raise UnreadableGraph(f"{node.name}: its parts lie in different ways")
        at = parts[0].axes[axis]
        shape = _resized(parts[0].shape, at, sum(part.shape[at] for part in parts))
        self._emit(node.name, "Concat", [part.name for part in parts], shape, parts[0].axes, axis=at)

    def _split(self, node: Node) -> None:
        value, sizes = self._plain(node.inputs[0]), [int(one) for one in self._constants[node.inputs[1]]]
        at = value.axes[int(self._constants[node.inputs[2]])]
        names = [node.name, *(f"{node.name}:{number}" for number in range(1, len(sizes)))]
        inputs = [value.name, self._tensor(f"{node.name}/sizes", np.array(sizes, np.int64))]
        self._nodes.append(helper.make_node("Split", inputs, names, axis=at))
        for name, size in zip(names, sizes, strict=True):
            self._values[name] = Value(name, _resized(value.shape, at, size), value.axes)

    def _resize(self, node: Node) -> None:
        value, size = self._picture(node, node.inputs[0]), [int(one) for one in self._constants[node.inputs[1]]]
        if not node.is_true("half_pixel_centers") or node.is_true("align_corners"):
            raise UnreadableGraph(f"{node.name}: only sampling at the middle of pixels is known")
        ratios = [new / old for new, old in zip(size, value.shape[2:], strict=True)]
        # A batch that is free needs ratios, which ONNX multiplies out again: others would lose a pixel by rounding.
        if any(math.frexp(ratio)[0] != POWER_OF_TWO for ratio in ratios):
            raise UnreadableGraph(f"{node.name}: only pictures that are doubled or halved are known")
        shape, scales = (*value.shape[:2], *size), np.array([1, 1, *ratios], np.float32)
        inputs = [value.name, "", self._tensor(f"{node.name}/scales", scales)]
        self._emit(node.name, "Resize", inputs, shape, COLOURS_LAST, mode="linear")

    def _reshape(self, node: Node) -> None:
        value, shape = self._as_it_lies(node.inputs[0]), [int(one) for one in self._constants[node.inputs[1]]]
        full = np.empty(value.shape).reshape(shape).shape
        # A zero keeps the first dimension as it is: the batch stays free.
        inputs = [value.name, self._tensor(f"{node.name}/shape", np.array([0, *full[1:]], np.int64))]
        self._emit(node.name, "Reshape", inputs, full, tuple(range(len(full))))

    def _output(self, name: str, called: str) -> onnx.ValueInfoProto:
        value = self._as_it_lies(name)
        self._nodes.append(helper.make_node("Identity", [value.name], [called]))
        return helper.make_tensor_value_info(called, TensorProto.FLOAT, ["batch", *value.shape[1:]])

    def _same(self, name: str, source: str) -> None:
        self._values[name] = self._values[source]

    def _plain(self, name: str) -> Value:
        """Return a value to which nothing is left to be done but to transpose it."""
        value = self._values[name]
        if value.pads != NO_PADS:
            raise UnreadableGraph(f"{name}: only a convolution or a pooling can take what was padded")
        return value

    def _picture(self, node: Node, name: str) -> Value:
        """Return what TensorFlow has with its colours last, and ONNX with its colours first."""
        value = self._values[name]
        if value.axes != COLOURS_LAST:
            raise UnreadableGraph(f"{node.name}: it takes a picture whose colours come last")
        return value

    def _as_it_lies(self, name: str) -> Value:
        """Return a value whose axes are TensorFlow's own, transposed now if that was noted."""
        value = self._plain(name)
        if value.axes == tuple(range(len(value.axes))):
            return value
        shape = tuple(value.shape[axis] for axis in value.axes)
        turned = f"{name}/turned"
        self._nodes.append(helper.make_node("Transpose", [value.name], [turned], perm=list(value.axes)))
        return Value(turned, shape, tuple(range(len(shape))))

    def _emit(
        self,
        name: str,
        kind: str,
        inputs: list[str],
        shape: tuple[int, ...],
        axes: tuple[int, ...],
        **attributes: Any,
    ) -> None:
        self._nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        self._values[name] = Value(name, shape, axes)

    def _tensor(self, name: str, values: Array) -> str:
        self._tensors.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name


def _swept(value: Value, kernel: Any, strides: list[int], colours: int) -> tuple[int, ...]:
    top, left, bottom, right = value.pads
    sides = (value.shape[2] + top + bottom, value.shape[3] + left + right)
    swept = [(side - size) // stride + 1 for side, size, stride in zip(sides, kernel, strides, strict=True)]
    return (value.shape[0], colours, *swept)


def _resized(shape: tuple[int, ...], axis: int, size: int) -> tuple[int, ...]:
    return (*shape[:axis], size, *shape[axis + 1 :])

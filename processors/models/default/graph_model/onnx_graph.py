"""The ONNX graph as far as it is built, and what is known by now of each of TensorFlow's results.

TensorFlow keeps colours last and transposes before and after each convolution; ONNX keeps them first. So a
transposition is not carried out but noted (``axes``), and where a convolution follows, nothing is left of it. Padding
is noted as well (``pads``) and becomes part of a convolution or pooling that follows. Whatever else follows gets a
tensor that is padded and transposed.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from processors.models.default.graph_model.tensorflow_graph import Array, Node, UnreadableGraph

OPSET, IR_VERSION = 17, 8
COLOURS_LAST = (0, 2, 3, 1)
NO_PADS = (0, 0, 0, 0)


@dataclass(frozen=True)
class Value:
    """A tensor of the ONNX graph, and what is noted of TensorFlow's, whose axis ``i`` is the tensor's ``axes[i]``."""

    name: str
    shape: tuple[int, ...]
    axes: tuple[int, ...]
    pads: tuple[int, int, int, int] = NO_PADS
    filler: float = 0.0

    @property
    def sides(self) -> tuple[int, int]:
        """Height and width of a picture with what is noted around it."""
        top, left, bottom, right = self.pads
        return self.shape[2] + top + bottom, self.shape[3] + left + right


class OnnxGraph:
    """One graph on its way; its first dimension is free: as many images at once as one likes."""

    def __init__(self, nodes: Sequence[Node], constants: Mapping[str, Array]) -> None:
        """``nodes`` are all that it is to be made of."""
        self.constants = dict(constants)
        self.values: dict[str, Value] = {}
        self._inputs: list[onnx.ValueInfoProto] = []
        self._nodes: list[onnx.NodeProto] = []
        self._makers: dict[str, onnx.NodeProto] = {}
        self._takers = Counter(name for node in nodes for name in node.inputs)
        self._tensors: list[onnx.TensorProto] = []

    def model(self, name: str, outputs: Sequence[onnx.ValueInfoProto]) -> onnx.ModelProto:
        """Return the checked model."""
        built = helper.make_graph(self._nodes, name, self._inputs, outputs, self._tensors)
        model = helper.make_model(built, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
        model.producer_name = "vedette"
        onnx.checker.check_model(model, full_check=True)
        return model

    def take(self, name: str, sides: Sequence[int]) -> None:
        """Add an input of the graph; the first of its ``sides`` counts for nothing."""
        if any(side < 1 for side in sides[1:]):
            raise UnreadableGraph(f"{name}: an input must have a fixed size: {list(sides)}")
        self._inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", *sides[1:]]))
        self.values[name] = Value(name, (1, *sides[1:]), tuple(range(len(sides))))

    def give(self, name: str, called: str) -> onnx.ValueInfoProto:
        """Return an output of the graph: a result of TensorFlow's under another name."""
        value = self.as_it_lies(name)
        self._add(helper.make_node("Identity", [value.name], [called]))
        return helper.make_tensor_value_info(called, TensorProto.FLOAT, ["batch", *value.shape[1:]])

    def emit(
        self,
        name: str,
        kind: str,
        inputs: Sequence[str],
        shape: tuple[int, ...],
        axes: tuple[int, ...],
        **attributes: Any,
    ) -> Value:
        """Add an operation whose only result is to be known as ``name``."""
        return self.emit_many([name], kind, inputs, [shape], axes, **attributes)[0]

    def emit_many(
        self,
        names: Sequence[str],
        kind: str,
        inputs: Sequence[str],
        shapes: Sequence[tuple[int, ...]],
        axes: tuple[int, ...],
        **attributes: Any,
    ) -> list[Value]:
        """Add an operation with several results."""
        self._add(helper.make_node(kind, inputs, names, **attributes))
        results = [Value(name, shape, axes) for name, shape in zip(names, shapes, strict=True)]
        self.values |= {result.name: result for result in results}
        return results

    def tensor(self, name: str, values: Array) -> str:
        """Add a constant of the graph, and return its name."""
        self._tensors.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def sole_maker(self, name: str) -> onnx.NodeProto | None:
        """Return the operation that gives a result which only one other takes; no operation gives an input."""
        return self._makers.get(name) if self._takers[name] == 1 else None

    def same(self, name: str, source: str) -> None:
        """Let another name stand for a result."""
        self.values[name] = self.values[source]

    def plain(self, name: str) -> Value:
        """Return a value to which nothing is left to be done but to transpose it: padded now if that was noted."""
        value = self.values[name]
        if value.pads == NO_PADS:
            return value
        top, left, bottom, right = value.pads
        return self.pad(f"{name}/padded", value, (0, 0, top, left, 0, 0, bottom, right))

    def pad(self, name: str, value: Value, pads: Sequence[int]) -> Value:
        """Add padding with the value's filler: before each of the tensor's axes, then after each."""
        if name in self.values:
            return self.values[name]
        shape = tuple(pads[at] + side + pads[at + len(value.shape)] for at, side in enumerate(value.shape))
        told = self.tensor(f"{name}/pads", np.array(pads, np.int64))
        filler = self.tensor(f"{name}/filler", np.array(value.filler, np.float32))
        return self.emit(name, "Pad", [value.name, told, filler], shape, value.axes)

    def picture(self, node: Node, name: str, filler: float | None = None) -> Value:
        """Return what TensorFlow has with its colours last, and ONNX with its colours first.

        It is padded already, unless with ``filler``, which whoever takes it puts around it.
        """
        if node.attributes.get("data_format") is not None and node.text("data_format") != "NHWC":
            raise UnreadableGraph(f"{node.name}: only pictures whose colours come last are known")
        value = self.values[name]
        if len(value.axes) != len(COLOURS_LAST):
            raise UnreadableGraph(f"{node.name}: it takes a picture, which has 4 dimensions, and is given {name}")
        if value.axes == COLOURS_LAST:
            return value if value.filler == filler else self.plain(name)
        return self._turned(f"{name}/colours_first", self.plain(name), COLOURS_LAST)

    def as_it_lies(self, name: str) -> Value:
        """Return a value whose axes are TensorFlow's own, transposed now if that was noted."""
        value = self.plain(name)
        own = tuple(range(len(value.axes)))
        return value if value.axes == own else self._turned(f"{name}/turned", value, own)

    def _turned(self, name: str, value: Value, axes: tuple[int, ...]) -> Value:
        """Return a value transposed so that its axes are these; what is asked for twice is done once."""
        if name in self.values:
            return self.values[name]
        order = [value.axes[axes.index(at)] for at in range(len(axes))]
        return self.emit(name, "Transpose", [value.name], tuple(value.shape[at] for at in order), axes, perm=order)

    def _add(self, node: onnx.NodeProto) -> None:
        self._nodes.append(node)
        self._makers |= dict.fromkeys(node.output, node)

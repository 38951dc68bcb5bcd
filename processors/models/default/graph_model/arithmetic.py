"""Sums, products, activations and whatever else is worked out number by number or row by row."""

from typing import Any

import numpy as np

from processors.models.default.graph_model.convolutions import activate, fused
from processors.models.default.graph_model.onnx_graph import OnnxGraph
from processors.models.default.graph_model.tensorflow_graph import Array, Node, UnreadableGraph

SUMS = ("Add", "AddV2")
OPERATORS = {"Add": "Add", "AddV2": "Add", "Mul": "Mul", "Sub": "Sub"}
FOLDED = {"Add": np.add, "Mul": np.multiply, "Sub": np.subtract}


def combine(graph: OnnxGraph, node: Node) -> None:
    """A sum, product or difference of two tensors, or of one and a number; of constants it is worked out now."""
    operator, constants = OPERATORS[node.kind], [graph.constants.get(name) for name in node.inputs]
    first, second = constants
    if first is not None and second is not None:
        graph.constants[node.name] = FOLDED[operator](first, second)
    elif node.kind in SUMS and second is not None and second.ndim == 1:
        _add_bias(graph, node, second)
    elif first is not None or second is not None:
        _combine_with_number(graph, node, operator, constants)
    else:
        one, other = (graph.plain(name) for name in node.inputs)
        if (one.axes, one.shape) != (other.axes, other.shape):
            raise UnreadableGraph(f"{node.name}: only tensors of one shape can be added")
        graph.emit(node.name, operator, [one.name, other.name], one.shape, one.axes)


def activate_each(graph: OnnxGraph, node: Node) -> None:
    """An activation by itself."""
    activate(graph, node.name, node.kind, graph.plain(node.inputs[0]))


def leak(graph: OnnxGraph, node: Node) -> None:
    """An activation that lets through a share of what is below zero."""
    value = graph.plain(node.inputs[0])
    graph.emit(node.name, "LeakyRelu", [value.name], value.shape, value.axes, alpha=node.number("alpha"))


def soften(graph: OnnxGraph, node: Node) -> None:
    """Softmax along TensorFlow's last axis."""
    value = graph.as_it_lies(node.inputs[0])
    graph.emit(node.name, "Softmax", [value.name], value.shape, value.axes, axis=-1)


def multiply_rows(graph: OnnxGraph, node: Node) -> None:
    """Rows by a matrix, with a bias and an activation."""
    value, matrix = graph.as_it_lies(node.inputs[0]), graph.constants[node.inputs[1]]
    if len(value.shape) != 2 or node.is_true("transpose_a"):
        raise UnreadableGraph(f"{node.name}: only rows can be multiplied by a matrix")
    matrix = matrix.T if node.is_true("transpose_b") else matrix
    biased, activation = fused(node)
    inputs = [value.name, graph.tensor(f"{node.name}/matrix", matrix)]
    if biased:
        inputs.append(graph.tensor(f"{node.name}/bias", graph.constants[node.inputs[2]]))
    name = f"{node.name}/multiplied" if activation else node.name
    found = graph.emit(name, "Gemm", inputs, (value.shape[0], int(matrix.shape[1])), value.axes)
    if activation:
        activate(graph, node.name, activation, found)


def _add_bias(graph: OnnxGraph, node: Node, bias: Array) -> None:
    """A bias becomes part of the convolution before it, which must be all that takes that one's result."""
    value, convolution = graph.picture(node, node.inputs[0]), graph.sole_maker(node.inputs[0])
    plain = convolution is not None and convolution.op_type == "Conv" and len(convolution.input) == 2
    if convolution is None or not plain or bias.shape != (value.shape[1],):
        raise UnreadableGraph(f"{node.name}: only the bias of a convolution can be added")
    convolution.input.append(graph.tensor(f"{node.name}/bias", bias))
    graph.same(node.name, node.inputs[0])


def _combine_with_number(graph: OnnxGraph, node: Node, operator: str, constants: list[Array | None]) -> None:
    names: list[str] = []
    taken: Any = None
    for name, constant in zip(node.inputs, constants, strict=True):
        if constant is None:
            taken = graph.plain(name)
            names.append(taken.name)
        elif constant.ndim:
            raise UnreadableGraph(f"{node.name}: of constants only a number can be combined with a picture")
        else:
            names.append(graph.tensor(f"{node.name}/number", constant))
    graph.emit(node.name, operator, names, taken.shape, taken.axes)

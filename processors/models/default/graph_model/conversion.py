"""Turns a TensorFlow graph of convolutions into ONNX, with numpy and onnx alone."""

from collections.abc import Callable, Iterable, Mapping

import onnx

from processors.models.default.graph_model import arithmetic, convolutions, shapes
from processors.models.default.graph_model.onnx_graph import OnnxGraph
from processors.models.default.graph_model.tensorflow_graph import GraphModel, Node, UnreadableGraph, producer


def convert(graph: GraphModel, outputs: Mapping[str, str], name: str) -> onnx.ModelProto:
    """Return the checked model; ``outputs`` maps the graph's results to what they are to be called.

    Its first dimension is free: as many images at once as one likes. What these results do not need is left out. Raises
    ``UnreadableGraph`` for what it does not know.
    """
    nodes = _needed(graph, outputs)
    built = OnnxGraph(nodes, graph.constants)
    for node in nodes:
        if node.kind not in OPERATIONS:
            raise UnreadableGraph(f"{node.name}: an operation {node.kind} is not known")
        OPERATIONS[node.kind](built, node)
    return built.model(name, [built.give(result, called) for result, called in outputs.items()])


def _needed(graph: GraphModel, outputs: Iterable[str]) -> list[Node]:
    wanted = {producer(name) for name in outputs}
    needed = []
    for node in reversed(graph.nodes):
        if node.name in wanted:
            needed.append(node)
            wanted |= {producer(name) for name in node.inputs}
    return needed[::-1]


def _keep(graph: OnnxGraph, node: Node) -> None:
    """A constant is known already."""


def _rename(graph: OnnxGraph, node: Node) -> None:
    graph.same(node.name, node.inputs[0])


OPERATIONS: Mapping[str, Callable[[OnnxGraph, Node], None]] = {
    "Const": _keep,
    "Placeholder": shapes.take_input,
    "SparseToDense": shapes.fill_in,
    "Shape": shapes.measure,
    "StridedSlice": shapes.pick,
    "Pack": shapes.gather,
    "Transpose": shapes.transpose,
    "Pad": shapes.pad,
    "PadV2": shapes.pad,
    "ConcatV2": shapes.concatenate,
    "SplitV": shapes.split,
    "ResizeBilinear": shapes.resize,
    "DepthToSpace": shapes.spread,
    "Reshape": shapes.reshape,
    "Squeeze": shapes.squeeze,
    "Conv2D": convolutions.convolve,
    "_FusedConv2D": convolutions.convolve,
    "DepthwiseConv2dNative": convolutions.convolve_each,
    "FusedDepthwiseConv2dNative": convolutions.convolve_each,
    "MaxPool": convolutions.pool_most,
    "AvgPool": convolutions.pool_mean,
    "Add": arithmetic.combine,
    "AddV2": arithmetic.combine,
    "Mul": arithmetic.combine,
    "Sub": arithmetic.combine,
    "LeakyRelu": arithmetic.leak,
    "Relu": arithmetic.activate_each,
    "Relu6": arithmetic.activate_each,
    "Sigmoid": arithmetic.activate_each,
    "Softmax": arithmetic.soften,
    "_FusedMatMul": arithmetic.multiply_rows,
    "Identity": _rename,
}

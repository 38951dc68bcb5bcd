"""A TensorFlow graph becomes ONNX that gives the same numbers as a plain evaluation of the graph, node after node."""

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime as ort
import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from processors.models.default.graph_model.conversion import convert
from processors.models.default.graph_model.tensorflow_graph import (
    GraphModel,
    Node,
    UnreadableGraph,
    parse_graph,
    read_graph,
)
from processors.models.runtime.session import WRONG_OPTIMIZERS
from tests.plain_evaluation import evaluate

Array = npt.NDArray[Any]
LAST, FIRST = [0, 2, 3, 1], [0, 3, 1, 2]
SHAPE = (1, 3, 9, 8)


class Graph:
    """Collects the nodes and constants of one graph, as TensorFlow.js would have written them."""

    def __init__(self, seed: int = 0) -> None:
        self.numbers = np.random.default_rng(seed)
        sizes = [{"size": str(side)} for side in SHAPE]
        self.nodes = [Node("x", "Placeholder", (), {"shape": {"shape": {"dim": sizes}}})]
        self.constants: dict[str, Array] = {}

    def constant(self, values: Any, dtype: Any = np.int32) -> str:
        name = f"c{len(self.constants)}"
        self.constants[name] = np.array(values, dtype)
        self.nodes.append(Node(name, "Const", (), {}))
        return name

    def add(self, kind: str, *inputs: str, **attributes: Any) -> str:
        name = f"n{len(self.nodes)}"
        self.nodes.append(Node(name, kind, inputs, attributes))
        return name

    def transpose(self, value: str, order: list[int]) -> str:
        return self.add("Transpose", value, self.constant(order))

    def convolve(self, value: str, colours: int, to: int, kernel: int, stride: int, pad: int) -> str:
        """Pad, turn, convolve, add a bias, turn back, as every layer of such a graph does."""
        padded = self.add("Pad", value, self.constant([[0, 0], [0, 0], [pad, pad], [pad, pad]])) if pad else value
        weights = self.constant(self.numbers.normal(size=(kernel, kernel, colours, to)), np.float32)
        convolved = self.add("Conv2D", self.transpose(padded, LAST), weights, **swept(stride, "VALID"))
        biased = self.add("Add", convolved, self.constant(self.numbers.normal(size=to), np.float32))
        return self.transpose(biased, FIRST)

    def convolve_fused(self, value: str, colours: int, to: int, stride: int, activation: str | None) -> str:
        """As a graph has it whose operations were fused: one that pads, adds a bias and activates."""
        weights = self.constant(self.numbers.normal(size=(3, 2, colours, to)), np.float32)
        bias = self.constant(self.numbers.normal(size=to), np.float32)
        return self.add("_FusedConv2D", value, weights, bias, **swept(stride, "SAME"), **fused(activation))

    def convolve_each(self, value: str, colours: int, several: int, stride: int, activation: str | None) -> str:
        """Each colour by itself, plain or fused."""
        weights = self.constant(self.numbers.normal(size=(2, 3, colours, several)), np.float32)
        if activation is None:
            return self.add("DepthwiseConv2dNative", value, weights, **swept(stride, "SAME"))
        bias = self.constant(self.numbers.normal(size=colours * several), np.float32)
        more = {**swept(stride, "SAME"), **fused(activation)}
        return self.add("FusedDepthwiseConv2dNative", value, weights, bias, **more)

    def window(self, kind: str, value: str, size: tuple[int, int], stride: int, padding: str) -> str:
        return self.add(kind, value, ksize=ints(1, *size, 1), strides=ints(1, stride, stride, 1), padding=text(padding))

    def pool(self, value: str) -> str:
        padding = self.constant([[0, 0], [0, 0], [1, 1], [1, 1]])
        padded = self.add("PadV2", value, padding, self.constant(-np.inf, np.float32))
        return self.transpose(self.window("MaxPool", self.transpose(padded, LAST), (3, 3), 2, "VALID"), FIRST)

    def resize(self, value: str, size: tuple[int, int]) -> str:
        flags = {"half_pixel_centers": {"b": True}, "align_corners": {"b": False}}
        return self.transpose(
            self.add("ResizeBilinear", self.transpose(value, LAST), self.constant(size), **flags), FIRST
        )

    def model(self) -> GraphModel:
        return GraphModel(self.nodes, self.constants)


def text(value: str) -> dict[str, Any]:
    return {"s": base64.b64encode(value.encode()).decode()}


def swept(stride: int, padding: str) -> dict[str, Any]:
    strides, dilations = ints(1, stride, stride, 1), ints(1, 1, 1, 1)
    return {"strides": strides, "dilations": dilations, "padding": text(padding), "data_format": text("NHWC")}


def fused(activation: str | None) -> dict[str, Any]:
    return {"fused_ops": {"list": {"s": [text(one)["s"] for one in ("BiasAdd", activation) if one]}}}


def ints(*numbers: int) -> dict[str, Any]:
    return {"list": {"i": [str(number) for number in numbers]}}


@settings(deadline=None, max_examples=40)
@given(
    st.integers(0, 10**6),
    st.lists(st.sampled_from(["convolve", "pool", "activate", "resize", "join", "sum"]), max_size=6),
    st.integers(1, 3),
)
def test_a_converted_graph_gives_what_the_graph_gives(seed: int, steps: list[str], images: int) -> None:
    graph = Graph(seed)
    value, colours, sides = "x", 3, (SHAPE[2], SHAPE[3])
    for step in steps:
        if step == "convolve":
            kernel, stride = int(graph.numbers.choice([1, 3])), int(graph.numbers.choice([1, 2]))
            value, colours = graph.convolve(value, colours, 4, kernel, stride, pad=kernel // 2), 4
            sides = halved(sides) if stride == 2 else sides
        elif step == "pool":
            value, sides = graph.pool(value), halved(sides)
        elif step == "activate":
            value = graph.add("LeakyRelu", value, alpha={"f": 0.1})
        elif step == "resize":
            value, sides = graph.resize(value, (sides[0] * 2, sides[1])), (sides[0] * 2, sides[1])
        elif step == "sum":
            value = graph.add("Add", value, graph.add("Sigmoid", value))
        else:
            value, colours = graph.add("ConcatV2", value, value, graph.constant(1)), colours * 2
    parts = graph.add("SplitV", value, graph.constant([1, colours - 1]), graph.constant(1))
    rows = graph.transpose(reshaped(graph, f"{parts}:1", colours - 1), [0, 2, 1])
    outputs = {graph.add("Identity", rows): "rest", graph.add("Sigmoid", parts): "first"}
    compare(graph, outputs, images)


def halved(sides: tuple[int, int]) -> tuple[int, int]:
    return (sides[0] + 1) // 2, (sides[1] + 1) // 2


STEPS = st.tuples(
    st.sampled_from(["fused", "each", "most", "mean", "number", "more colours", "frame", "spread", "sum"]),
    st.sampled_from([1, 2]),
    st.sampled_from([None, "Relu", "Relu6"]),
)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6), st.lists(STEPS, max_size=6), st.integers(1, 3))
@example(0, [("fused", 1, None), ("frame", 1, None)], 1)
def test_a_graph_whose_colours_come_last_and_whose_operations_are_fused_gives_the_same(
    seed: int, steps: list[tuple[str, int, str | None]], images: int
) -> None:
    graph = Graph(seed)
    value, colours = "x", SHAPE[3]
    for kind, stride, activation in steps:
        if kind == "fused":
            value, colours = graph.convolve_fused(value, colours, 5, stride, activation), 5
        elif kind == "each":
            value, colours = graph.convolve_each(value, colours, stride, stride, activation), colours * stride
        elif kind in ("most", "mean"):
            value = graph.window("MaxPool" if kind == "most" else "AvgPool", value, (2, 3), stride, "SAME")
        elif kind == "number":
            number = graph.constant(1.5, np.float32)
            value = graph.add("Sub", graph.add("Mul", number, value), number)
        elif kind == "more colours":
            value = graph.add("Pad", value, graph.constant([[0, 0], [0, 0], [0, 0], [1, 2]]))
            colours += 3
        elif kind == "spread":
            more = graph.convolve_fused(value, colours, 8, 1, activation)
            value, colours = graph.add("DepthToSpace", more, block_size={"i": "2"}, data_format=text("NHWC")), 2
        elif kind == "frame":
            filler = graph.constant({None: 0, "Relu": -1.5, "Relu6": -np.inf}[activation], np.float32)
            value = graph.add("PadV2", value, graph.constant([[0, 0], [1, 2], [0, stride], [0, 0]]), filler)
            value = graph.add("Relu", value) if stride == 2 else graph.window("MaxPool", value, (3, 2), 1, "VALID")
        else:
            value = graph.add("AddV2", value, graph.add(activation or "Sigmoid", value))
    sides = evaluate(graph.model(), np.zeros(SHAPE, np.float32))[value].shape[1:3]
    means = graph.add("Squeeze", graph.window("AvgPool", value, sides, 1, "VALID"), squeeze_dims=ints(1, 2))
    matrix = graph.constant(graph.numbers.normal(size=(4, colours)), np.float32)
    bias = graph.constant(graph.numbers.normal(size=4), np.float32)
    rows = graph.add(
        "_FusedMatMul", means, matrix, bias, transpose_a={"b": False}, transpose_b={"b": True}, **fused(None)
    )
    outputs = {graph.add("Softmax", rows): "shares", rows_of(graph, value, colours): "rows", value: "picture"}
    compare(graph, outputs | {graph.add("Identity", value): "same"}, images)


def test_what_no_result_needs_is_left_out() -> None:
    graph = Graph()
    wanted = graph.add("Relu", "x")
    graph.add("Cosh", graph.add("Relu6", wanted))
    assert [node.op_type for node in convert(graph.model(), {wanted: "y"}, "small").graph.node] == ["Relu", "Identity"]


def rows_of(graph: Graph, value: str, colours: int) -> str:
    """As the graph says it where a batch is free: a shape that begins with that of what is reshaped."""
    shape, ends = graph.add("Shape", value), [graph.constant([at]) for at in (0, 1, 1)]
    images = graph.add("StridedSlice", shape, *ends, shrink_axis_mask={"i": "1"})
    return graph.add("Reshape", value, graph.add("Pack", images, graph.constant(-1), graph.constant(colours)))


def reshaped(graph: Graph, value: str, colours: int) -> str:
    """As the graph says it: a shape that is worked out of constants."""
    nothing = [graph.constant(np.zeros((0, 1))), graph.constant([3]), graph.constant(np.zeros(0)), graph.constant(0)]
    shape = graph.add("AddV2", graph.constant([1, colours, -1]), graph.add("SparseToDense", *nothing))
    return graph.add("Reshape", value, shape)


def compare(graph: Graph, outputs: Mapping[str, str], images: int) -> None:
    pixels = np.random.default_rng(1).normal(size=(images, *SHAPE[1:])).astype(np.float32)
    model = convert(graph.model(), outputs, "tried")
    session = ort.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"], disabled_optimizers=WRONG_OPTIMIZERS
    )
    found = session.run(list(outputs.values()), {"x": pixels})
    for at in range(images):
        values = evaluate(graph.model(), pixels[at : at + 1])
        for name, tensor in zip(outputs, found, strict=True):
            np.testing.assert_allclose(tensor[at], values[name][0], rtol=1e-3, atol=1e-3)


def refused(build: Any) -> GraphModel:
    graph = Graph()
    build(graph)
    return graph.model()


def two_takers(graph: Graph) -> None:
    """A convolution whose result is wanted with a bias and without."""
    weights = graph.constant(np.ones((1, 1, 8, 2)), np.float32)
    convolved = graph.add("Conv2D", "x", weights, **swept(1, "VALID"))
    other = graph.add("Relu", convolved)
    graph.add("AddV2", other, graph.add("Add", convolved, graph.constant([1, 2], np.float32)))


@pytest.mark.parametrize(
    ("build", "problem"),
    [
        (lambda graph: graph.resize("x", (7, 8)), "only pictures that are doubled or halved"),
        (lambda graph: graph.add("Cosh", "x"), "an operation Cosh is not known"),
        (
            lambda graph: graph.add("Pad", "x", graph.constant([[1, 1], [0, 0], [0, 0], [0, 0]])),
            "images cannot be added to a batch",
        ),
        (
            lambda graph: graph.add("Add", "x", graph.transpose("x", [0, 1, 3, 2])),
            "only tensors of one shape can be added",
        ),
        (
            lambda graph: graph.add(
                "MaxPool", "x", strides=ints(1, 1, 1, 1), ksize=ints(1, 1, 1, 1), data_format=text("NCHW")
            ),
            "only pictures whose colours come last",
        ),
        (lambda graph: graph.window("MaxPool", "x", (2, 2), 1, "EXPLICIT"), "a padding EXPLICIT is not known"),
        (lambda graph: graph.convolve_fused("x", 8, 4, 1, "Elu"), "what is fused into it is not known: BiasAdd, Elu"),
        (lambda graph: graph.convolve_fused("x", 3, 4, 1, None), "only plain convolutions"),
        (
            lambda graph: graph.add("Mul", "x", graph.constant([1.0, 2.0], np.float32)),
            "only a number can be combined with a picture",
        ),
        (lambda graph: graph.add("AddV2", "x", graph.constant([1.0] * 8, np.float32)), "only the bias of a conv"),
        (lambda graph: graph.add("Squeeze", "x", squeeze_dims=ints(0)), "only dimensions of one"),
        (lambda graph: graph.add("Squeeze", "x", squeeze_dims=ints(1)), "only dimensions of one"),
        (two_takers, "only the bias of a convolution can be added"),
    ],
)
def test_what_is_not_known_is_told_and_never_guessed(build: Any, problem: str) -> None:
    graph = refused(build)
    with pytest.raises(UnreadableGraph, match=problem):
        convert(graph, {graph.nodes[-1].name: "y"}, "refused")


def written(folder: Path, nodes: list[dict[str, Any]], weights: list[dict[str, Any]], content: bytes) -> GraphModel:
    topology, raw = folder / "model.json", folder / "model.bin"
    manifest = [{"paths": ["model.bin"], "weights": weights}]
    topology.write_bytes(orjson.dumps({"modelTopology": {"node": nodes}, "weightsManifest": manifest}))
    raw.write_bytes(content)
    return read_graph(topology, raw)


def test_constants_are_read_as_they_were_rounded_and_nodes_put_in_order(tmp_path: Path) -> None:
    half = np.array([0.1, 2.5], "<f2")
    weights = [
        {
            "name": "w",
            "shape": [2],
            "dtype": "float32",
            "quantization": {"dtype": "float16", "original_dtype": "float32"},
        },
        {"name": "none", "shape": [0], "dtype": "int32"},
        {"name": "n", "shape": [], "dtype": "int32"},
    ]
    padding = base64.b64encode(b"VALID").decode()
    nodes = [
        {"name": "last", "op": "Identity", "input": ["first:1"], "attr": {"padding": {"s": padding}}},
        {"name": "first", "op": "Const", "input": ["^last"]},
    ]
    graph = written(tmp_path, nodes, weights, half.tobytes() + np.array(7, "<i4").tobytes())
    assert [node.name for node in graph.nodes] == ["first", "last"]
    assert graph.nodes[1].text("padding") == "VALID"
    assert graph.constants["w"].dtype == np.float32
    assert graph.constants["w"].tolist() == [float(half[0]), 2.5]
    assert (graph.constants["none"].size, int(graph.constants["n"])) == (0, 7)


@given(st.lists(st.integers(0, 255), min_size=1, max_size=9), st.floats(-9, 9), st.floats(0.001, 3))
def test_constants_in_steps_are_read_as_tensorflow_js_reads_them(steps: list[int], least: float, scale: float) -> None:
    told = {"name": "w", "shape": [len(steps)], "dtype": "float32"}
    quantization = {"dtype": "uint8", "min": least, "scale": scale}
    manifest = [{"paths": ["a", "b"], "weights": [told | {"quantization": quantization}]}]
    graph = parse_graph("w", {"modelTopology": {"node": [NODE]}, "weightsManifest": manifest}, bytes(steps))
    assert graph.constants["w"].tolist() == [float(np.float32(step * scale + least)) for step in steps]


NODE = {"name": "first", "op": "Const"}
NUMBER = {"name": "n", "shape": [], "dtype": "int32"}


@pytest.mark.parametrize(
    ("nodes", "weights", "content", "problem"),
    [
        ([NODE], [NUMBER], b"\0" * 5, "take 4 bytes, and the file of weights has 5"),
        ([NODE], [NUMBER], b"\0" * 3, "not the graph model that was expected"),
        ([NODE], [NUMBER | {"dtype": "string"}], b"", "not the graph model that was expected"),
        (
            [NODE],
            [NUMBER | {"quantization": {"dtype": "uint8", "min": 0, "scale": 1}}],
            b"\1",
            "steps of int32 are not known",
        ),
        ([NODE | {"input": ["first"]}], [], b"", "takes what no node gives, or what comes of itself"),
        ([{"name": "first"}], [], b"", "not the graph model that was expected"),
    ],
)
def test_files_that_are_no_graph_model_are_told(
    tmp_path: Path, nodes: list[dict[str, Any]], weights: list[dict[str, Any]], content: bytes, problem: str
) -> None:
    with pytest.raises(UnreadableGraph, match=problem):
        written(tmp_path, nodes, weights, content)

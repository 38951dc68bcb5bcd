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
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.models.default.nanodet.conversion import convert
from processors.models.default.nanodet.tensorflow_graph import GraphModel, Node, UnreadableGraph, read_graph

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
        attributes = {"strides": ints(1, stride, stride, 1), "dilations": ints(1, 1, 1, 1)}
        convolved = self.add("Conv2D", self.transpose(padded, LAST), weights, **attributes)
        biased = self.add("Add", convolved, self.constant(self.numbers.normal(size=to), np.float32))
        return self.transpose(biased, FIRST)

    def pool(self, value: str) -> str:
        padding = self.constant([[0, 0], [0, 0], [1, 1], [1, 1]])
        padded = self.add("PadV2", value, padding, self.constant(-np.inf, np.float32))
        strides = {"strides": ints(1, 2, 2, 1), "ksize": ints(1, 3, 3, 1)}
        return self.transpose(self.add("MaxPool", self.transpose(padded, LAST), **strides), FIRST)

    def resize(self, value: str, size: tuple[int, int]) -> str:
        flags = {"half_pixel_centers": {"b": True}, "align_corners": {"b": False}}
        return self.transpose(
            self.add("ResizeBilinear", self.transpose(value, LAST), self.constant(size), **flags), FIRST
        )

    def model(self) -> GraphModel:
        return GraphModel(self.nodes, self.constants)


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


def reshaped(graph: Graph, value: str, colours: int) -> str:
    """As the graph says it: a shape that is worked out of constants."""
    nothing = [graph.constant(np.zeros((0, 1))), graph.constant([3]), graph.constant(np.zeros(0)), graph.constant(0)]
    shape = graph.add("AddV2", graph.constant([1, colours, -1]), graph.add("SparseToDense", *nothing))
    return graph.add("Reshape", value, shape)


def compare(graph: Graph, outputs: Mapping[str, str], images: int) -> None:
    pixels = np.random.default_rng(1).normal(size=(images, *SHAPE[1:])).astype(np.float32)
    model = convert(graph.model(), outputs)
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    found = session.run(list(outputs.values()), {"x": pixels})
    for at in range(images):
        values = evaluate(graph.model(), pixels[at : at + 1])
        for name, tensor in zip(outputs, found, strict=True):
            np.testing.assert_allclose(tensor[at], values[name][0], rtol=1e-3, atol=1e-3)


def evaluate(graph: GraphModel, pixels: Array) -> dict[str, Array]:
    """Return every node's result, as TensorFlow defines them, worked out slowly."""
    values: dict[str, Array] = {**graph.constants, "x": pixels}
    for node in graph.nodes:
        if node.kind in ("Const", "Placeholder"):
            continue
        results = _result(node, [values[name] for name in node.inputs])
        for number, result in enumerate(results):
            values[f"{node.name}:{number}" if number else node.name] = result
    return values


def _result(node: Node, taken: list[Array]) -> list[Array]:
    first = taken[0]
    match node.kind:
        case "Transpose":
            return [first.transpose(taken[1])]
        case "Pad" | "PadV2":
            return [np.pad(first, taken[1], constant_values=taken[2] if len(taken) > 2 else 0)]
        case "Conv2D":
            windows = _windows(first, taken[1].shape[:2], node.numbers("strides")[1])
            return [np.einsum("nhwyxc,yxco->nhwo", windows, taken[1])]
        case "MaxPool":
            return [_windows(first, node.numbers("ksize")[1:3], node.numbers("strides")[1]).max(axis=(3, 4))]
        case "Add" | "AddV2":
            return [first + taken[1]]
        case "LeakyRelu":
            return [np.where(first > 0, first, first * np.float32(node.number("alpha")))]
        case "Sigmoid":
            return [(np.tanh(first / 2) + 1) / 2]
        case "ConcatV2":
            return [np.concatenate(taken[:-1], axis=int(taken[-1]))]
        case "SplitV":
            return np.split(first, np.cumsum(taken[1])[:-1], axis=int(taken[2]))
        case "ResizeBilinear":
            return [_resized(first, *taken[1].tolist())]
        case "SparseToDense":
            return [np.full(tuple(taken[1]), taken[3])]
        case "Reshape":
            return [first.reshape(taken[1])]
        case _:
            return [first]


def _windows(pictures: Array, kernel: Any, stride: int) -> Array:
    height, width = kernel
    rows = range(0, pictures.shape[1] - height + 1, stride)
    columns = range(0, pictures.shape[2] - width + 1, stride)
    cut = [[pictures[:, row : row + height, column : column + width] for column in columns] for row in rows]
    return np.array(cut).transpose(2, 0, 1, 3, 4, 5)


def _resized(pictures: Array, height: int, width: int) -> Array:
    """Bilinear between the middles of pixels, the edges repeated."""
    found = np.zeros((len(pictures), height, width, pictures.shape[3]))
    for row in range(height):
        for column in range(width):
            y = _place(row, pictures.shape[1], height)
            x = _place(column, pictures.shape[2], width)
            for at_y, share_y in y:
                for at_x, share_x in x:
                    found[:, row, column] += pictures[:, at_y, at_x] * share_y * share_x
    return found


def _place(at: int, old: int, new: int) -> list[tuple[int, float]]:
    where = min(max((at + 0.5) * old / new - 0.5, 0), old - 1)
    below = int(where)
    return [(below, below + 1 - where), (min(below + 1, old - 1), where - below)]


def refused(build: Any) -> GraphModel:
    graph = Graph()
    build(graph)
    return graph.model()


@pytest.mark.parametrize(
    ("build", "problem"),
    [
        (lambda graph: graph.resize("x", (7, 8)), "only pictures that are doubled or halved"),
        (lambda graph: graph.add("Softmax", "x"), "an operation Softmax is not known"),
        (
            lambda graph: graph.add("Sigmoid", graph.add("Pad", "x", graph.constant([[0, 0], [0, 0], [1, 1], [1, 1]]))),
            "only a convolution or a pooling can take what was padded",
        ),
        (
            lambda graph: graph.add("Pad", "x", graph.constant([[0, 0], [1, 1], [0, 0], [0, 0]])),
            "only the sides of a picture can be padded",
        ),
        (
            lambda graph: graph.add("Add", "x", graph.transpose("x", [0, 1, 3, 2])),
            "only tensors of one shape can be added",
        ),
        (
            lambda graph: graph.add("MaxPool", "x", strides=ints(1, 1, 1, 1), ksize=ints(1, 1, 1, 1)),
            "colours come last",
        ),
    ],
)
def test_what_is_not_known_is_told_and_never_guessed(build: Any, problem: str) -> None:
    with pytest.raises(UnreadableGraph, match=problem):
        convert(refused(build), {})


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
        {"name": "first", "op": "Const"},
    ]
    graph = written(tmp_path, nodes, weights, half.tobytes() + np.array(7, "<i4").tobytes())
    assert [node.name for node in graph.nodes] == ["first", "last"]
    assert graph.nodes[1].text("padding") == "VALID"
    assert graph.constants["w"].dtype == np.float32
    assert graph.constants["w"].tolist() == [float(half[0]), 2.5]
    assert (graph.constants["none"].size, int(graph.constants["n"])) == (0, 7)


NODE = {"name": "first", "op": "Const"}
NUMBER = {"name": "n", "shape": [], "dtype": "int32"}


@pytest.mark.parametrize(
    ("nodes", "weights", "content", "problem"),
    [
        ([NODE], [NUMBER], b"\0" * 5, "take 4 bytes, and the file of weights has 5"),
        ([NODE], [NUMBER], b"\0" * 3, "not the graph model that was expected"),
        ([NODE], [NUMBER | {"dtype": "string"}], b"", "not the graph model that was expected"),
        ([NODE | {"input": ["first"]}], [], b"", "takes what no node gives, or what comes of itself"),
        ([{"name": "first"}], [], b"", "not the graph model that was expected"),
    ],
)
def test_files_that_are_no_graph_model_are_told(
    tmp_path: Path, nodes: list[dict[str, Any]], weights: list[dict[str, Any]], content: bytes, problem: str
) -> None:
    with pytest.raises(UnreadableGraph, match=problem):
        written(tmp_path, nodes, weights, content)

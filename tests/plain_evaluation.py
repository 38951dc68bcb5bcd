"""A TensorFlow graph worked out node after node with numpy alone, slowly: what a converted one is held to."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from processors.models.default.graph_model.tensorflow_graph import GraphModel, Node

Array = npt.NDArray[Any]


def evaluate(graph: GraphModel, pixels: Array) -> dict[str, Array]:
    """Return the result of every node that is known, for one image at the graph's only input, as TensorFlow has it."""
    values: dict[str, Array] = dict(graph.constants)
    for node in graph.nodes:
        if node.kind == "Placeholder":
            values[node.name] = pixels
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
        case "Conv2D" | "_FusedConv2D":
            windows = _windows(node, first, taken[1].shape[:2], 0.0)
            return [_then(node, np.tensordot(windows, taken[1], axes=([3, 4, 5], [0, 1, 2])), taken[2:])]
        case "DepthwiseConv2dNative" | "FusedDepthwiseConv2dNative":
            windows = _windows(node, first, taken[1].shape[:2], 0.0)
            each = np.einsum("nhwyxc,yxcm->nhwcm", windows, taken[1])
            return [_then(node, each.reshape(*each.shape[:3], -1), taken[2:])]
        case "_FusedMatMul":
            return [_then(node, first @ (taken[1].T if node.is_true("transpose_b") else taken[1]), taken[2:])]
        case "MaxPool":
            return [_windows(node, first, node.numbers("ksize")[1:3], -np.inf).max(axis=(3, 4))]
        case "AvgPool":
            return [np.nanmean(_windows(node, first, node.numbers("ksize")[1:3], np.nan), axis=(3, 4))]
        case "Add" | "AddV2":
            return [first + taken[1]]
        case "Sub":
            return [first - taken[1]]
        case "Mul":
            return [first * taken[1]]
        case "LeakyRelu":
            return [np.where(first > 0, first, first * np.float32(node.number("alpha")))]
        case "Relu" | "Relu6":
            return [_activated(node.kind, first)]
        case "Sigmoid":
            return [(np.tanh(first / 2) + 1) / 2]
        case "Softmax":
            powers = np.exp(first - first.max(axis=-1, keepdims=True))
            return [powers / powers.sum(axis=-1, keepdims=True)]
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
        case "Shape":
            return [np.array(first.shape)]
        case "StridedSlice":
            return [first[int(taken[1][0])]]
        case "Pack":
            return [np.array([int(one) for one in taken])]
        case "DepthToSpace":
            return [_spread(first, int(node.attributes["block_size"]["i"]))]
        case "Squeeze":
            return [first.squeeze(tuple(node.numbers("squeeze_dims")))]
        case "Identity":
            return [first]
        case _:
            raise ValueError(f"{node.name}: {node.kind}")


def _then(node: Node, result: Array, more: Sequence[Array]) -> Array:
    """Do what is fused into an operation, in its order."""
    for step in node.texts("fused_ops") if "fused_ops" in node.attributes else ():
        result = result + more[0] if step == "BiasAdd" else _activated(step, result)
    return result


def _activated(kind: str, value: Array) -> Array:
    return value.clip(0, 6 if kind == "Relu6" else None)


def _windows(node: Node, pictures: Array, kernel: Any, filler: float) -> Array:
    (height, width), stride = kernel, node.numbers("strides")[1]
    if node.text("padding") == "SAME":
        pictures = _same(pictures, (height, width), stride, filler)
    rows = range(0, pictures.shape[1] - height + 1, stride)
    columns = range(0, pictures.shape[2] - width + 1, stride)
    cut = [[pictures[:, row : row + height, column : column + width] for column in columns] for row in rows]
    return np.array(cut).transpose(2, 0, 1, 3, 4, 5)


def _same(pictures: Array, kernel: tuple[int, int], stride: int, filler: float) -> Array:
    """Pad so that the results are a side over the stride, rounded up; the odd pixel is put at the end."""
    pads = [(0, 0)]
    for side, reach in zip(pictures.shape[1:3], kernel, strict=True):
        results = (side + stride - 1) // stride
        missing = max(0, (results - 1) * stride + reach - side)
        pads.append((missing // 2, missing - missing // 2))
    return np.pad(pictures, [*pads, (0, 0)], constant_values=filler)


def _spread(pictures: Array, block: int) -> Array:
    """Each pixel becomes a square of ``block`` x ``block``, whose pixels are its colours in their order."""
    count, height, width, colours = pictures.shape
    found = np.zeros((count, height * block, width * block, colours // block**2), pictures.dtype)
    for row in range(block):
        for column in range(block):
            begin = (row * block + column) * found.shape[3]
            found[:, row::block, column::block] = pictures[..., begin : begin + found.shape[3]]
    return found


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

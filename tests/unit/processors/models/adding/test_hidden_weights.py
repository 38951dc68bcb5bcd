"""Wherever in an ONNX file a tensor can stand, one that lies in another file is found."""

from pathlib import Path

import onnx
import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from onnx import ModelProto, NodeProto, SparseTensorProto, TensorProto, helper

from processors.models.adding.inspection import RefusedModel, inspect_model
from tests.fakes.graphs import classifier, saved, with_external_weights, with_function

MOST_STEPS = 12
ELSEWHERE = "lie in another file"


def message_fields(kind: Descriptor) -> list[FieldDescriptor]:
    return [field for field in kind.fields if field.message_type is not None]


def leads_to_tensors() -> set[str]:
    """The kinds of message in which a tensor can lie."""
    known, waiting = {}, [ModelProto.DESCRIPTOR]
    while waiting:
        kind = waiting.pop()
        if kind.full_name not in known:
            known[kind.full_name] = message_fields(kind)
            waiting += [field.message_type for field in known[kind.full_name]]
    leading, before = {TensorProto.DESCRIPTOR.full_name}, 0
    while len(leading) > before:
        before = len(leading)
        leading |= {name for name, fields in known.items() if any(_to(field) in leading for field in fields)}
    return leading


def _to(field: FieldDescriptor) -> str:
    return field.message_type.full_name


LEADING = leads_to_tensors()


def steps_from(message: Message) -> list[FieldDescriptor]:
    return [field for field in message_fields(message.DESCRIPTOR) if _to(field) in LEADING]


def step_into(message: Message, field: FieldDescriptor) -> Message:
    member = getattr(message, field.name)
    return member if isinstance(member, Message) else member.add()


@st.composite
def models_with_a_tensor_elsewhere(draw: st.DrawFn) -> tuple[ModelProto, str]:
    """A sound model with one more tensor, which lies in another file; the way to it is drawn at each step."""
    model = classifier()
    at: Message = model
    way = ["ModelProto"]
    while not isinstance(at, TensorProto):
        fields = steps_from(at)
        ends = [field for field in fields if _to(field) in ("onnx.TensorProto", "onnx.SparseTensorProto")]
        field = draw(st.sampled_from(ends if ends and len(way) > MOST_STEPS else fields))
        at = step_into(at, field)
        way.append(field.name)
    at.name = "hidden"
    if draw(st.booleans()):
        at.data_location = TensorProto.EXTERNAL
    else:
        at.external_data.add(key="location", value=draw(st.sampled_from(["/etc/passwd", "../weights.bin", ""])))
    return model, ".".join(way)


@given(drawn=models_with_a_tensor_elsewhere())
@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_tensor_in_another_file_is_found_wherever_it_stands(drawn: tuple[ModelProto, str], tmp_path: Path) -> None:
    model, way = drawn
    note(way)
    # Nodes that were made on the way have no operator: the tensor alone is to be at fault.
    for node in nodes_without_operator(model):
        node.op_type = "Identity"
    with pytest.raises(RefusedModel, match=ELSEWHERE):
        inspect_model(saved(model, tmp_path))


def nodes_without_operator(message: Message) -> list[NodeProto]:
    found = [message] if isinstance(message, NodeProto) and not message.op_type else []
    for field, value in message.ListFields():
        if field.message_type is not None:
            members = [value] if isinstance(value, Message) else value
            found += [node for member in members for node in nodes_without_operator(member)]
    return found


def elsewhere() -> TensorProto:
    return with_external_weights("weights.bin").graph.initializer[0]


def test_weights_in_another_file_are_found_in_a_function(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Constant", [], ["w"], value=elsewhere()),
        helper.make_node("MatMul", ["x", "w"], ["y"]),
    ]
    with pytest.raises(RefusedModel, match=ELSEWHERE):
        inspect_model(saved(with_function(nodes), tmp_path))


@pytest.mark.parametrize("part", ["values", "indices"])
def test_weights_in_another_file_are_found_in_a_sparse_attribute(tmp_path: Path, part: str) -> None:
    sparse = SparseTensorProto(dims=[3, 4])
    getattr(sparse, part).CopyFrom(elsewhere())
    model = classifier()
    model.graph.node.append(helper.make_node("Constant", [], ["sparse"], sparse_value=sparse))
    with pytest.raises(RefusedModel, match=ELSEWHERE):
        inspect_model(saved(model, tmp_path))


def test_a_function_that_takes_the_name_of_what_reads_files_is_refused(tmp_path: Path) -> None:
    model = with_function([helper.make_node("Identity", ["x"], ["y"])])
    model.functions[0].domain, model.functions[0].name = "com.microsoft", "EPContext"
    model.graph.node[-1].domain, model.graph.node[-1].op_type = "com.microsoft", "EPContext"
    with pytest.raises(RefusedModel, match="'EPContext' of"):
        inspect_model(saved(model, tmp_path))


def test_a_sound_model_with_a_function_of_its_own_is_taken(tmp_path: Path) -> None:
    found = inspect_model(saved(with_function([helper.make_node("Identity", ["x"], ["y"])]), tmp_path))
    assert [value.name for value in found.outputs] == ["scores1"]


@pytest.mark.parametrize("where", ["ModelProto", "NodeProto", "TensorProto"])
def test_a_field_that_this_onnx_does_not_know_is_refused(tmp_path: Path, where: str) -> None:
    model = classifier()
    parts = {"ModelProto": model, "NodeProto": model.graph.node[0], "TensorProto": model.graph.initializer[0]}
    parts[where].MergeFromString(b"\xfa\x3f\x03new")  # field 1023, three bytes
    with pytest.raises(RefusedModel, match=f"{where} has fields that ONNX {onnx.__version__} does not know"):
        inspect_model(saved(model, tmp_path))

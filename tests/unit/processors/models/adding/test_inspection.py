"""An ONNX file is read without being run, and one that must not be run is refused in plain words."""

from pathlib import Path

import pytest
from onnx import TensorProto, helper

from processors.models.adding.inspection import GraphValue, RefusedModel, inspect_model
from tests.fakes.graphs import SIDE, classifier, graph, saved, with_external_weights


def test_inputs_and_outputs_are_told_with_their_shapes(tmp_path: Path) -> None:
    found = inspect_model(saved(classifier(), tmp_path))
    assert found.inputs == (GraphValue("image", "float32", (None, 3, SIDE, SIDE)),)
    assert found.outputs == (GraphValue("scores0", "float32", (None, 4)),)
    assert found.softmaxed == frozenset()


@pytest.mark.parametrize(("tail", "output"), [(("Softmax",), "scores1"), (("Softmax", "Identity"), "scores2")])
def test_what_comes_out_of_a_softmax_is_told(tmp_path: Path, tail: tuple[str, ...], output: str) -> None:
    assert inspect_model(saved(classifier(tail=tail), tmp_path)).softmaxed == {output}


def test_weights_that_are_listed_as_inputs_are_none(tmp_path: Path) -> None:
    model = classifier()
    model.graph.input.append(helper.make_tensor_value_info("weights", TensorProto.FLOAT, [3, 4]))
    assert [value.name for value in inspect_model(saved(model, tmp_path)).inputs] == ["image"]


@pytest.mark.parametrize("content", [b"", b"not a model", b"\x08\x08" * 40, b"PK\x03\x04 a torch file"])
def test_what_is_no_onnx_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(RefusedModel, match="this is no ONNX file"):
        inspect_model(path)


@pytest.mark.parametrize("place", ["/etc/passwd", "../../secret", "weights.bin", ""])
def test_weights_in_another_file_are_refused_and_the_file_is_not_opened(tmp_path: Path, place: str) -> None:
    with pytest.raises(RefusedModel, match="the weights of 'weights' lie in another file"):
        inspect_model(saved(with_external_weights(place), tmp_path))


def test_weights_in_another_file_are_found_in_constants_of_inner_graphs(tmp_path: Path) -> None:
    outside = with_external_weights("weights.bin").graph.initializer[0]
    inner = helper.make_graph(
        [helper.make_node("Constant", [], ["inner"], value=outside)],
        "inner",
        [],
        [helper.make_tensor_value_info("inner", TensorProto.FLOAT, [3, 4])],
    )
    yes = helper.make_node("Constant", [], ["yes"], value=helper.make_tensor("yes", TensorProto.BOOL, [], [True]))
    branch = helper.make_node("If", ["yes"], ["scores"], then_branch=inner, else_branch=inner)
    model = graph([yes, branch], ["batch", 3, SIDE, SIDE], TensorProto.FLOAT, [("scores", [3, 4])])
    with pytest.raises(RefusedModel, match="lie in another file"):
        inspect_model(saved(model, tmp_path))


@pytest.mark.parametrize(
    ("operator", "domain", "why"),
    [
        ("Frobnicate", "", "there is no operator 'Frobnicate' in ONNX"),
        ("Frobnicate", "com.stranger", "'Frobnicate' of 'com.stranger' is not part of ONNX Runtime"),
        ("EPContext", "com.microsoft", "'EPContext' of 'com.microsoft' is not part of ONNX Runtime"),
    ],
)
def test_an_operator_that_is_not_there_is_named(tmp_path: Path, operator: str, domain: str, why: str) -> None:
    with pytest.raises(RefusedModel, match=why):
        inspect_model(saved(classifier(tail=(operator,), domain=domain), tmp_path))

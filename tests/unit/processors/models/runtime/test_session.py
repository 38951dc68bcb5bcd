"""Runs of real graphs: bound to a device's memory, and when that memory ends."""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from onnx import helper, numpy_helper

from infra.settings.recognition import ModelSettings
from processors.imaging.decoding.decode import DecodedImage
from processors.imaging.views import Crop
from processors.models.runtime.bound_runs import BoundRuns
from processors.models.runtime.image_graph import ImageGraph
from processors.models.runtime.session import ModelFailed, OnnxSession, OutOfMemory, Tensor, is_out_of_memory
from tests.fakes.detectors import detector_graph
from tests.fakes.models import SIDE, add_colours
from tests.places import ROOT

VIEW = Crop(SIDE, SIDE)


def noise(count: int) -> Tensor:
    return np.random.default_rng(count).normal(size=(count, 3, SIDE, SIDE)).astype(np.float32)


def test_runs_with_bound_memory_give_what_plain_runs_give(tmp_path: Path) -> None:
    session = ort.InferenceSession(add_colours(tmp_path).load("colours", 2).onnx, providers=["CPUExecutionProvider"])
    # The same binding that a GPU gets, to the memory of this machine.
    bound = BoundRuns(session, 0, device_kind="cpu")
    for count in (3, 1, 4, 5, 3, 2, 33):
        planes = noise(count)
        expected = session.run(["logits", "pooled"], {"planes": planes})
        told = bound.run({"planes": planes}, ["logits", "pooled"])
        for one, other in zip(expected, told, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-5)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["pad", "convolve", "most", "mean", "halve", "relu", "scale", "shift", "turn"]),
        st.sampled_from([(0, 0), (1, 0), (2, 1)]),
        st.sampled_from([0.0, -1.5, 2.0]),
    ),
    min_size=1,
    max_size=6,
)


@settings(deadline=None, max_examples=60)
@example(steps=[("pad", (1, 0), 0.0), ("most", (0, 0), 0.0)], seed=1)
@given(steps=STEPS, seed=st.integers(0, 1000))
def test_optimizers_do_not_change_what_a_model_answers(steps: list[tuple[str, Any, float]], seed: int) -> None:
    model = chain(steps, np.random.default_rng(seed)).SerializeToString()
    plain = ort.SessionOptions()
    plain.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    pixels = np.random.default_rng(seed).normal(size=(2, 3, 12, 12)).astype(np.float32) - 1
    [expected] = ort.InferenceSession(model, plain, providers=["CPUExecutionProvider"]).run(None, {"x": pixels})
    with TemporaryDirectory() as folder:
        path = Path(folder) / "chain.onnx"
        path.write_bytes(model)
        [given] = OnnxSession(path).run({"x": pixels}, ["y"])
    np.testing.assert_allclose(given, expected, rtol=1e-3, atol=1e-3)


def chain(steps: list[tuple[str, Any, float]], random: np.random.Generator) -> onnx.ModelProto:
    """Return a model of these steps, one after the other, on pictures of three colours."""
    nodes: list[onnx.NodeProto] = []
    constants: list[onnx.TensorProto] = []

    def constant(values: Any, dtype: Any = np.float32) -> str:
        constants.append(numpy_helper.from_array(np.array(values, dtype), f"c{len(constants)}"))
        return constants[-1].name

    for number, (kind, (before, after), filler) in enumerate(steps):
        value, pads = f"v{number - 1}" if number else "x", [before, before, after, after]
        inputs: list[str]
        match kind:
            case "pad":
                op, inputs, more = "Pad", [constant([0, 0, *pads[:2], 0, 0, *pads[2:]], np.int64), constant(filler)], {}
            case "convolve":
                weights = constant(random.normal(size=(3, 3, 2, 2)))
                op, inputs, more = "Conv", [weights, constant(random.normal(size=3))], {"pads": pads}
            case "most":
                op, inputs, more = "MaxPool", [], {"kernel_shape": [3, 3], "pads": pads}
            case "mean" | "halve":
                counted = {"count_include_pad": int(kind == "halve")}
                op, inputs, more = "AveragePool", [], {"kernel_shape": [3, 3], "pads": pads, **counted}
            case "relu":
                op, inputs, more = "Relu", [], {}
            case "turn":
                op, inputs, more = "Transpose", [], {"perm": [0, 1, 3, 2]}
            case _:
                numbers = constant(random.normal(size=(1, 3, 1, 1)))
                op, inputs, more = "Mul" if kind == "scale" else "Add", [numbers], {}
        nodes.append(helper.make_node(op, [value, *inputs], [f"v{number}"], **more))
    nodes.append(helper.make_node("Identity", [f"v{len(steps) - 1}"], ["y"]))
    x = helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, ["n", 3, 12, 12])
    y = helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, None)
    graph = helper.make_graph(nodes, "chain", [x], [y], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def test_boxes_that_do_not_begin_with_the_image_are_all_given_back(tmp_path: Path) -> None:
    (tmp_path / "finder.onnx").write_bytes(detector_graph({"boxes": [[1, 2, 3, 4]] * 3}, batched=False))
    session = ort.InferenceSession(tmp_path / "finder.onnx", providers=["CPUExecutionProvider"])
    [boxes] = BoundRuns(session, 0, device_kind="cpu").run({"x": np.ones((1, 3, 64, 64), np.float32)}, ["boxes"])
    assert boxes.tolist() == [[1, 2, 3, 4]] * 3


def test_what_was_bound_before_does_not_show_in_a_later_answer(tmp_path: Path) -> None:
    session = ort.InferenceSession(add_colours(tmp_path).load("colours", 2).onnx, providers=["CPUExecutionProvider"])
    bound = BoundRuns(session, 0, device_kind="cpu")
    bright = np.full((4, 3, SIDE, SIDE), 9, np.float32)
    kept = bound.run({"planes": bright}, ["logits"])[0]
    assert bound.run({"planes": bright[:3] * 0}, ["logits"])[0].tolist() == [[0.0] * 3] * 3
    assert kept.tolist() == [[9.0] * 3] * 4


class SmallDevice(OnnxSession):
    """A real session on a device whose memory takes two images."""

    largest = 2

    def run(self, inputs: dict[str, Tensor], outputs: list[str]) -> list[Tensor]:
        self.tried = [*getattr(self, "tried", []), len(inputs["planes"])]
        if len(inputs["planes"]) > self.largest:
            raise OutOfMemory("RuntimeException")
        return super().run(inputs, outputs)


def images(count: int) -> list[DecodedImage]:
    random = np.random.default_rng(count)
    arrays = [random.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8) for _ in range(count)]
    return [DecodedImage({VIEW: pixels}, SIDE, SIDE, "PNG") for pixels in arrays]


def test_a_batch_that_does_not_fit_into_memory_is_halved_and_later_ones_are_small(tmp_path: Path) -> None:
    files = add_colours(tmp_path).load("colours", 2)
    small = SmallDevice(files.onnx)
    graph, whole = ImageGraph(files.card, small), ImageGraph(files.card, OnnxSession(files.onnx))
    for count in (7, 8):
        given, expected = graph.run(images(count), ["logits"]), whole.run(images(count), ["logits"])
        np.testing.assert_allclose(given["logits"], expected["logits"], rtol=1e-5)
    assert small.tried[:3] == [7, 3, 1]
    assert max(small.tried[-4:]) <= small.largest


def test_one_image_that_does_not_fit_is_an_error(tmp_path: Path) -> None:
    files = add_colours(tmp_path).load("colours", 2)
    device = SmallDevice(files.onnx)
    device.largest = 0
    with pytest.raises(OutOfMemory):
        ImageGraph(files.card, device).run(images(2), ["logits"])


def test_a_real_runtime_whose_memory_ends_answers_in_halves(tmp_path: Path) -> None:
    """The runtime's own arena is limited, which it only does for a whole process."""
    program = ROOT / "tests" / "fakes" / "limited_runtime.py"
    done = subprocess.run([sys.executable, program, tmp_path], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "out_of_memory" in done.stdout
    assert done.stdout.endswith("16 answered alike\n")


def test_other_errors_of_the_runtime_are_not_taken_for_a_lack_of_memory(tmp_path: Path) -> None:
    session = OnnxSession(add_colours(tmp_path).load("colours", 2).onnx, ModelSettings(provider="cpu"))
    with pytest.raises(ModelFailed) as failed:
        session.run({"planes": np.zeros((1, 3, SIDE, SIDE + 1), np.float32)}, ["logits"])
    assert not isinstance(failed.value, OutOfMemory)
    assert is_out_of_memory(RuntimeError("CUDA failure 2: out of memory ; GPU=0"))

"""The default model: built from its package, the same each time, and right."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx.reference import ReferenceEvaluator

from infra.errors import ConfigurationError
from infra.settings import ModelSettings, Settings
from processors.models import default
from processors.models.classifier import Classifier
from processors.models.default import distinct_names, write_default_model
from processors.models.efficientnet_lite0 import projection
from processors.models.repository import ModelFiles, ModelRepository
from processors.models.session import OnnxSession
from processors.pipeline import LoadedPipeline
from schemas.images import DEFAULT_FEATURES
from schemas.results import LabelsAnswer

OUTPUTS = ["probabilities", "embedding"]


@pytest.fixture(scope="module")
def session(default_files: ModelFiles) -> OnnxSession:
    return OnnxSession(default_files.onnx)


@pytest.fixture(scope="module")
def batch(default_files: ModelFiles, session: OnnxSession, pipeline: LoadedPipeline, pictures: Path) -> np.ndarray:
    """Eight real pictures, two of them twice, as the model takes them."""
    files = sorted(pictures.glob("*.jpg"))
    decoded = [pipeline.decode(path.read_bytes()) for path in [*files, *files][:8]]
    return Classifier(default_files, session, ModelSettings()).tensor(decoded)


def test_the_same_model_is_built_twice(tmp_path: Path, default_files: ModelFiles) -> None:
    write_default_model(tmp_path)
    for path in default_files.onnx.parent.iterdir():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name


def test_there_are_a_thousand_labels_and_no_two_are_alike(default_files: ModelFiles) -> None:
    assert len(default_files.labels) == len(set(default_files.labels)) == 1000
    assert all(label.strip() == label != "" for label in default_files.labels)


def test_classes_of_one_name_get_their_plainer_ones() -> None:
    names = ["crane, machine", "tabby, cat", "crane, bird"]
    assert distinct_names(names, ["crane machine", "tabby cat", "crane bird"]) == [
        "crane machine",
        "tabby",
        "crane bird",
    ]


def test_other_weights_than_the_measured_ones_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(default, "WEIGHTS_SHA256", "0" * 64)
    with pytest.raises(ConfigurationError, match=f"expected sha256 {'0' * 64}, found 5793442"):
        default.add_default_model(ModelRepository(tmp_path))
    assert list(tmp_path.rglob("*.onnx")) == []


def test_a_picture_gets_the_same_answer_alone_and_in_a_batch(session: OnnxSession, batch: np.ndarray) -> None:
    together = session.run({"pixels": batch}, OUTPUTS)
    for at in range(len(batch)):
        alone = session.run({"pixels": batch[at : at + 1]}, OUTPUTS)
        for one, all_of_them in zip(alone, together, strict=True):
            assert np.abs(one[0] - all_of_them[at]).max() < 1e-4


def test_the_runtime_agrees_with_onnx_own_reference(
    session: OnnxSession, batch: np.ndarray, default_files: ModelFiles
) -> None:
    # On a quarter of the side, a sixteenth of the work: the graph is convolutional, and the reference is slow.
    model = onnx.load(default_files.onnx)
    small = batch[:1, 80:144, 80:144]
    expected = ReferenceEvaluator(model).run(OUTPUTS, {"pixels": small})
    model.graph.input[0].type.tensor_type.shape.dim[1].dim_param = "height"
    model.graph.input[0].type.tensor_type.shape.dim[2].dim_param = "width"
    path = default_files.onnx.parent.parent / "any-size.onnx"
    onnx.save(model, path)
    for ours, theirs in zip(OnnxSession(path).run({"pixels": small}, OUTPUTS), expected, strict=True):
        assert np.abs(ours - theirs).max() < 1e-4


def test_probabilities_add_up_and_embeddings_have_length_one(session: OnnxSession, batch: np.ndarray) -> None:
    probabilities, embeddings = session.run({"pixels": batch}, OUTPUTS)
    assert np.abs(probabilities.sum(axis=1) - 1).max() < 1e-5
    assert np.abs(np.linalg.norm(embeddings, axis=1) - 1).max() < 1e-5


def test_the_sign_of_the_projection_does_not_depend_on_the_machine() -> None:
    classifier = np.random.default_rng(7).normal(size=(300, 280))
    # A mirrored basis of the classes changes the left vectors alone; a solver may then flip the right ones.
    mirrored = classifier * np.where(np.arange(300) % 2, -1, 1)[:, None]
    basis = projection(classifier)
    assert np.abs(basis - projection(mirrored)).max() < 1e-6
    largest = np.abs(basis).argmax(axis=0)
    assert (basis[largest, np.arange(basis.shape[1])] > 0).all()


def test_the_model_knows_what_the_pictures_show(pipeline: LoadedPipeline, pictures: Path) -> None:
    seen = {}
    for name in ("chelsea.jpg", "coffee.jpg", "rocket.jpg"):
        image = pipeline.decode((pictures / name).read_bytes())
        answer = pipeline.answer([image], [DEFAULT_FEATURES])[0].labels
        assert isinstance(answer, LabelsAnswer)
        seen[name] = {label.name for label in answer.labels[:3]}
    assert seen["chelsea.jpg"] & {"tabby", "tiger cat", "Egyptian cat"}
    assert seen["coffee.jpg"] & {"espresso", "cup"}
    assert seen["rocket.jpg"] & {"missile", "projectile"}


def test_processes_that_add_the_model_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from processors.models.default import add_default_model;"
        "from processors.models.repository import ModelRepository;"
        "r = ModelRepository(Path(sys.argv[1])); add_default_model(r); print(len(r.load('lite0', 1).labels))"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    outputs = [process.communicate(timeout=120)[0] for process in started]
    assert outputs == ["1000\n", "1000\n"]
    assert [path.name for path in (tmp_path / "lite0").iterdir()] == ["1"]
    assert ModelRepository(tmp_path).load("lite0", 1).card.id == "lite0@1"


def test_the_model_lies_where_the_settings_say(settings: Settings, default_files: ModelFiles) -> None:
    assert default_files.onnx == settings.cache / "models" / "lite0" / "1" / "model.onnx"

"""The default model: the same bytes everywhere, and it knows a cat from a cup of coffee."""

import base64
import hashlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from infra.errors import ConfigurationError
from infra.settings.recognition import ModelSettings
from processors.imaging.decoding.decode import DecodedImage
from processors.models.default.install import MODEL_SHA256, add_default_model, distinct_names
from processors.models.default.shipped import shipped_models
from processors.models.repository.repository import ModelFiles, ModelRepository
from processors.models.runtime.session import OnnxSession
from processors.models.tasks.classifier import Classifier
from schemas.answers import EmbeddingAnswer
from schemas.images import Feature
from schemas.records.pipelines import BUILT_IN_MODELS, DEFAULT_PIPELINE, STANDARD_2
from tests.fakes.models import run

KNOWN = {"chelsea": "cat", "coffee": "espresso", "rocket": "missile", "camera": "tripod"}


def vector(answer: EmbeddingAnswer | None) -> np.ndarray:
    assert answer is not None
    return np.frombuffer(base64.b64decode(answer.values), np.int8).astype(np.float32) / 127


def test_the_default_pipeline_names_only_what_comes_with_vedette_and_answers_everything() -> None:
    assert set(DEFAULT_PIPELINE.models) == set(Feature)
    assert set(DEFAULT_PIPELINE.models.values()) < shipped_models().keys() | BUILT_IN_MODELS


def test_the_pipeline_before_answers_as_it_did(default_files: ModelFiles) -> None:
    assert default_files.card.id == "lite0@1"
    assert {feature.value: model for feature, model in STANDARD_2.models.items()} == {
        "labels": "lite0@1",
        "embedding": "lite0@1",
        "properties": "properties@1",
        "hash": "phash@1",
    }
    unchanged = STANDARD_2.models.keys() - {Feature.LABELS}
    assert all(DEFAULT_PIPELINE.models[feature] == STANDARD_2.models[feature] for feature in unchanged)


def test_it_has_a_thousand_different_labels(default_files: ModelFiles) -> None:
    assert len(set(default_files.labels)) == len(default_files.labels) == 1000
    assert default_files.labels[0] == "tench"
    assert default_files.labels[999] == "toilet tissue"


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_it_recognises_the_bundled_pictures(
    default_classifier: Classifier, pictures: dict[str, DecodedImage], name: str
) -> None:
    [(labels, _)] = run(default_classifier, [pictures[name]])
    assert KNOWN[name] in labels.labels[0].name


def test_a_picture_is_answered_alike_alone_and_in_a_batch(
    default_files: ModelFiles, pictures: dict[str, DecodedImage], noise: list[DecodedImage]
) -> None:
    session = OnnxSession(default_files.onnx)
    images, view = [*pictures.values(), *noise][:8], default_files.card.input.view
    outputs = ["probabilities", "embedding"]
    together = session.run({"pixels": np.stack([image.views[view] for image in images])}, outputs)
    for at, image in enumerate(images):
        alone = session.run({"pixels": image.views[view][None]}, outputs)
        for one, all_at_once in zip(alone, together, strict=True):
            assert np.abs(one[0] - all_at_once[at]).max() < 1e-4


def test_runs_side_by_side_agree(default_files: ModelFiles, pictures: dict[str, DecodedImage]) -> None:
    classifier = Classifier(default_files, OnnxSession(default_files.onnx), ModelSettings())
    images = list(pictures.values())
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(partial(run, classifier), [images] * 8))
    assert all(answer == answers[0] for answer in answers)


def test_probabilities_sum_to_one_and_the_embedding_has_length_one(
    default_files: ModelFiles, noise: list[DecodedImage]
) -> None:
    pixels = np.stack([image.views[default_files.card.input.view] for image in noise])
    probabilities, embedding = OnnxSession(default_files.onnx).run({"pixels": pixels}, ["probabilities", "embedding"])
    assert probabilities.sum(1) == pytest.approx(1, abs=1e-4)
    assert np.linalg.norm(embedding, axis=1) == pytest.approx(1, abs=1e-4)


def test_the_embedding_finds_the_mirrored_picture(
    default_classifier: Classifier, pictures: dict[str, DecodedImage]
) -> None:
    cat, view = pictures["chelsea"], default_classifier.view
    mirrored = DecodedImage({view: np.ascontiguousarray(cat.views[view][:, ::-1])}, cat.width, cat.height, cat.format)
    wanted = vector(run(default_classifier, [mirrored])[0][1])
    answers = run(default_classifier, list(pictures.values()))
    likeness = {name: float(vector(answer[1]) @ wanted) for name, answer in zip(pictures, answers, strict=True)}
    assert max(likeness, key=lambda name: likeness[name]) == "chelsea"
    assert likeness["chelsea"] > 0.9


def test_it_is_built_of_the_same_bytes_whatever_the_processor(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib; from processors.models.default.install import write_default_model; "
        "write_default_model(pathlib.Path(sys.argv[1]))"
    )
    older_processor = os.environ | {"OPENBLAS_CORETYPE": "Nehalem", "OPENBLAS_NUM_THREADS": "1"}
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], env=older_processor, check=True, timeout=120)
    assert hashlib.sha256((tmp_path / "model.onnx").read_bytes()).hexdigest() == MODEL_SHA256


def test_adding_it_again_leaves_it_as_it_is(default_files: ModelFiles) -> None:
    folder = default_files.onnx.parent
    before = default_files.onnx.stat()
    add_default_model(ModelRepository(folder.parents[1]))
    assert default_files.onnx.stat() == before
    assert {path.name for path in folder.parent.iterdir()} == {"1"}


def test_two_processes_may_build_it_at_once(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib; from processors.models.default.install import add_default_model; "
        "from processors.models.repository.repository import ModelRepository; "
        "add_default_model(ModelRepository(pathlib.Path(sys.argv[1])))"
    )
    one_thread = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    builders = [subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], env=one_thread) for _ in range(2)]
    assert [builder.wait(timeout=120) for builder in builders] == [0, 0]
    assert ModelRepository(tmp_path).load("lite0", 1).card.sha256 == MODEL_SHA256
    assert [path.name for path in (tmp_path / "lite0").iterdir()] == ["1"]


def test_an_altered_model_is_refused(default_files: ModelFiles, tmp_path: Path) -> None:
    folder = tmp_path / "lite0" / "1"
    folder.mkdir(parents=True)
    for path in default_files.onnx.parent.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    with (folder / "model.onnx").open("r+b") as file:
        file.seek(10_000)
        file.write(b"\xff\xff\xff\xff")
    with pytest.raises(
        ConfigurationError, match=rf"model\.onnx .* expected sha256 {MODEL_SHA256}, found [0-9a-f]{{64}}"
    ):
        ModelRepository(tmp_path).load("lite0", 1)


def test_classes_that_share_their_first_name_get_their_plainer_ones() -> None:
    assert distinct_names(["crane", "crane, fly", "hen"], ["crane bird", "construction crane", "chicken"]) == [
        "crane bird",
        "construction crane",
        "hen",
    ]

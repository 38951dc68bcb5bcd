"""A model is run by its card alone; what does not fit together is refused when it is loaded."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from infra.errors import ConfigurationError
from infra.settings import ModelSettings
from processors.imaging.decode import DecodedImage
from processors.models.card import CardInput, CardOutputs
from processors.models.classifier import Classifier
from processors.models.repository import ModelFiles, ModelRepository
from processors.models.session import ModelFailed, OnnxSession
from schemas.results import EmbeddingAnswer, FailedFeature, LabelsAnswer
from tests.fakes.models import COLOURS, SIDE, add_colours, colour_card, colour_model

BLUE, RED, BLACK = (0, 0, 255), (255, 0, 0), (0, 0, 0)


def plain(colour: tuple[int, int, int], side: int = SIDE) -> DecodedImage:
    pixels = np.zeros((side, side, 3), np.uint8)
    pixels[:] = colour
    return DecodedImage(pixels, side, side, "PNG")


def classifier(repository: ModelRepository, name: str = "colours", version: int = 2) -> Classifier:
    files = repository.load(name, version)
    return Classifier(files, OnnxSession(files.onnx), ModelSettings(max_labels=2, min_confidence=0))


def test_another_model_works_by_its_card_alone(tmp_path: Path) -> None:
    answers = classifier(add_colours(tmp_path)).run([plain(BLUE), plain(RED)])
    assert [answer[0].labels[0].name for answer in answers if isinstance(answer[0], LabelsAnswer)] == ["blue", "red"]


def test_pixels_are_normalised_as_the_card_says_and_logits_become_probabilities(tmp_path: Path) -> None:
    ((labels, embedding),) = classifier(add_colours(tmp_path)).run([plain((80, 70, 60))])
    # Channels as the model sees them: blue, green, red.
    logits = np.array([(60 - 10) / 50, (70 - 20) / 60, (80 - 30) / 70])
    expected = np.exp(logits) / np.exp(logits).sum()
    assert isinstance(labels, LabelsAnswer)
    assert [label.name for label in labels.labels] == ["blue", "green"]
    assert [label.confidence for label in labels.labels] == pytest.approx(expected[:2], abs=1e-5)
    assert labels.model == "colours@2"
    assert isinstance(embedding, EmbeddingAnswer)
    assert embedding.dimensions == 3


def test_a_model_without_an_embedding_gives_none(tmp_path: Path) -> None:
    repository = add_colours(tmp_path, outputs=CardOutputs(logits="logits"))
    ((_, embedding),) = classifier(repository).run([plain(RED)])
    assert embedding is None


def test_numbers_that_are_none_cost_only_their_own_image(tmp_path: Path) -> None:
    # The blank image that is tried at loading has means of 0: their logarithm is infinite, which is no number either.
    fitting = {"mean": (0.0, 0.0, 0.0), "deviation": (1.0, 1.0, 1.0)}
    card_input = colour_card(b"").input.model_copy(update=fitting)
    model = classifier(add_colours(tmp_path, model=colour_model("Log"), input=card_input))
    good, bad = model.run([plain((1, 2, 3)), plain(BLACK)])
    assert isinstance(good[0], LabelsAnswer)
    assert isinstance(good[1], EmbeddingAnswer)
    for failed in bad:
        assert isinstance(failed, FailedFeature)
        assert failed.error.code == "model_failed"


def test_a_batch_that_the_model_does_not_take_is_a_failure_without_the_runtimes_words(tmp_path: Path) -> None:
    model = classifier(add_colours(tmp_path))
    with pytest.raises(ModelFailed, match=r"^InvalidArgument$"):
        model.run([plain(RED, side=SIDE + 1)])


@pytest.mark.parametrize("names", [COLOURS[:2], (*COLOURS, "mauve"), ()])
def test_a_label_file_of_another_length_is_refused(tmp_path: Path, names: tuple[str, ...]) -> None:
    with pytest.raises(ConfigurationError, match=r"names.txt holds \d labels, but output logits has shape \[1, 3\]"):
        classifier(add_colours(tmp_path, names=names))


@pytest.mark.parametrize(
    "changes",
    [
        {"outputs": CardOutputs(logits="scores")},
        {"outputs": CardOutputs(logits="logits", embedding="features")},
        {"input": colour_card(b"").input.model_copy(update={"name": "pixels"})},
        {"input": colour_card(b"").input.model_copy(update={"layout": "NHWC"})},
        {"input": CardInput(name="planes", layout="NCHW", dtype="uint8", resize_shorter_side=SIDE, crop=SIDE)},
        {"input": colour_card(b"").input.model_copy(update={"resize_shorter_side": 16, "crop": 16})},
    ],
)
def test_a_card_that_does_not_fit_its_model_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="model colours@2 does not run as its card says"):
        classifier(add_colours(tmp_path, **changes))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"outputs": CardOutputs(embedding="pooled")}, "a classifier needs labels, and an output for probabilities"),
        ({"labels": None}, "a classifier needs labels, and an output for probabilities"),
        ({"task": "embedding", "outputs": CardOutputs()}, "an embedding model needs an output"),
        ({"labels": "../names.txt"}, "labels: must name a file in the model's own folder"),
        ({"name": "Bad Name"}, "name: String should match pattern"),
        ({"input": colour_card(b"").input.model_copy(update={"crop": 16})}, "input: crop must not be larger"),
        ({"input": colour_card(b"").input.model_copy(update={"dtype": "uint8"})}, "input: mean and deviation need"),
        ({"input": colour_card(b"").input.model_copy(update={"deviation": (1.0, 0.0, 1.0)})}, "input.deviation.1: "),
        (
            {"outputs": CardOutputs(logits="logits").model_copy(update={"probabilities": "logits"})},
            "outputs: name probabilities or logits, not both",
        ),
    ],
)
def test_a_card_that_contradicts_itself_is_refused_with_the_field_named(
    tmp_path: Path, changes: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        add_colours(tmp_path, **changes).load("colours", 2)
    assert problem in str(refused.value)
    assert str(tmp_path / "colours" / "2" / "card.yaml") in str(refused.value)


def test_a_card_that_is_no_yaml_is_refused(tmp_path: Path) -> None:
    repository = add_colours(tmp_path)
    (tmp_path / "colours" / "2" / "card.yaml").write_text("name: [")
    with pytest.raises(ConfigurationError, match="is not YAML"):
        repository.load("colours", 2)


def test_an_embedding_model_cannot_answer_labels(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="has task embedding: labels need a classification model"):
        classifier(add_colours(tmp_path, task="embedding"))


def test_a_file_that_is_no_onnx_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"model.onnx cannot be loaded by ONNX Runtime \(\w+\)"):
        classifier(add_colours(tmp_path, model=b"not a model"))


def test_the_default_model_takes_what_the_runtime_wants(default_files: ModelFiles) -> None:
    model = Classifier(default_files, OnnxSession(default_files.onnx), ModelSettings())
    tensor = model.tensor([plain(RED, 224)] * 2)
    assert (tensor.shape, tensor.dtype, tensor.flags["C_CONTIGUOUS"]) == ((2, 224, 224, 3), np.uint8, True)

"""Every feature has its own place: an answer, or an error that costs no other."""

import json
from pathlib import Path

import numpy as np
import pytest
import structlog

from infra.errors import ConfigurationError
from infra.settings.recognition import ModelSettings
from processors.imaging.decoding.decode import DecodedImage
from processors.imaging.decoding.decoder import Decoder
from processors.imaging.views import THUMBNAIL, Crop, Pixels
from processors.models.computed import COMPUTED, ComputedFeature
from processors.models.feature_model import FeatureRequest
from processors.models.runtime.session import ModelFailed, OnnxSession, Tensor
from processors.models.tasks.classifier import Classifier
from processors.pipelines.loaded import LoadedPipeline
from schemas.answers import EmbeddingAnswer, FailedFeature, HashAnswer, LabelsAnswer, PropertiesAnswer
from schemas.images import Feature
from schemas.records.pipelines import STANDARD_2, PipelineSpec
from tests.fakes.models import SIDE, add_colours, colour_card, colour_model
from tests.fakes.pictures import encoded, scene

VIEW = Crop(SIDE, SIDE)


def even(*colour: int) -> DecodedImage:
    """An image of one colour, as the model and whoever needs a thumbnail see it."""
    pixels = np.full((SIDE, SIDE, 3), colour, np.uint8)
    return DecodedImage({VIEW: pixels, THUMBNAIL: pixels}, SIDE, SIDE, "PNG")


BLANK = even(9, 9, 9)


def asking(*features: Feature) -> FeatureRequest:
    return FeatureRequest(features)


def standard(classifier: Classifier, description: PipelineSpec = STANDARD_2) -> LoadedPipeline:
    """The pipeline standard@2, the classifier in place of its model."""
    models = {"lite0@1": classifier, "colours@2": classifier, **COMPUTED}
    return LoadedPipeline(description, models, Decoder(1_000_000, None))


class CountingSession(OnnxSession):
    """A real session that counts images, and fails as a full GPU does once it is told to."""

    def __init__(self, onnx: Path) -> None:
        super().__init__(onnx)
        self.batches: list[int] = []
        self.broken = False

    def run(self, inputs: dict[str, Tensor], outputs: list[str]) -> list[Tensor]:
        if self.broken:
            raise ModelFailed("RuntimeException")
        self.batches.append(len(inputs["planes"]))
        return super().run(inputs, outputs)


@pytest.fixture
def session(tmp_path: Path) -> CountingSession:
    return CountingSession(add_colours(tmp_path).load("colours", 2).onnx)


@pytest.fixture
def colours(tmp_path: Path, session: CountingSession) -> LoadedPipeline:
    classifier = Classifier(add_colours(tmp_path).load("colours", 2), session, ModelSettings())
    session.batches.clear()
    return standard(classifier)


def test_only_what_was_asked_for_stands_in_an_answer(colours: LoadedPipeline) -> None:
    labels, embedding, both = colours.answer(
        [BLANK] * 3, [asking(Feature.LABELS), asking(Feature.EMBEDDING), asking(Feature.EMBEDDING, Feature.LABELS)]
    )
    assert isinstance(labels.labels, LabelsAnswer)
    assert labels.embedding is None
    assert isinstance(embedding.embedding, EmbeddingAnswer)
    assert embedding.labels is None
    assert both.answered() == {Feature.LABELS, Feature.EMBEDDING}


def test_what_needs_no_model_runs_none(colours: LoadedPipeline, session: CountingSession) -> None:
    (answer,) = colours.answer([BLANK], [asking(Feature.OBJECTS)])
    assert answer.answered() == {Feature.OBJECTS}
    assert isinstance(answer.objects, FailedFeature)
    assert session.batches == []


def test_only_the_images_that_need_the_model_are_run_and_each_gets_its_own_answer(
    colours: LoadedPipeline, session: CountingSession
) -> None:
    asked = [asking(Feature.TEXT), asking(Feature.LABELS), asking(Feature.HASH, Feature.LABELS)]
    text, plain, coloured = colours.answer([BLANK, BLANK, even(255, 0, 0)], asked)
    assert session.batches == [2]
    assert text.answered() == {Feature.TEXT}
    assert isinstance(plain.labels, LabelsAnswer)
    assert isinstance(coloured.labels, LabelsAnswer)
    assert coloured.labels.labels[0].name == "red"
    assert plain.labels != coloured.labels


def test_a_model_that_fails_costs_only_its_own_features(colours: LoadedPipeline, session: CountingSession) -> None:
    session.broken = True
    with structlog.testing.capture_logs() as logged:
        (answer,) = colours.answer([BLANK], [asking(Feature.LABELS, Feature.EMBEDDING, Feature.TEXT)])
    for feature in (answer.labels, answer.embedding):
        assert isinstance(feature, FailedFeature)
        assert (feature.model, feature.error.code) == ("colours@2", "model_failed")
        assert feature.error.message == "the model failed: RuntimeException"
    assert isinstance(answer.text, FailedFeature)
    assert answer.text.error.code == "not_installed"
    assert [(entry["event"], entry["model"]) for entry in logged] == [("model_failed", "colours@2")]


def test_what_is_computed_stands_beside_what_models_answer(colours: LoadedPipeline) -> None:
    asked = (Feature.LABELS, Feature.PROPERTIES, Feature.HASH)
    (answer,) = colours.answer([colours.decode(encoded(scene(64, 48), "PNG"), asked)], [asking(*asked)])
    assert isinstance(answer.labels, LabelsAnswer)
    assert isinstance(answer.properties, PropertiesAnswer)
    assert isinstance(answer.hash, HashAnswer)
    assert (answer.properties.model, answer.hash.model) == ("properties@1", "phash@1")


def test_labels_and_embedding_are_decoded_without_a_thumbnail(colours: LoadedPipeline) -> None:
    data = encoded(scene(64, 48), "PNG")
    assert set(colours.decode(data).views) == {VIEW}
    assert set(colours.decode(data, (Feature.LABELS, Feature.HASH)).views) == {VIEW, THUMBNAIL}


def test_a_computation_that_fails_costs_only_its_own_feature(tmp_path: Path, session: CountingSession) -> None:
    def divide(_pixels: Pixels) -> HashAnswer:
        raise ZeroDivisionError

    classifier = Classifier(add_colours(tmp_path).load("colours", 2), session, ModelSettings())
    models = {"lite0@1": classifier, **COMPUTED, "phash@1": ComputedFeature("phash@1", Feature.HASH, divide)}
    pipeline = LoadedPipeline(STANDARD_2, models, Decoder(1_000_000, None))
    with structlog.testing.capture_logs() as logged:
        (answer,) = pipeline.answer([BLANK], [asking(Feature.LABELS, Feature.HASH)])
    assert isinstance(answer.labels, LabelsAnswer)
    assert isinstance(answer.hash, FailedFeature)
    assert (answer.hash.model, answer.hash.error.code) == ("phash@1", "model_failed")
    assert [(entry["event"], entry["model"]) for entry in logged] == [("feature_failed", "phash@1")]


def test_a_model_that_cannot_answer_what_it_is_there_for_is_refused(tmp_path: Path, session: CountingSession) -> None:
    classifier = Classifier(add_colours(tmp_path).load("colours", 2), session, ModelSettings())
    wrong = PipelineSpec(name="wrong", version=1, models={Feature.TEXT: "colours@2"})
    with pytest.raises(ConfigurationError, match="pipeline wrong@1: colours@2 does not answer text"):
        standard(classifier, wrong)


def test_an_older_pipeline_still_answers_what_it_did(tmp_path: Path, session: CountingSession) -> None:
    classifier = Classifier(add_colours(tmp_path / "older").load("colours", 2), session, ModelSettings())
    older = PipelineSpec(name="standard", version=1, models={Feature.LABELS: "colours@2"})
    pipeline = standard(classifier, older)
    asked = (Feature.LABELS, Feature.HASH)
    (answer,) = pipeline.answer([pipeline.decode(encoded(scene(64, 48), "PNG"), asked)], [asking(*asked)])
    assert isinstance(answer.labels, LabelsAnswer)
    assert isinstance(answer.hash, FailedFeature)
    assert answer.hash.error.code == "not_installed"


def test_an_image_whose_numbers_are_none_costs_no_other_its_labels(tmp_path: Path) -> None:
    # Means of a black image are 0 and their logarithm is infinite, which is no number either.
    plain_input = colour_card(b"").input.model_copy(update={"mean": (0.0,) * 3, "deviation": (1.0,) * 3})
    repository = add_colours(tmp_path / "log", model=colour_model("Log"), input=plain_input)
    files = repository.load("colours", 2)
    session = CountingSession(files.onnx)
    pipeline = standard(Classifier(files, session, ModelSettings()))
    good, bad, last = pipeline.answer([BLANK, even(0, 0, 0), BLANK], [asking(Feature.LABELS)] * 3)
    assert isinstance(good.labels, LabelsAnswer)
    assert isinstance(bad.labels, FailedFeature)
    assert good == last


def test_an_answer_is_plain_json(colours: LoadedPipeline) -> None:
    (answer,) = colours.answer([BLANK], [asking(Feature.LABELS, Feature.EMBEDDING, Feature.PROPERTIES)])
    assert set(json.loads(answer.model_dump_json(exclude_none=True))) == {"labels", "embedding", "properties"}

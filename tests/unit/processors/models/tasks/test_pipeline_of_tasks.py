"""One pipeline of four kinds of models, each with its own view of the same file."""

import pytest
from PIL import Image, ImageDraw, ImageFont

from infra.settings.recognition import ModelSettings
from infra.settings.settings import Settings
from processors.models.feature_model import FeatureRequest
from processors.models.tasks.text_reader import VIEW
from processors.pipelines.loaded import LoadedPipeline, build_pipeline
from schemas.answers import EmbeddingAnswer, LabelsAnswer, ObjectsAnswer, TextAnswer
from schemas.images import Feature, FeatureOptions, ObjectOptions
from schemas.records.pipelines import PipelineSpec
from tests.fakes.detectors import detector_card, detector_graph, load_detector
from tests.fakes.pictures import encoded

ALL = (Feature.LABELS, Feature.EMBEDDING, Feature.OBJECTS, Feature.TEXT)
DESCRIPTION = PipelineSpec(
    name="everything",
    version=1,
    models={
        Feature.LABELS: "lite0@1",
        Feature.EMBEDDING: "lite0@1",
        Feature.OBJECTS: "finder@1",
        Feature.TEXT: "ppocr@1",
    },
)


@pytest.fixture(scope="module")
def everything(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> LoadedPipeline:
    folder = tmp_path_factory.mktemp("models")
    # A picture of 400 x 200 pixels lies in the letterbox of 64 x 64 from 16 above to 48.
    outputs = {"boxes": [[0, 16, 32, 48, 0.9, 1], [32, 16, 64, 32, 0.5, 0]]}
    card = detector_card({"row": ["box", "scores", "class"], "box": "xyxy", "nms": False}, list(outputs))
    load_detector(folder, detector_graph(outputs), card)
    return build_pipeline(settings.model_copy(update={"models": ModelSettings(repository=str(folder))}), DESCRIPTION)


def parcel() -> bytes:
    image = Image.new("RGB", (400, 200), "white")
    ImageDraw.Draw(image).text((60, 60), "Handle with care", font=ImageFont.load_default(size=36), fill="black")
    return encoded(image, "PNG")


def test_every_feature_is_answered_by_its_own_model(everything: LoadedPipeline) -> None:
    options = FeatureOptions(objects=ObjectOptions(include=("car",)))
    image = everything.decode(parcel(), ALL)
    assert len(image.views) == 3
    both, only = everything.answer([image, image], [FeatureRequest(ALL), FeatureRequest([Feature.OBJECTS], options)])
    assert isinstance(both.labels, LabelsAnswer)
    assert isinstance(both.embedding, EmbeddingAnswer)
    assert isinstance(both.text, TextAnswer)
    assert both.text.text == "Handle with care"
    assert isinstance(both.objects, ObjectsAnswer)
    assert [(found.name, found.box.model_dump()) for found in both.objects.objects] == [
        ("car", {"left": 0.0, "top": 0.0, "width": 0.5, "height": 1.0}),
        ("dog", {"left": 0.5, "top": 0.0, "width": 0.5, "height": 0.5}),
    ]
    assert only.answered() == {Feature.OBJECTS}
    assert isinstance(only.objects, ObjectsAnswer)
    assert [found.name for found in only.objects.objects] == ["car"]


def test_only_the_views_that_are_needed_are_made(everything: LoadedPipeline) -> None:
    assert set(everything.decode(parcel(), (Feature.TEXT,)).views) == {VIEW}

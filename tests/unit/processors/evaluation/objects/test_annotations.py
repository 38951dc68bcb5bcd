"""True boxes are read from COCO's files and YOLO's alike, and what is wrong in them is named."""

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from infra.errors import ConfigurationError
from processors.evaluation.objects.annotations import AnnotatedSet, TrueObject, read_annotations
from processors.models.calibration.label_names import LabelNames

NAMES = LabelNames(("person", "traffic light", "cat"))
COCO: dict[str, Any] = {
    "images": [
        {"id": 1, "file_name": "a.png", "width": 40, "height": 20},
        {"id": 2, "file_name": "deep/b.png", "width": 10, "height": 10},
    ],
    "annotations": [
        {"id": 1, "image_id": 1, "category_id": 7, "bbox": [10, 5, 20, 10], "area": 200},
        {"id": 2, "image_id": 1, "category_id": 9, "bbox": [0, 0, 40, 20], "iscrowd": 1},
    ],
    "categories": [{"id": 7, "name": "Traffic_Light"}, {"id": 9, "name": "person"}],
}


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    (folder / "deep").mkdir(parents=True)
    for name in ("a.png", "deep/b.png"):
        Image.new("RGB", (8, 8)).save(folder / name)
    return folder


def read_coco(pictures: Path, content: Any, *, ignore_unknown: bool = False) -> AnnotatedSet:
    file = pictures.parent / "boxes.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return read_annotations(file, pictures, NAMES, ignore_unknown=ignore_unknown)


def read_yolo(pictures: Path, lines: str, classes: str = "cat\nperson\n", name: str = "classes.txt") -> AnnotatedSet:
    labels = pictures.parent / "labels"
    labels.mkdir(exist_ok=True)
    (labels / "a.txt").write_text(lines)
    (labels / name).write_text(classes)
    return read_annotations(labels, pictures, NAMES)


def test_cocos_pixels_become_ratios_and_names_those_of_the_model(pictures: Path) -> None:
    first, second = read_coco(pictures, COCO).pictures
    assert first.objects == (
        TrueObject("traffic light", (0.25, 0.25, 0.75, 0.75)),
        TrueObject("person", (0, 0, 1, 1), crowd=True),
    )
    assert (second.image_id, second.path, second.objects) == ("deep/b.png", pictures / "deep/b.png", ())


@pytest.mark.parametrize(
    ("classes", "name"),
    [
        ("cat\nperson\n", "classes.txt"),
        ("names: [cat, person]\nnc: 2\n", "data.yaml"),
        ("names:\n  0: cat\n  1: person\n", "data.yaml"),
    ],
)
def test_yolos_centres_and_outlines_become_corners(pictures: Path, classes: str, name: str) -> None:
    lines = "1 0.5 0.5 0.5 0.25\n\n0 0.1 0.2 0.3 0.2 0.2 0.6\n"
    first, second = read_yolo(pictures, lines, classes, name).pictures
    assert first.objects == (
        TrueObject("person", (0.25, 0.375, 0.75, 0.625)),
        TrueObject("cat", (0.1, 0.2, 0.3, 0.6)),
    )
    assert second.objects == ()


def changed(part: str, **fields: Any) -> Any:
    return {**COCO, part: [{**COCO[part][0], **fields}, *COCO[part][1:]]}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("{", "boxes.json is not JSON"),
        ({"images": []}, "annotations: Field required"),
        (changed("images", width=0), r"images\.0\.width"),
        (changed("annotations", bbox=[1, 2, 3]), r"annotations\.0\.bbox"),
        (changed("annotations", category_id=8), r"annotations\.0\.category_id: no category is 8"),
        (changed("annotations", image_id=5), "no image with the id 5"),
        (changed("images", file_name="../../secret.png"), "lies outside"),
        (changed("categories", name="unicorn"), "does not know these kinds of objects: unicorn: .*--ignore-unknown"),
        ({**COCO, "annotations": []}, "no object that the model could find"),
    ],
)
def test_what_is_wrong_in_a_coco_file_is_named(pictures: Path, content: Any, why: str) -> None:
    with pytest.raises(ConfigurationError, match=why):
        read_coco(pictures, content)


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ("0 0.5 0.5 0.5\n", "a.txt, line 1: '0 0.5 0.5 0.5': write the class"),
        ("0 0.5 0.5 0.5 0.5\nx 1 1 1 1\n", "a.txt, line 2"),
        ("5 0.5 0.5 0.5 0.5\n", "a.txt, line 1"),
    ],
)
def test_what_is_wrong_in_a_line_of_yolos_is_named(pictures: Path, lines: str, why: str) -> None:
    with pytest.raises(ConfigurationError, match=why):
        read_yolo(pictures, lines)


def test_classes_that_nothing_names_are_an_error(pictures: Path) -> None:
    labels = pictures.parent / "labels"
    labels.mkdir()
    with pytest.raises(ConfigurationError, match=r"no file names the kinds of objects: data\.yaml"):
        read_annotations(labels, pictures, NAMES)
    with pytest.raises(ConfigurationError, match="names: it must list"):
        read_yolo(pictures, "", "names: 3\n", "data.yaml")


def test_kinds_that_the_model_lacks_may_be_left_out(pictures: Path) -> None:
    content = changed("categories", name="unicorn")
    content["annotations"] = [*content["annotations"], {"image_id": 2, "category_id": 9, "bbox": [0, 0, 5, 5]}]
    found = read_coco(pictures, content, ignore_unknown=True)
    assert found.ignored_unknown == 1
    assert [[one.name for one in picture.objects] for picture in found.pictures] == [["person"], ["person"]]

"""A detector made by someone else, added by its card alone: the YOLOX inside the package ddddocr (MIT).

It was trained to find the characters of captchas; here it is shown characters on a photo.
"""

import hashlib
import io
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image, ImageDraw, ImageFont

from infra.settings.recognition import ModelSettings
from processors.imaging.decoding.decode import decode
from processors.models.feature_model import FeatureModel, FeatureRequest
from processors.models.loading import load_model
from processors.models.repository.repository import ModelRepository
from processors.models.tasks.boxes import overlaps
from schemas.answers import ObjectsAnswer
from schemas.images import Feature, FeatureOptions, ObjectOptions

PICTURE = Path(__file__).parents[2] / "processors" / "pictures" / "galaxies.jpg"
PLACES = {"A": (40, 30), "K": (220, 60), "7": (390, 20), "W": (90, 190), "3": (300, 200)}
SIZE = (500, 300)
CARD = {
    "name": "characters",
    "version": 1,
    "task": "detection",
    "input": {
        "name": "images",
        "layout": "NCHW",
        "dtype": "float32",
        "colour": "BGR",
        "resize": "letterbox",
        "width": 416,
        "height": 416,
        "anchor": "top_left",
        "resampling": "bilinear",
    },
    "outputs": {"boxes": "output"},
    "detection": {"row": ["box", "objectness", "scores"], "box": "cxcywh", "strides": [8, 16, 32]},
    "labels": "labels.txt",
    "min_confidence": 0.1,
    "licence": "MIT",
    "source": "PyPI package ddddocr 1.6.1, common_det.onnx",
}


@pytest.fixture
def detector(foreign_detector: bytes, tmp_path: Path) -> FeatureModel:
    folder = tmp_path / "characters" / "1"
    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(foreign_detector)
    (folder / "labels.txt").write_text("character\n")
    (folder / "card.yaml").write_text(yaml.safe_dump(CARD | {"sha256": hashlib.sha256(foreign_detector).hexdigest()}))
    return load_model("characters@1", ModelRepository(tmp_path), ModelSettings())


def picture() -> tuple[Image.Image, list[tuple[float, float, float, float]]]:
    """Return characters among galaxies, and where they are."""
    image = Image.open(PICTURE).convert("RGB").resize(SIZE)
    drawing = ImageDraw.Draw(image)
    font = ImageFont.load_default(size=56)
    for character, place in PLACES.items():
        drawing.text(place, character, font=font, fill="white", stroke_width=3, stroke_fill="navy")
    return image, [drawing.textbbox(place, c, font=font, stroke_width=3) for c, place in PLACES.items()]


def find(detector: FeatureModel, image: Image.Image, **options: float) -> np.ndarray:
    """Return boxes in pixels: left, top, right, bottom."""
    file = io.BytesIO()
    image.save(file, "PNG")
    asked = FeatureRequest([Feature.OBJECTS], FeatureOptions(objects=ObjectOptions(**options)))
    [answer] = detector.answer([decode(file.getvalue(), [detector.view], 10_000_000)], [asked])
    objects = answer[Feature.OBJECTS]
    assert isinstance(objects, ObjectsAnswer), objects
    assert all(found.name == "character" for found in objects.objects)
    ratios = [(b.left, b.top, b.left + b.width, b.top + b.height) for b in (found.box for found in objects.objects)]
    return np.array(ratios).reshape(-1, 4) * [*image.size, *image.size]


def test_it_finds_every_character_where_it_is_and_nothing_else(detector: FeatureModel) -> None:
    image, truth = picture()
    found = find(detector, image, min_confidence=0.5)
    assert len(found) == len(truth)
    for box in truth:
        assert overlaps(np.array(box), found).max() > 0.75


def test_it_finds_them_in_a_picture_of_another_shape_and_size(detector: FeatureModel) -> None:
    image, truth = picture()
    high = Image.new("RGB", (1000, 1500), "black")
    high.paste(image.resize((1000, 600)), (0, 700))
    found = find(detector, high, min_confidence=0.5)
    assert len(found) == len(truth)
    for left, top, right, bottom in truth:
        moved = np.array([2 * left, 2 * top + 700, 2 * right, 2 * bottom + 700])
        assert overlaps(moved, found).max() > 0.7


def test_it_finds_nothing_where_nothing_was_written(detector: FeatureModel) -> None:
    assert len(find(detector, Image.open(PICTURE).convert("RGB").resize(SIZE), min_confidence=0.5)) == 0

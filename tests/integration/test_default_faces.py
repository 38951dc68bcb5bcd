"""The default detector of faces as `make setup` has fetched and built it, on the one bundled picture that shows one."""

import io
from collections.abc import Callable

import pytest
from PIL import Image

from infra.settings.settings import Settings
from processors.imaging.decoding.decode import decode
from processors.models.default.blazeface.install import NAME, VERSION
from processors.models.feature_model import FeatureModel, FeatureRequest
from processors.models.loading import load_model
from processors.pictures import DEMO_PICTURES
from schemas.answers import Box, FacesAnswer
from schemas.images import Feature
from tests.fetched import rebuild

ASTRONAUT = Image.open(DEMO_PICTURES / "astronaut.jpg").convert("RGB")
# Where the face is, as one sees it: left, top, right, bottom.
FACE = (0.34, 0.13, 0.54, 0.33)
ORIENTATION = 0x0112
# What a viewer does for each orientation, undone: how the camera held its pixels.
HELD: dict[int, Callable[[Image.Image], Image.Image]] = {
    1: lambda image: image,
    2: lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    3: lambda image: image.transpose(Image.Transpose.ROTATE_180),
    4: lambda image: image.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
    5: lambda image: image.transpose(Image.Transpose.TRANSPOSE),
    6: lambda image: image.transpose(Image.Transpose.ROTATE_90),
    7: lambda image: image.transpose(Image.Transpose.TRANSVERSE),
    8: lambda image: image.transpose(Image.Transpose.ROTATE_270),
}


@pytest.fixture(scope="module")
def detector(tmp_path_factory: pytest.TempPathFactory) -> FeatureModel:
    repository = rebuild(tmp_path_factory.mktemp("cache"))
    return load_model(f"{NAME}@{VERSION}", repository, Settings().models)


def faces(detector: FeatureModel, data: bytes) -> list[Box]:
    image = decode(data, [detector.view], 10**7)
    [answers] = detector.answer([image], [FeatureRequest([Feature.FACES])])
    found = answers[Feature.FACES]
    assert isinstance(found, FacesAnswer)
    assert found.model_dump().keys() == {"model", "faces"}
    assert all(face.keys() == {"confidence", "box"} for face in found.model_dump()["faces"])
    return [face.box for face in found.faces]


def written(image: Image.Image, orientation: int = 1) -> bytes:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    file = io.BytesIO()
    image.save(file, "JPEG", quality=95, exif=exif)
    return file.getvalue()


def lies_at(box: Box, expected: tuple[float, float, float, float]) -> bool:
    """Whether the two share at least half of what they cover together."""
    left, top, right, bottom = box.left, box.top, box.left + box.width, box.top + box.height
    width = min(right, expected[2]) - max(left, expected[0])
    height = min(bottom, expected[3]) - max(top, expected[1])
    shared = max(0.0, width) * max(0.0, height)
    other = (expected[2] - expected[0]) * (expected[3] - expected[1])
    return shared / (box.width * box.height + other - shared) >= 0.5


def test_the_face_in_the_picture_is_found(detector: FeatureModel) -> None:
    [box] = faces(detector, (DEMO_PICTURES / "astronaut.jpg").read_bytes())
    assert lies_at(box, FACE)


@pytest.mark.parametrize("picture", ["chelsea", "coffee", "galaxies", "rocket"])
def test_there_is_none_where_there_is_none(detector: FeatureModel, picture: str) -> None:
    assert faces(detector, (DEMO_PICTURES / f"{picture}.jpg").read_bytes()) == []


@pytest.mark.parametrize("orientation", HELD)
def test_a_picture_that_was_held_otherwise_is_turned_first(detector: FeatureModel, orientation: int) -> None:
    [box] = faces(detector, written(HELD[orientation](ASTRONAUT), orientation))
    assert lies_at(box, FACE)


@pytest.mark.parametrize("scale", [0.75, 0.5])
def test_a_small_face_is_found_where_it_is(detector: FeatureModel, scale: float) -> None:
    canvas = Image.new("RGB", (1024, 700), (90, 110, 90))
    side = round(700 * scale)
    canvas.paste(ASTRONAUT.resize((side, side)), (300, 50))
    [box] = faces(detector, written(canvas))
    left, top, right, bottom = FACE
    place = (300 + side * left, 50 + side * top, 300 + side * right, 50 + side * bottom)
    assert lies_at(box, (place[0] / 1024, place[1] / 700, place[2] / 1024, place[3] / 700))


def test_two_faces_are_two(detector: FeatureModel) -> None:
    canvas = Image.new("RGB", (1024, 512))
    canvas.paste(ASTRONAUT, (0, 0))
    canvas.paste(ASTRONAUT.transpose(Image.Transpose.FLIP_LEFT_RIGHT), (512, 0))
    left, right = sorted(faces(detector, written(canvas)), key=lambda box: box.left)
    assert lies_at(left, (0.17, 0.13, 0.27, 0.33))
    assert lies_at(right, (0.73, 0.13, 0.83, 0.33))


@pytest.mark.parametrize("cut", [0.36, 0.4])
def test_a_face_at_the_edge_is_found_and_its_box_ends_there(detector: FeatureModel, cut: float) -> None:
    width, height = ASTRONAUT.size
    [box] = faces(detector, written(ASTRONAUT.crop((round(width * cut), 0, width, height))))
    assert box.left == 0
    assert lies_at(box, (0, FACE[1], (FACE[2] - cut) / (1 - cut), FACE[3]))

"""Text in pictures made here, written with Pillow's own font, read back by the real models."""

import importlib.util
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import structlog
from PIL import Image, ImageDraw, ImageFont

from infra.errors import ConfigurationError
from infra.settings.recognition import ModelSettings
from processors.imaging.decoding.decode import DecodedImage, decode
from processors.models.feature_model import FeatureModel, FeatureRequest
from processors.models.loading import load_model
from processors.models.repository.repository import ModelRepository
from processors.models.tasks import text_reader
from processors.models.tasks.text_reader import NAME, VIEW, TextReader, roomy
from schemas.images import Feature
from schemas.results import FailedFeature, FailureCode, TextAnswer
from tests.fakes.pictures import encoded

ASKED = FeatureRequest([Feature.TEXT])
INVOICE = ("Invoice 4711", "Total 29.90 EUR", "Thank you")
PLACES = ((40, 40), (40, 140), (400, 300))
ORIENTATION = 0x0112


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> FeatureModel:
    return load_model(NAME, ModelRepository(tmp_path_factory.mktemp("models")), ModelSettings())


def page(*lines: str, size: tuple[int, int] = (800, 400), places: Any = PLACES, points: int = 40) -> Image.Image:
    image = Image.new("RGB", size, "white")
    drawing = ImageDraw.Draw(image)
    for line, place in zip(lines, places, strict=True):
        drawing.text(place, line, font=ImageFont.load_default(size=points), fill="black")
    return image


def opened(image: Image.Image, **options: Any) -> DecodedImage:
    return decode(encoded(image, "PNG", **options), [VIEW], 100_000_000)


def read(reader: FeatureModel, *images: DecodedImage) -> list[TextAnswer]:
    answers = [answer[Feature.TEXT] for answer in reader.answer(images, [ASKED] * len(images))]
    for answer in answers:
        assert isinstance(answer, TextAnswer), answer
    return answers  # type: ignore[return-value] # each was asserted


def test_lines_are_read_from_above_to_below_with_their_places(reader: FeatureModel) -> None:
    image = page(*INVOICE)
    [answer] = read(reader, opened(image))
    assert answer.model == NAME
    assert answer.text == "Invoice 4711\nTotal 29.90 EUR\nThank you"
    assert [line.text for line in answer.lines] == list(INVOICE)
    for line, place in zip(answer.lines, PLACES, strict=True):
        assert line.confidence > 0.9
        truth = ImageDraw.Draw(image).textbbox(place, line.text, font=ImageFont.load_default(size=40))
        box = line.box
        told = (box.left * 800, box.top * 400, (box.left + box.width) * 800, (box.top + box.height) * 400)
        assert told == pytest.approx(truth, abs=16)
        assert line.corners[0] == pytest.approx((box.left, box.top), abs=0.01)
        assert line.corners[2] == pytest.approx((box.left + box.width, box.top + box.height), abs=0.01)


@pytest.mark.parametrize("orientation", [3, 5, 6, 8])
def test_a_picture_that_is_to_be_turned_is_read_upright(reader: FeatureModel, orientation: int) -> None:
    turns = {
        3: Image.Transpose.ROTATE_180,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        8: Image.Transpose.ROTATE_270,
    }
    image = page("Fragile 42", places=[(60, 30)], size=(400, 120))
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    [answer] = read(reader, opened(image.transpose(turns[orientation]), exif=exif))
    assert answer.text == "Fragile 42"
    assert answer.lines[0].box.top < 0.5
    assert answer.lines[0].box.width > 0.4


def test_text_that_stands_on_its_head_is_read(reader: FeatureModel) -> None:
    [answer] = read(reader, opened(page("Upside down", places=[(60, 30)], size=(400, 120)).rotate(180)))
    assert answer.text == "Upside down"


def test_a_picture_without_text_has_none(reader: FeatureModel) -> None:
    [blank] = read(reader, opened(Image.new("RGB", (300, 200), "white")))
    assert (blank.text, blank.lines) == ("", ())


def test_a_large_picture_is_read_and_its_places_are_ratios_of_it(reader: FeatureModel) -> None:
    [answer] = read(reader, opened(page("Quarterly report", size=(4000, 2000), places=[(2000, 1000)], points=160)))
    assert answer.text == "Quarterly report"
    assert (answer.lines[0].box.left, answer.lines[0].box.top) == pytest.approx((0.5, 0.51), abs=0.03)


def test_threads_that_read_at_once_read_each_their_own_picture(reader: FeatureModel) -> None:
    texts = [f"Order number {number}" for number in range(1000, 1006)]
    images = [opened(page(text, places=[(20, 30)], size=(420, 110))) for text in texts]
    barrier = threading.Barrier(4)

    def task(number: int) -> str:
        if number < 4:
            barrier.wait()
        return read(reader, images[number])[0].text

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(task, range(len(texts)))) == texts


@pytest.mark.parametrize("size", [(1600, 1), (1, 2000), (1, 1)])
def test_a_thin_strip_is_given_room_and_not_made_enormous(reader: FeatureModel, size: tuple[int, int]) -> None:
    image = opened(Image.new("RGB", size, "white"))
    height, width, _ = roomy(image.views[VIEW]).shape
    assert min(height, width) >= 320
    assert max(height, width) <= 1600
    assert read(reader, image)[0].lines == ()


def test_text_in_a_strip_has_its_place_in_the_strip(reader: FeatureModel) -> None:
    [answer] = read(reader, opened(page("Runs along the edge", places=[(100, 4)], size=(1200, 48), points=30)))
    assert answer.text == "Runs along the edge"
    assert answer.lines[0].box.height > 0.5


def test_what_the_package_stumbles_over_costs_only_its_own_image(reader: FeatureModel) -> None:
    readable = opened(page("Still here", places=[(40, 40)], size=(400, 150)))
    broken = DecodedImage({VIEW: np.zeros((0, 0, 3), np.uint8)}, 1, 1, "PNG")
    with structlog.testing.capture_logs() as logged:
        first, failed, last = (
            answer[Feature.TEXT] for answer in reader.answer([readable, broken, readable], [ASKED] * 3)
        )
    assert isinstance(first, TextAnswer)
    assert first == last
    assert isinstance(failed, FailedFeature)
    assert (failed.model, failed.error.code) == (NAME, FailureCode.MODEL_FAILED)
    assert [(entry["event"], entry["model"]) for entry in logged] == [("model_failed", NAME)]


def test_where_the_extra_is_missing_the_feature_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "rapidocr" else found(name))
    missing = load_model(NAME, ModelRepository(tmp_path), ModelSettings())
    image = opened(page("Nobody reads this", places=[(0, 0)]))
    for answer in missing.answer([image] * 2, [ASKED] * 2):
        failed = answer[Feature.TEXT]
        assert isinstance(failed, FailedFeature)
        assert failed.error.code is FailureCode.NOT_INSTALLED
        assert "vedette[ocr]" in failed.error.message


def test_other_models_than_those_of_its_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(text_reader.MODELS, "Rec", ("PP-OCRv6_rec_small.onnx", "0" * 64))
    with pytest.raises(ConfigurationError, match=r"PP-OCRv6_rec_small\.onnx is not the file it should be"):
        TextReader(ModelSettings())


def test_reading_never_looks_for_a_network(reader: FeatureModel, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr("socket.getaddrinfo", refuse)
    [answer] = read(TextReader(ModelSettings()), opened(page("Offline", places=[(40, 40)], size=(400, 150))))
    assert answer.text == "Offline"


def test_only_one_onnxruntime_is_installed() -> None:
    from importlib.metadata import distributions

    names = {distribution.metadata["Name"].lower() for distribution in distributions()}
    assert len(names & {"onnxruntime", "onnxruntime-gpu", "onnxruntime-directml", "onnxruntime-openvino"}) == 1

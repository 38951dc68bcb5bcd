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
from processors.models.tasks.text_reader import NAME, VIEW, TextReader
from processors.models.text.lines import Line, Word
from processors.models.text.page_reader import roomy
from processors.models.text.text_answer import text_answer
from processors.pictures import DEMO_PICTURES
from schemas.answers import MOST_WORDS, FailedFeature, FailureCode, TextAnswer
from schemas.images import Feature
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


def test_each_word_has_its_place_its_line_and_a_confidence(reader: FeatureModel) -> None:
    image = page(*INVOICE)
    [answer] = read(reader, opened(image))
    words = answer.words or ()
    assert [(word.text, word.line) for word in words] == [
        (word, number) for number, line in enumerate(INVOICE) for word in line.split()
    ]
    assert all(word.confidence > 0.9 and word.corners is None for word in words)
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(size=40)
    for word in words:
        line, place = INVOICE[word.line], PLACES[word.line]
        before = pen.textlength(line[: line.index(word.text)], font=font)
        left, _, right, _ = pen.textbbox((place[0] + before, place[1]), word.text, font=font)
        assert (word.box.left * 800, (word.box.left + word.box.width) * 800) == pytest.approx((left, right), abs=6)
        parent = answer.lines[word.line].box
        assert (word.box.top, word.box.height) == pytest.approx((parent.top, parent.height), abs=0.02)


def test_words_of_a_line_that_is_turned_have_their_corners_in_reading_order(reader: FeatureModel) -> None:
    upright = page("Up and down", places=[(60, 30)], size=(400, 400))
    [on_its_head] = read(reader, opened(upright.rotate(180)))
    [upended] = read(reader, opened(upright.transpose(Image.Transpose.ROTATE_270)))
    for answer in (on_its_head, upended):
        assert answer.text == "Up and down"
        assert [word.text for word in answer.words or ()] == ["Up", "and", "down"]
    first, _, last = on_its_head.words or ()
    assert first.box.left > last.box.left + last.box.width
    assert first.corners is not None
    right, bottom = first.box.left + first.box.width, first.box.top + first.box.height
    assert first.corners[0] == pytest.approx((right, bottom), abs=0.01)
    first, _, last = upended.words or ()
    assert first.box.top + first.box.height < last.box.top
    assert first.corners is not None
    assert first.corners[0] == pytest.approx((first.box.left + first.box.width, first.box.top), abs=0.01)


def test_a_page_has_no_more_words_than_fit_into_an_answer_and_says_how_many_it_left_out() -> None:
    corners = np.array([[0, 0], [10, 0], [10, 10], [0, 10]], np.float64)
    line = Line("many", 0.9, corners, (Word("many", 0.9, corners),) * 1200)
    answer = text_answer(NAME, [line, line], 100, 100)
    assert len(answer.words or ()) == MOST_WORDS
    assert answer.words_left_out == 2400 - MOST_WORDS
    assert len(answer.lines) == 2
    assert text_answer(NAME, [line], 100, 100).words_left_out is None


def test_the_models_are_loaded_when_something_is_to_be_read_and_once() -> None:
    reader = TextReader(ModelSettings())
    with structlog.testing.capture_logs() as logged:
        assert reader._pages is None
        with ThreadPoolExecutor(3) as threads:
            image = opened(page("Late", places=[(40, 40)], size=(400, 150)))
            answers = list(threads.map(lambda _: read(reader, image)[0].text, range(3)))
    assert answers == ["Late"] * 3
    assert [entry["event"] for entry in logged].count("text_reader_loaded") == 1


@pytest.mark.parametrize("picture", ["chelsea.jpg", "coffee.jpg", "galaxies.jpg"])
def test_an_eye_and_a_cup_are_no_letters(reader: FeatureModel, picture: str) -> None:
    [answer] = read(reader, decode((DEMO_PICTURES / picture).read_bytes(), [VIEW], 100_000_000))
    assert answer.text == ""


def test_a_sign_of_one_letter_is_read(reader: FeatureModel) -> None:
    [answer] = read(reader, opened(page("P", size=(300, 300), places=[(110, 80)], points=160)))
    assert answer.text == "P"


def test_a_picture_without_text_has_none(reader: FeatureModel) -> None:
    [blank] = read(reader, opened(Image.new("RGB", (300, 200), "white")))
    assert (blank.text, blank.lines, blank.words) == ("", (), ())


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

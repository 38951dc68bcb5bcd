"""The page of the demonstration shows what was found, and nothing of it is taken for HTML."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from processors.bench.demo_page import SHOWN_LABELS, ShownAnswer, demo_page

HOSTILE = '<script>alert("1")</script>'
BOX = {"left": 0.25, "top": 0.5, "width": 0.5, "height": 0.25}
FEATURES: dict[str, Any] = {
    "labels": {"labels": [{"name": f"label {number}", "confidence": 0.9 - number / 10} for number in range(8)]},
    "objects": {"objects": [{"name": HOSTILE, "confidence": 0.75, "box": BOX}]},
    "text": {"lines": [{"text": "EXIT\u202eTIXE", "confidence": 0.9, "box": BOX}]},
    "properties": {"dominant_colours": [{"hex": "#c0ffee", "css": "paleturquoise"}]},
    "embedding": {"error": {"code": "not_installed", "message": f"it lacks {HOSTILE}"}},
}
TIMINGS = {"queue_ms": 3.2, "fetch_ms": 1, "decode_ms": 1200, "inference_ms": 20, "batch_size": 1}


class Read(HTMLParser):
    """The tags of a page, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    # Lies on its side, as telephones write it: upright it has 600 x 1200 pixels.
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (1200, 600), "grey").save(tmp_path / "a.jpg", exif=exif)
    return tmp_path


def page_of(folder: Path, **changes: Any) -> Read:
    answer = {"picture": "a.jpg", "status": "recognised", "seconds": 0.25, "features": FEATURES, "timings": TIMINGS}
    return Read(demo_page([ShownAnswer(**{**answer, **changes})], folder))


def test_boxes_lie_over_the_upright_picture(folder: Path) -> None:
    page = page_of(folder)
    assert [one["viewbox"] for one in page.of("svg")] == ["0 0 320 640"]
    places = {(one["class"], one["x"], one["y"], one["width"], one["height"]) for one in page.of("rect")}
    assert places == {(kind, "80.0", "320.0", "160.0", "160.0") for kind in ("letters", "object")}


def test_everything_that_was_found_is_shown(folder: Path) -> None:
    page = page_of(folder)
    text = " ".join(page.text)
    for told in ("label 0", "90%", "75%", "it lacks", "250 ms from publishing", "decode 1,200 ms"):
        assert told in text
    assert text.count("label ") == SHOWN_LABELS
    assert page.of("span")[0]["style"] == "background:#c0ffee"


@pytest.mark.parametrize(("known", "told"), [({}, False), ({"known": 0.05}, False), ({"known": 0.0078}, True)])
def test_labels_of_what_the_model_does_not_know_are_doubted(folder: Path, known: dict[str, float], told: bool) -> None:
    page = page_of(folder, features={"labels": {**FEATURES["labels"], **known}})
    assert ("Probably nothing that the model knows (known 0.008)" in "".join(page.text)) is told


def test_nothing_of_a_picture_becomes_part_of_the_page(folder: Path) -> None:
    page = page_of(folder, status=HOSTILE)
    assert not page.of("script")
    assert "\u202e" not in " ".join(page.text)
    assert all(re.match(r"data:image/jpeg;base64,", one["href"] or "") for one in page.of("image"))


def test_a_picture_without_an_answer_is_shown_as_well(folder: Path) -> None:
    page = page_of(folder, status="rejected", features={}, timings={})
    assert "a.jpg (rejected)" in "".join(page.text)
    assert not page.of("h3")
    assert not page.of("rect")

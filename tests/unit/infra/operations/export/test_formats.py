"""Each format tells all that was found, and whether that is all; a spreadsheet runs nothing of it."""

import csv
import io
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools.coco import COCO

from infra.operations.export.coco import file_name
from infra.operations.export.formats import writer_of
from infra.operations.export.table import COLUMNS, END, harmless
from schemas.answers import Box, DetectedObject, Label
from schemas.queries import ImageStatus, ResultSummary
from schemas.records.exports import ExportedImage, ExportEnd, ExportFormat

# Space, and the quotation mark that some readers drop, do not keep a spreadsheet from it.
RUNS = re.compile(r"[\s\x00-\x1f\"]*[=+\-@\uff1d\uff0b\uff0d\uff20]")
SEPARATORS = re.compile(r"[;|\t\r\n]")
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
HOSTILE = st.lists(
    st.sampled_from(
        ["=", "+", "-", "@", "1+1", '"', "'", ",", ";", "\t", "\r", "\n", " ", "cmd|' /C calc'!A0", "\uff41", "\uff1d"]
    ),
    max_size=8,
).map("".join)
BOXES = st.builds(Box, **{name: st.floats(0, 1, allow_nan=False) for name in ("left", "top", "width", "height")})
OBJECTS = st.lists(
    st.builds(DetectedObject, name=st.sampled_from(["dog", "person", "=cup"]), confidence=st.floats(0, 1), box=BOXES),
    max_size=4,
).map(tuple)
SUMMARIES = st.builds(
    ResultSummary,
    owner=st.just("shop"),
    image_id=st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9_.:\-]{0,20}\Z"),
    status=st.just(ImageStatus.RECOGNISED),
    uri=st.none() | TEXT | HOSTILE,
    camera=st.none() | TEXT | HOSTILE,
    pipeline=st.just("standard@1"),
    labels=st.lists(st.builds(Label, name=TEXT | HOSTILE, confidence=st.floats(0, 1)), max_size=3).map(tuple),
    moderation=st.lists(TEXT | HOSTILE, max_size=3).map(tuple),
)
SIZES = st.none() | st.integers(1, 10_000)
IMAGES = st.lists(st.builds(ExportedImage, summary=SUMMARIES, width=SIZES, height=SIZES, objects=OBJECTS), max_size=8)


def written(wanted: ExportFormat, images: Sequence[ExportedImage], at_once: int = 3) -> bytes:
    writer = writer_of(wanted)
    text = writer.head()
    for number in range(writer.passes):
        text += writer.turn() if number else b""
        for start in range(0, len(images), at_once):
            text += writer.body(images[start : start + at_once])
    return text + writer.tail()


def rows_of(text: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.decode(), newline="")))


@given(IMAGES)
def test_json_lines_have_every_item_as_lists_return_it_and_then_their_number(images: list[ExportedImage]) -> None:
    *lines, end = written(ExportFormat.JSON_LINES, images).splitlines()
    assert [json.loads(line) for line in lines] == [
        image.summary.model_dump(mode="json", exclude_none=True) for image in images
    ]
    assert ExportEnd.model_validate_json(end, strict=True).items == len(images)


@given(IMAGES)
def test_a_table_has_a_row_for_each_item_and_then_their_number(images: list[ExportedImage]) -> None:
    head, *rows, end = rows_of(written(ExportFormat.CSV, images))
    assert head == list(COLUMNS)
    assert [row[1] for row in rows] == [image.summary.image_id for image in images]
    assert {len(row) for row in [*rows, end]} == {len(COLUMNS)}
    assert end[:2] == [END, str(len(images))]


@given(IMAGES)
def test_no_cell_begins_a_formula_whatever_a_spreadsheet_takes_for_the_end_of_a_cell(
    images: list[ExportedImage],
) -> None:
    cells = [cell for row in rows_of(written(ExportFormat.CSV, images)) for cell in row]
    assert [cell for cell in cells if any(map(RUNS.match, SEPARATORS.split(cell)))] == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=1+1", "'=1+1"),
        (" =1+1", " '=1+1"),
        ("\t@SUM(A1)", "\t'@SUM(A1)"),
        ('a;"=cmd', "a;\"'=cmd"),
        ("a\r\n-1", "a\r\n'-1"),
        ("\uff1d1", "'\uff1d1"),
        ("s3://shop/a=b-c+d@e.jpg", "s3://shop/a=b-c+d@e.jpg"),
        ("2026-03-01T12:00:00", "2026-03-01T12:00:00"),
        ("", ""),
    ],
)
def test_what_a_spreadsheet_would_run_is_shown_as_text(text: str, shown: str) -> None:
    assert harmless(text) == shown


@given(TEXT | HOSTILE)
def test_a_cell_is_as_it_was_but_for_the_apostrophes(text: str) -> None:
    assert harmless(text).replace("'", "") == text.replace("'", "")


@given(IMAGES)
def test_coco_has_every_picture_whose_size_is_known_and_every_box_in_it(images: list[ExportedImage]) -> None:
    document = json.loads(written(ExportFormat.COCO, images))
    sized = [image for image in images if image.width and image.height]
    assert [one["image_id"] for one in document["images"]] == [image.summary.image_id for image in sized]
    names = {category["id"]: category["name"] for category in document["categories"]}
    numbers = {one["id"]: number for number, one in enumerate(document["images"])}
    told = [(numbers[box["image_id"]], names[box["category_id"]], box["score"]) for box in document["annotations"]]
    assert told == [
        (number, found.name, found.confidence) for number, image in enumerate(sized) for found in image.objects
    ]
    assert (document["info"]["images"], document["info"]["annotations"]) == (len(sized), len(told))
    assert len({box["id"] for box in document["annotations"]}) == len(told)


def test_coco_own_library_reads_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    box = Box(left=0.25, top=0.5, width=0.5, height=0.25)
    summary = ResultSummary(
        owner="shop", image_id="a", status=ImageStatus.RECOGNISED, uri="s3://shop/pets/my%20dog.jpg"
    )
    found = (DetectedObject(name="dog", confidence=0.9, box=box),)
    image = ExportedImage(summary=summary, width=400, height=200, objects=found)
    path = tmp_path / "objects.json"
    path.write_bytes(written(ExportFormat.COCO, [image]))
    coco: Any = COCO(str(path))
    capsys.readouterr()
    [category] = coco.getCatIds(catNms=["dog"])
    [number] = coco.getImgIds(catIds=[category])
    [annotation] = coco.loadAnns(coco.getAnnIds(imgIds=[number]))
    assert coco.loadImgs([number])[0]["file_name"] == "my dog.jpg"
    assert (annotation["bbox"], annotation["area"]) == ([100.0, 100.0, 200.0, 50.0], 10_000.0)


@pytest.mark.parametrize(
    ("uri", "name"), [("s3://b/a/c.jpg", "c.jpg"), ("s3://b/a%20b.jpg", "a b.jpg"), (None, "mug-1"), ("", "mug-1")]
)
def test_a_picture_is_named_as_its_file(uri: str | None, name: str) -> None:
    assert file_name(uri, "mug-1") == name


@given(IMAGES, st.integers(0, 5000), st.sampled_from(ExportFormat))
def test_a_part_of_an_export_is_never_taken_for_a_whole_one(
    images: list[ExportedImage], length: int, wanted: ExportFormat
) -> None:
    whole = written(wanted, images)
    part = whole[: min(length, len(whole.rstrip()) - 1)]
    assert not _is_whole(part, wanted)
    assert _is_whole(whole, wanted)


def _is_whole(text: bytes, wanted: ExportFormat) -> bool:
    if wanted is ExportFormat.COCO:
        try:
            return "info" in json.loads(text)
        except ValueError:
            return False
    if wanted is ExportFormat.CSV:
        rows = rows_of(text.decode(errors="replace").encode())
        return bool(rows) and len(rows[-1]) == len(COLUMNS) and rows[-1][0] == END and int(rows[-1][1]) == len(rows) - 2
    lines = text.splitlines()
    try:
        return bool(lines) and ExportEnd.model_validate_json(lines[-1]).items == len(lines) - 1
    except ValueError:
        return False

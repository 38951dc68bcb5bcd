"""How a camera was held is told from whatever notes it left, and never by decoding."""

import re
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from processors.imaging.formats.orientation import UPRIGHT, exif_orientation, orientation_of
from tests.compare_decoders.png_combinations import exif


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("start", [b"", b"Exif\0\0", b"Exif\0\0Exif\0\0"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_it_is_read_as_pillow_reads_it(order: str, start: bytes, orientation: int) -> None:
    notes = start + exif(orientation, order)
    pillows = Image.Exif()
    pillows.load(notes)
    assert exif_orientation(notes) == orientation == pillows[0x0112]


@given(st.binary(max_size=80), st.sampled_from([b"", b"II*\0", b"MM\0*", b"Exif\0\0II*\0\x08\0\0\0"]))
def test_any_bytes_at_all_give_an_answer_and_only_a_byte_order_makes_it_one(noise: bytes, start: bytes) -> None:
    found = exif_orientation(start + noise)
    assert found is None or 0 <= found < 2**32
    if not re.match(rb"(Exif\0\0)*(II\*\0|MM\0\*)", start + noise):
        assert found is None


@given(st.binary(max_size=80), st.integers(1, 8), st.sampled_from("<>"))
def test_what_follows_it_does_not_change_it(noise: bytes, orientation: int, order: str) -> None:
    assert exif_orientation(exif(orientation, order) + noise) == orientation


def test_broken_notes_after_it_and_before_it_do_not_matter() -> None:
    broken = struct.pack("<HHII", 0x010F, 99, 2**31, 2**31)
    entry = struct.pack("<HHIHH", 0x0112, 3, 1, 6, 0)
    notes = b"II*\0" + struct.pack("<IH", 8, 3) + broken + entry + broken
    assert exif_orientation(notes) == 6


@pytest.mark.parametrize(
    "info",
    [
        {"xmp": b'<x tiff:Orientation="6"/>'},
        {"XML:com.adobe.xmp": "<tiff:Orientation>6</tiff:Orientation>"},
        {"Raw profile type exif": "\nexif\n 34\n" + exif(6, ">").hex()},
        {"exif": exif(6, "<")},
    ],
)
def test_every_place_of_it_is_looked_at(info: dict[str, object]) -> None:
    image = Image.new("RGB", (2, 2))
    image.info.update(info)
    assert orientation_of(image) == 6


@pytest.mark.parametrize(
    "info",
    [{}, {"exif": b"Exif\0\0MM\0*"}, {"Raw profile type exif": "\n\n\nzz"}, {"exif": exif(9, "<")}, {"xmp": b"<x/>"}],
)
def test_where_nothing_readable_says_otherwise_it_is_upright(info: dict[str, object]) -> None:
    image = Image.new("RGB", (2, 2))
    image.info.update(info)
    assert orientation_of(image) == UPRIGHT

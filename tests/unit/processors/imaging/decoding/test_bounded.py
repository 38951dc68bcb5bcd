"""Only what can be neither long nor large is decoded in a worker's own threads."""

import io
import struct
import time
import zlib
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from processors.imaging.decoding.bounded import BOUNDED_PIXELS, is_bounded
from processors.pictures import DEMO_PICTURES
from tests.fakes.pictures import encoded, png_of, scene
from tests.fakes.profiles import ADOBE, SRGB, SRGB_FORMULA, formula_curve, gamma_curve, rgb_profile

SRGB_PROFILE = rgb_profile(SRGB, formula_curve(SRGB_FORMULA))
ADOBE_RGB = rgb_profile(ADOBE, gamma_curve(2.2))
PICTURE = scene(120, 80)


def orientation_note() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


@pytest.mark.parametrize(
    ("mode", "kind", "options"),
    [
        ("RGB", "JPEG", {}),
        ("L", "JPEG", {}),
        ("RGB", "JPEG", {"icc_profile": SRGB_PROFILE, "exif": orientation_note(), "comment": b"a note"}),
        ("RGB", "PNG", {}),
        ("RGBA", "PNG", {}),
        ("P", "PNG", {}),
        ("1", "PNG", {}),
        ("RGB", "PNG", {"exif": orientation_note(), "dpi": (72, 72)}),
    ],
)
def test_small_plain_pictures_are_bounded(mode: str, kind: str, options: dict[str, Any]) -> None:
    assert is_bounded(encoded(PICTURE.convert(mode), kind, **options))


def test_the_photos_of_the_demonstration_are_bounded() -> None:
    folder = DEMO_PICTURES
    assert all(is_bounded(path.read_bytes()) for path in folder.glob("*.jpg"))


@pytest.mark.parametrize(
    ("mode", "kind", "options"),
    [
        ("RGB", "JPEG", {"progressive": True}),
        ("CMYK", "JPEG", {}),
        ("RGB", "JPEG", {"icc_profile": ADOBE_RGB}),
        ("RGB", "JPEG", {"icc_profile": SRGB_PROFILE + bytes(70_000)}),
        ("RGB", "PNG", {"icc_profile": SRGB_PROFILE}),
        ("RGB", "PNG", {"save_all": True, "append_images": [PICTURE.rotate(90)]}),
        ("RGB", "GIF", {}),
        ("RGB", "BMP", {}),
        ("RGB", "TIFF", {}),
        ("RGB", "WEBP", {}),
        ("RGB", "AVIF", {}),
    ],
)
def test_whatever_may_take_long_or_large_is_not(mode: str, kind: str, options: dict[str, Any]) -> None:
    assert not is_bounded(encoded(PICTURE.convert(mode), kind, **options))


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_pixels_are_counted(kind: str) -> None:
    side = int(BOUNDED_PIXELS**0.5)
    assert is_bounded(encoded(Image.new("L", (side, side)), kind))
    assert not is_bounded(encoded(Image.new("L", (side, side + 1)), kind))


def test_a_jpeg_that_keeps_each_colour_in_a_scan_of_its_own_is_not() -> None:
    data = bytearray(encoded(PICTURE))
    scan = data.index(b"\xff\xda")
    data[scan + 4] = 1
    assert not is_bounded(bytes(data))


def test_a_second_frame_makes_a_jpeg_unbounded() -> None:
    data = encoded(PICTURE)
    start = data.index(b"\xff\xc0")
    frame = data[start : start + 2 + int.from_bytes(data[start + 2 : start + 4], "big")]
    assert not is_bounded(data[:start] + frame + data[start:])


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_countless_segments_are_not_walked_to_their_end(kind: str) -> None:
    if kind == "JPEG":
        data = b"\xff\xd8" + b"\xff\xe1\0\2" * 5_000_000
    else:
        data = png_of(8, 8)[:33] + (struct.pack(">I", 0) + b"tEXt" + bytes(4)) * 1_500_000
    started = time.perf_counter()
    assert not is_bounded(data)
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize("name", [b"zTXt", b"iTXt", b"iCCP", b"acTL", b"fdAT", b"xxXx"])
def test_a_png_with_chunks_that_hold_more_than_pixels_is_not(name: bytes) -> None:
    data = encoded(PICTURE, "PNG")
    body = b"x\0\0" + zlib.compress(bytes(100))
    chunk = struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
    assert not is_bounded(data[:33] + chunk + data[33:])
    assert not is_bounded(data[:-12] + chunk + data[-12:])


def test_a_png_with_a_megabyte_of_notes_is_not() -> None:
    notes = PngImagePlugin.PngInfo()
    for at in range(5):
        notes.add_text(f"note {at}", "x" * 250_000)
    assert not is_bounded(encoded(PICTURE, "PNG", pnginfo=notes))


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_cut_off_anywhere_or_damaged_it_gives_an_answer(kind: str) -> None:
    whole = encoded(PICTURE, kind, exif=orientation_note())
    for length in range(700):
        is_bounded(whole[:length])
    chance = np.random.default_rng(1)
    for _ in range(2000):
        broken = bytearray(whole)
        for at in chance.integers(0, min(len(whole), 700), 5):
            broken[at] = chance.integers(256)
        is_bounded(bytes(broken))


def test_what_is_bounded_has_the_size_that_the_decoder_sees() -> None:
    chance = np.random.default_rng(2)
    whole, seen = encoded(PICTURE), []
    for _ in range(500):
        broken = bytearray(whole)
        for at in chance.integers(2, 700, 3):
            broken[at] = chance.integers(256)
        if not is_bounded(bytes(broken)):
            continue
        with suppress(Exception), Image.open(io.BytesIO(broken), formats=["JPEG"]) as image:
            seen.append(image.width * image.height)
    assert len(seen) > 100
    assert max(seen) <= BOUNDED_PIXELS

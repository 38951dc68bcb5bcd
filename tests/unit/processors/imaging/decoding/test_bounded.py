"""Only what can be neither long nor large is decoded in a worker's own threads."""

import io
import struct
import zlib
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from processors.imaging.decoding.bounded import BOUNDED_PIXELS, MOST_SEGMENTS, is_bounded
from processors.pictures import DEMO_PICTURES
from tests.fakes.pictures import encoded, scene
from tests.fakes.profiles import ADOBE, SRGB, SRGB_FORMULA, formula_curve, gamma_curve, rgb_profile

SRGB_PROFILE = rgb_profile(SRGB, formula_curve(SRGB_FORMULA))
ADOBE_RGB = rgb_profile(ADOBE, gamma_curve(2.2))
PICTURE = scene(120, 80)
EMPTY_CHUNK = struct.pack(">I", 0) + b"tEXt" + struct.pack(">I", zlib.crc32(b"tEXt"))


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


@pytest.mark.parametrize(("kind", "start", "segment"), [("JPEG", 2, b"\xff\xe1\0\2"), ("PNG", 33, EMPTY_CHUNK)])
def test_countless_segments_are_not_walked_to_their_end(kind: str, start: int, segment: bytes) -> None:
    data = encoded(PICTURE, kind)
    assert is_bounded(data[:start] + segment * (MOST_SEGMENTS // 2) + data[start:])
    assert not is_bounded(data[:start] + segment * MOST_SEGMENTS + data[start:])
    assert not is_bounded(data[:start] + segment * 1_500_000 + data[start:])


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
def test_cut_off_before_its_pixels_it_is_not_and_afterwards_the_decoder_tells(kind: str) -> None:
    whole = encoded(PICTURE, kind, exif=orientation_note())
    answers = [is_bounded(whole[:length]) for length in range(len(whole) + 1)]
    assert answers == sorted(answers)
    assert answers[-1]
    pixels_at = whole.index(b"\xff\xda" if kind == "JPEG" else b"IDAT")
    assert not any(answers[: pixels_at + 4])


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_what_is_bounded_is_small_and_plain_to_the_decoder_too_however_it_was_damaged(kind: str) -> None:
    seen = [(image, size) for data in damaged(kind) if is_bounded(data) for image, size in opened(data, kind)]
    assert len(seen) > 100
    assert max(size for _, size in seen) <= BOUNDED_PIXELS
    assert not any(image.info.get("progressive") or getattr(image, "n_frames", 1) > 1 for image, _ in seen)


def test_damage_is_sometimes_told_and_sometimes_not() -> None:
    assert (
        {is_bounded(data) for data in damaged("JPEG")} == {is_bounded(data) for data in damaged("PNG")} == {True, False}
    )


def damaged(kind: str) -> Iterator[bytes]:
    """Yield a picture of this kind 500 times, three of the bytes before its pixels changed by chance."""
    whole, chance = encoded(PICTURE, kind, exif=orientation_note()), np.random.default_rng(2)
    for _ in range(500):
        broken = bytearray(whole)
        for at in chance.integers(2, min(len(whole), 700), 3):
            broken[at] = chance.integers(256)
        yield bytes(broken)


def opened(data: bytes, kind: str) -> Iterator[tuple[Image.Image, int]]:
    """Yield what Pillow sees, and its pixels, where it sees anything."""
    # Pillow has many errors for what it cannot read.
    with suppress(Exception), Image.open(io.BytesIO(data), formats=[kind]) as image:
        yield image, image.width * image.height

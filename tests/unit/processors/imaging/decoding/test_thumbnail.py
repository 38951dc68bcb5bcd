"""A thumbnail shows all of the upright image, whatever the file kept its pixels as, and only where it is asked for."""

import numpy as np
import pytest
from PIL import Image

from processors.imaging.decoding.decode import decode
from processors.imaging.views import THUMBNAIL, Crop, Pixels
from tests.fakes.pictures import BLUE, GREEN, RED, WHITE, corners, encoded, quarters, scene

SIZE = Crop(256, 224)
THUMBNAIL_SIDE = THUMBNAIL.longest_side


def thumbnail_of(data: bytes) -> Pixels:
    return decode(data, [THUMBNAIL], 100_000_000).views[THUMBNAIL]


def test_none_is_made_where_nobody_asks() -> None:
    assert THUMBNAIL not in decode(encoded(scene(40, 30), "PNG"), [SIZE], 1_000_000).views


def test_asking_for_one_changes_no_pixel_that_a_model_takes() -> None:
    data = encoded(scene(2000, 1500))
    plain, asked = decode(data, [SIZE], 10_000_000), decode(data, [SIZE, THUMBNAIL], 10_000_000)
    assert np.array_equal(plain.views[SIZE], asked.views[SIZE])
    assert (plain.width, plain.height) == (asked.width, asked.height)


@pytest.mark.parametrize(
    ("size", "expected"),
    [((2000, 1000), (128, 256)), ((1000, 2000), (256, 128)), ((40, 30), (30, 40)), ((9000, 2), (1, 256))],
)
def test_it_keeps_the_proportions_and_is_never_enlarged(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert thumbnail_of(encoded(scene(*size), "PNG")).shape == (*expected, 3)


def test_it_shows_what_the_square_in_the_middle_does_not() -> None:
    wide = Image.new("RGB", (1200, 300), WHITE)
    wide.paste(RED, (0, 0, 100, 300))
    data = encoded(wide, "PNG")
    assert tuple(thumbnail_of(data)[30, 4]) == RED
    assert np.all(decode(data, [SIZE], 1_000_000).views[SIZE] == 255)


def test_it_is_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = quarters(600).transpose(Image.Transpose.ROTATE_90)
    assert corners(thumbnail_of(encoded(turned, "PNG", exif=exif))) == [RED, GREEN, BLUE, WHITE]


@pytest.mark.parametrize("side", [100, 256, 3000])
@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_mode_of_pixels_gives_one(mode: str, side: int) -> None:
    grey = quarters(side, "L")
    wide = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    thumbnail = thumbnail_of(encoded(wide if mode == "I;16" else quarters(side, mode), "PNG"))
    assert thumbnail.shape == (min(side, THUMBNAIL_SIDE), min(side, THUMBNAIL_SIDE), 3)
    assert corners(thumbnail)[3] == WHITE


@pytest.mark.parametrize("mode", ["F", "CMYK", "I"])
def test_every_mode_of_a_tiff_gives_one(mode: str) -> None:
    picture = scene(900, 600).convert("L").convert(mode) if mode != "CMYK" else scene(900, 600).convert(mode)
    assert thumbnail_of(encoded(picture, "TIFF")).shape == (171, THUMBNAIL_SIDE, 3)

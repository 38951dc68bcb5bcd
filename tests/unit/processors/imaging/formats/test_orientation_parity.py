"""However a camera was held, every model sees what it would have seen of the upright image."""

import numpy as np
import pytest
from PIL import Image

from processors.imaging.decoding.decode import decode
from processors.imaging.formats.orientation import TURNS
from processors.imaging.views import THUMBNAIL, Crop, Letterbox, Stretch, View, Within
from processors.pictures import DEMO_PICTURES
from tests.fakes.pictures import encoded

PICTURES = DEMO_PICTURES
VIEWS: list[View] = [Crop(256, 224), Stretch(320, 240), Letterbox(320, 320), Letterbox(300, 200, 0, False), THUMBNAIL]
# The opposite of each turn: what a camera that was held so writes into the file.
BACK = {5: 5, 6: 8, 7: 7, 8: 6}
# Rows are resized before columns, each rounded to a level: in a turned image that is the other way round.
LEVELS = 4


@pytest.fixture(scope="module")
def photo() -> Image.Image:
    with Image.open(PICTURES / "coffee.jpg") as image:
        return image.convert("RGB").resize((611, 403), Image.Resampling.BICUBIC)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_view_of_a_turned_image_is_that_of_the_upright_one(
    photo: Image.Image, kind: str, orientation: int
) -> None:
    options = {"lossless": True} if kind == "WEBP" else {}
    exif = Image.Exif()
    exif[0x0112] = orientation
    back = TURNS.get(BACK.get(orientation, orientation))
    held = photo if back is None else photo.transpose(back)
    upright = decode(encoded(photo, "PNG"), VIEWS, 1_000_000)
    turned = decode(encoded(held, kind, exif=exif, **options), VIEWS, 1_000_000)
    assert (turned.width, turned.height) == (upright.width, upright.height) == (611, 403)
    for view in VIEWS:
        assert turned.views[view].shape == upright.views[view].shape
        off = np.abs(turned.views[view].astype(int) - upright.views[view])
        assert off.max() <= LEVELS, view
        assert off.mean() < 0.25, view


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_view_that_neither_cuts_nor_resizes_is_the_upright_image_to_the_last_bit(
    photo: Image.Image, orientation: int
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    back = TURNS.get(BACK.get(orientation, orientation))
    held = photo if back is None else photo.transpose(back)
    view = Within(1000)
    turned = decode(encoded(held, "PNG", exif=exif), [view], 1_000_000)
    assert np.array_equal(turned.views[view], np.asarray(photo))

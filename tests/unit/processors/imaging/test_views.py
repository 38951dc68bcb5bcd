"""Each view shows what it promises, however large the image is and however it was held."""

from dataclasses import astuple

import numpy as np
import pytest
from PIL import Image

from processors.imaging.decoding.decode import decode
from processors.imaging.views import Crop, Letterbox, Pixels, Stretch, View, Within
from tests.fakes.pictures import encoded

MAX_PIXELS = 100_000_000
RED, BLUE = (255, 0, 0), (0, 0, 255)


def halves(width: int, height: int) -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", (width, height), BLUE)
    image.paste(RED, (0, 0, width // 2, height))
    return image


def look(image: Image.Image, view: View, orientation: int = 1) -> Pixels:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return decode(encoded(image, "PNG", exif=exif), [view], MAX_PIXELS).views[view]


@pytest.mark.parametrize(
    ("view", "shape"),
    [
        (Crop(64, 56), (56, 56)),
        (Stretch(96, 64), (64, 96)),
        (Letterbox(96, 64), (64, 96)),
        (Within(50), (25, 50)),
        (Within(5000), (200, 400)),
    ],
)
def test_a_view_has_the_size_that_its_rule_says(view: View, shape: tuple[int, int]) -> None:
    assert look(halves(400, 200), view).shape == (*shape, 3)


@pytest.mark.parametrize("size", [(400, 200), (200, 400), (37, 90), (64, 64), (3000, 40)])
@pytest.mark.parametrize("centred", [True, False])
def test_a_letterboxed_image_lies_where_its_placement_says(size: tuple[int, int], centred: bool) -> None:
    view = Letterbox(80, 80, fill=7, centred=centred)
    left, top, width, height = view.placement(size)
    seen = look(Image.new("RGB", size, RED), view)
    inside = seen[top : top + height, left : left + width]
    assert np.all(inside == RED)
    assert (seen == 7).all(axis=2).sum() == 80 * 80 - width * height
    assert max(width, height) == 80
    assert (left, top) == ((80 - width) // 2, (80 - height) // 2) if centred else (left, top) == (0, 0)


@pytest.mark.parametrize("view", [Crop(64, 56), Stretch(96, 64), Letterbox(96, 64), Within(50)], ids=str)
def test_an_image_that_was_held_sideways_is_seen_as_if_it_had_not_been(view: View) -> None:
    upright = halves(400, 200)
    sideways = upright.transpose(Image.Transpose.ROTATE_90)  # orientation 6 turns it back, clockwise
    difference = np.abs(look(upright, view).astype(int) - look(sideways, view, orientation=6))
    assert difference.max() <= 1


def test_equal_rules_are_one_view() -> None:
    image = decode(encoded(halves(40, 20), "PNG"), [Crop(64, 56), Crop(64, 56)], MAX_PIXELS)
    assert [astuple(view)[:2] for view in image.views] == [(64, 56)]


def test_an_image_of_which_no_view_is_asked_is_decoded_all_the_same() -> None:
    assert decode(encoded(halves(40, 20), "PNG"), [], MAX_PIXELS).width == 40

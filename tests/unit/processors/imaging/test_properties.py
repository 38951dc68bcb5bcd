"""Pictures whose colours, light and edges are known give the properties that they must."""

import numpy as np
import pytest
from PIL import Image, ImageFilter

from processors.imaging.colour_names import lab_of, nearest_name
from processors.imaging.properties import measure_properties
from tests.fakes.pictures import quarters, scene


def plain(colour: tuple[int, int, int], width: int = 40, height: int = 30) -> Image.Image:
    return Image.new("RGB", (width, height), colour)


def halves(left: tuple[int, int, int], right: tuple[int, int, int]) -> Image.Image:
    picture = plain(left)
    picture.paste(right, (20, 0, 40, 30))
    return picture


@pytest.mark.parametrize(
    ("colour", "name", "brightness"),
    [
        ((0, 0, 0), "black", 0.0),
        ((255, 255, 255), "white", 1.0),
        ((128, 128, 128), "gray", 0.502),
        ((255, 0, 0), "red", 0.298),
        ((250, 120, 10), "darkorange", 0.5725),
    ],
)
def test_one_colour_is_all_of_a_plain_picture(colour: tuple[int, int, int], name: str, brightness: float) -> None:
    answer = measure_properties(np.asarray(plain(colour)))
    (dominant,) = answer.dominant_colours
    assert (dominant.rgb, dominant.css, dominant.share) == (colour, name, 1.0)
    assert dominant.hex == "#{:02x}{:02x}{:02x}".format(*colour)
    assert answer.brightness == pytest.approx(brightness, abs=0.005)
    assert (answer.contrast, answer.sharpness) == (0.0, 0.0)


@pytest.mark.parametrize("side", [64, 256])
def test_four_quarters_are_four_colours_of_a_quarter_each(side: int) -> None:
    answer = measure_properties(np.asarray(quarters(side)))
    assert {(colour.css, colour.share) for colour in answer.dominant_colours} == {
        (name, 0.25) for name in ("red", "lime", "blue", "white")
    }


def test_colours_come_in_falling_share_and_stains_are_left_out() -> None:
    picture = halves((255, 255, 255), (0, 0, 0))
    picture.paste((255, 0, 0), (0, 0, 10, 10))
    picture.paste((0, 0, 255), (30, 0, 32, 2))
    colours = measure_properties(np.asarray(picture)).dominant_colours
    assert [colour.css for colour in colours] == ["black", "white", "red"]
    assert [colour.share for colour in colours] == [
        pytest.approx(share, abs=1e-4) for share in (596 / 1200, 5 / 12, 1 / 12)
    ]


def test_shades_that_look_alike_are_one_colour() -> None:
    (colour,) = measure_properties(np.asarray(halves((200, 40, 40), (206, 44, 44)))).dominant_colours
    assert (colour.rgb, colour.share) == ((203, 42, 42), 1.0)


def test_no_more_than_five_colours_are_told() -> None:
    bright = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (0, 255, 255), (255, 0, 255), (0, 0, 0)]
    picture = plain((255, 255, 255), width=80)
    for place, colour in enumerate(bright):
        picture.paste(colour, (place * 10, 0, place * 10 + 10, 30))
    assert len(measure_properties(np.asarray(picture)).dominant_colours) == 5


def test_half_black_half_white_is_the_strongest_contrast() -> None:
    answer = measure_properties(np.asarray(halves((0, 0, 0), (255, 255, 255))))
    assert (answer.brightness, answer.contrast) == (0.5, 1.0)
    weaker = measure_properties(np.asarray(halves((64, 64, 64), (191, 191, 191))))
    assert weaker.contrast == pytest.approx(0.498, abs=0.001)


def test_the_more_a_picture_is_blurred_the_less_sharp_it_is() -> None:
    noise = Image.fromarray(np.random.default_rng(3).integers(0, 256, (200, 256, 3), np.uint8))
    blurred = [noise.filter(ImageFilter.GaussianBlur(radius)) for radius in (0.5, 1, 3)]
    rated = [measure_properties(np.asarray(picture)).sharpness for picture in (noise, *blurred)]
    assert rated == sorted(rated, reverse=True)
    assert rated[0] > 0.9
    assert rated[-1] < 0.1


@pytest.mark.parametrize("size", [(1, 1), (1, 256), (256, 2), (3, 3)])
def test_the_smallest_pictures_have_properties_too(size: tuple[int, int]) -> None:
    answer = measure_properties(np.asarray(scene(*size)))
    assert answer.dominant_colours
    assert 0 <= answer.sharpness < 1


@pytest.mark.parametrize(
    ("rgb", "name"),
    [
        ((0, 255, 255), "aqua"),
        ((151, 151, 151), "darkgray"),
        ((43, 25, 12), "black"),
        ((102, 51, 153), "rebeccapurple"),
        ((254, 99, 72), "tomato"),
    ],
)
def test_the_name_is_that_of_the_colour_that_looks_nearest(rgb: tuple[int, int, int], name: str) -> None:
    assert nearest_name(lab_of(np.array(rgb, np.float64))) == name


def test_lightness_and_colour_axes_are_those_of_cielab() -> None:
    white, red = lab_of(np.array([[255.0, 255, 255], [255, 0, 0]]))
    assert white == pytest.approx([100, 0, 0], abs=1e-6)
    assert red == pytest.approx([53.24, 80.09, 67.20], abs=0.02)

"""Colours are those that the embedded profile means; a profile that means nothing costs the picture nothing."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from processors.imaging.colours.colour_profiles import LARGEST_PROFILE_BYTES
from processors.imaging.colours.modes import to_rgb
from processors.imaging.colours.srgb_profiles import is_srgb, linear_to_srgb, srgb_to_linear
from processors.imaging.decoding.decode import decode
from processors.imaging.views import Pixels, Within
from tests.fakes.pictures import encoded, scene
from tests.fakes.profiles import (
    ADOBE,
    ADOBE_GAMMA,
    SRGB,
    SRGB_FORMULA,
    formula_curve,
    gamma_curve,
    grey_profile,
    ink_profile,
    rgb_profile,
    table_curve,
)

ADOBE_RGB = rgb_profile(ADOBE, gamma_curve(ADOBE_GAMMA))
WHOLE = Within(4096)
SRGB_CURVE = formula_curve(SRGB_FORMULA)
COLOUR = (100, 150, 200)
# A printer's inks: every one darkens, cyan is what it is in print.
INKS = {ink: (max(5, 100 - 25 * sum(ink) - 60 * ink[3]), 0, 0) for ink in product((0, 1), repeat=4)}
INKS[1, 0, 0, 0] = (55, -37, -50)


def rgb_of(data: bytes) -> Pixels:
    return decode(data, [WHOLE], 1_000_000).views[WHOLE]


def colour_of(data: bytes) -> tuple[int, ...]:
    return tuple(int(value) for value in rgb_of(data)[8, 8])


def plain(mode: str = "RGB", colour: Any = COLOUR) -> Image.Image:
    return Image.new(mode, (16, 16), colour)


def meant(colour: tuple[int, ...], colorants: Any, gamma: float) -> list[float]:
    """Return the sRGB of ``colour`` by the arithmetic of a matrix and a power alone."""
    light = (np.array(colour) / 255) ** gamma
    linear = np.linalg.solve(np.array(SRGB).T, np.array(colorants).T @ light)
    return list(np.clip(linear_to_srgb(np.clip(linear, 0, 1)) * 255, 0, 255))


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP", "JPEG", "AVIF"])
def test_adobe_rgb_becomes_the_srgb_that_arithmetic_gives(kind: str) -> None:
    options = {"lossless": True} if kind == "WEBP" else {"quality": 100}
    found = colour_of(encoded(plain(), kind, icc_profile=ADOBE_RGB, **options))
    assert found == pytest.approx(meant(COLOUR, ADOBE, ADOBE_GAMMA), abs=1 if kind in ("PNG", "TIFF", "WEBP") else 4)
    assert abs(found[0] - COLOUR[0]) > 30


@pytest.mark.parametrize("colour", [(255, 255, 255), (0, 0, 0), (128, 128, 128)])
def test_white_and_black_stay_what_they_are_and_grey_follows_the_curve(colour: tuple[int, int, int]) -> None:
    found = colour_of(encoded(plain(colour=colour), "PNG", icc_profile=ADOBE_RGB))
    assert found == pytest.approx(meant(colour, ADOBE, ADOBE_GAMMA), abs=1)


def test_a_palette_has_the_colours_of_its_profile() -> None:
    found = colour_of(encoded(plain().quantize(4), "PNG", icc_profile=ADOBE_RGB))
    assert found == pytest.approx(meant(COLOUR, ADOBE, ADOBE_GAMMA), abs=2)


@pytest.mark.parametrize("profile", [rgb_profile(ADOBE, gamma_curve(1.0)), grey_profile(1.0)])
def test_a_grey_picture_follows_its_own_profile_or_that_of_the_colours_it_was_made_from(profile: bytes) -> None:
    expected = float(linear_to_srgb(np.array(128 / 255))) * 255
    assert colour_of(encoded(plain("L", 128), "PNG", icc_profile=profile)) == pytest.approx([expected] * 3, abs=1)


def test_sixteen_bits_of_grey_follow_their_profile() -> None:
    half = Image.fromarray(np.full((16, 16), 32896, np.uint16))
    expected = float(linear_to_srgb(np.array(128 / 255))) * 255
    found = colour_of(encoded(half, "PNG", icc_profile=grey_profile(1.0)))
    assert found == pytest.approx([expected] * 3, abs=1)


def test_what_is_half_clear_is_laid_on_white_after_its_colours_are_known() -> None:
    found = colour_of(encoded(plain("RGBA", (*COLOUR, 51)), "PNG", icc_profile=ADOBE_RGB))
    expected = [0.2 * value + 0.8 * 255 for value in meant(COLOUR, ADOBE, ADOBE_GAMMA)]
    assert found == pytest.approx(expected, abs=2)


def test_grey_with_transparency_follows_its_profile() -> None:
    found = colour_of(encoded(plain("LA", (128, 255)), "PNG", icc_profile=grey_profile(1.0)))
    assert found == pytest.approx([188] * 3, abs=1)


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_printers_inks_are_what_their_profile_says(kind: str) -> None:
    options = {"quality": 100} if kind == "JPEG" else {}
    data = encoded(plain("CMYK", (255, 0, 0, 0)), kind, icc_profile=ink_profile(INKS), **options)
    # CIELAB 55, -37, -50 is outside sRGB: no red at all, and the blue of process cyan.
    assert colour_of(data) == pytest.approx((0, 151, 218), abs=3)
    paper = encoded(plain("CMYK", (0, 0, 0, 0)), kind, icc_profile=ink_profile(INKS), **options)
    assert colour_of(paper) == pytest.approx((255, 255, 255), abs=1)


def test_inks_without_a_profile_are_the_plain_complements() -> None:
    assert colour_of(encoded(plain("CMYK", (255, 0, 0, 0)), "TIFF")) == (0, 255, 255)


def test_a_jpeg_of_inks_is_kept_inverted_as_adobe_does_and_read_so() -> None:
    data = encoded(plain("CMYK", (0, 0, 0, 0)), "JPEG")
    assert b"Adobe" in data[:200]
    assert colour_of(data) == (255, 255, 255)


def test_a_tiff_in_cielab_is_read() -> None:
    red = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")
    data = encoded(red.apply(plain(colour=(200, 30, 40))), "TIFF")
    assert colour_of(data) == pytest.approx((200, 30, 40), abs=3)


def test_an_srgb_profile_changes_no_pixel() -> None:
    picture = scene(64, 48)
    for curve in (SRGB_CURVE, table_curve(list(srgb_to_linear(np.linspace(0, 1, 1024))))):
        data = encoded(picture, "PNG", icc_profile=rgb_profile(SRGB, curve))
        assert np.array_equal(rgb_of(data), np.asarray(picture))


def test_srgb_is_told_by_its_numbers() -> None:
    assert is_srgb(rgb_profile(SRGB, SRGB_CURVE))
    assert is_srgb(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for other in (ADOBE_RGB, rgb_profile(SRGB, gamma_curve(1.8)), rgb_profile(ADOBE, SRGB_CURVE), grey_profile(2.2)):
        assert not is_srgb(other)


def test_no_bytes_are_more_than_no_srgb() -> None:
    whole = rgb_profile(SRGB, SRGB_CURVE)
    chance = np.random.default_rng(4)
    for length in range(len(whole)):
        assert not is_srgb(whole[: min(length, len(whole) - 21)])
    for _ in range(2000):
        broken = bytearray(whole)
        for at in chance.integers(128, len(whole), 6):
            broken[at] = chance.integers(256)
        is_srgb(bytes(broken))


BROKEN = {
    "noise": bytes(range(256)) * 4,
    "nothing": b"\0" * 500,
    "cut off": ADOBE_RGB[:200],
    "another kind of pixels": ink_profile(INKS),
    "no curves": rgb_profile(ADOBE, b"curv\0\0\0\0\xff\xff\xff\xff"),
    "enormous": ADOBE_RGB + bytes(LARGEST_PROFILE_BYTES),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_profile_does_not_cost_the_picture(broken: str) -> None:
    picture = scene(64, 48)
    data = encoded(picture, "TIFF", icc_profile=BROKEN[broken])
    assert np.array_equal(rgb_of(data), np.asarray(picture))


def test_damaged_profiles_never_fail() -> None:
    chance = np.random.default_rng(5)
    picture = plain()
    for whole in (ADOBE_RGB, ink_profile(INKS), grey_profile(1.8)):
        for _ in range(100):
            broken = bytearray(whole)
            for at in chance.integers(0, len(whole), 8):
                broken[at] = chance.integers(256)
            picture.info["icc_profile"] = bytes(broken)
            assert to_rgb(picture).mode == "RGB"

"""Colours that a file describes by numbers look as those of a profile made of the same numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.imaging.colours.colour_profiles import to_srgb
from processors.imaging.colours.described import (
    BT_709,
    BT_2020,
    D65,
    DISPLAY_P3,
    LINEAR,
    SRGB,
    Primaries,
    described_profile,
)
from tests.fakes.pictures import scene
from tests.fakes.profiles import DISPLAY_P3 as P3_COLORANTS
from tests.fakes.profiles import SRGB as SRGB_COLORANTS
from tests.fakes.profiles import SRGB_FORMULA, formula_curve, gamma_curve, rgb_profile

PICTURE = scene(64, 48)


def seen(profile: bytes | None) -> np.ndarray:  # type: ignore[type-arg]
    assert profile is not None
    return np.asarray(to_srgb(PICTURE, profile)).astype(int)


@pytest.mark.parametrize(
    ("described", "published"),
    [
        ((DISPLAY_P3, D65, SRGB), rgb_profile(P3_COLORANTS, formula_curve(SRGB_FORMULA))),
        ((BT_709, D65, LINEAR), rgb_profile(SRGB_COLORANTS, gamma_curve(1.0))),
        ((BT_709, D65, 2, 1.8), rgb_profile(SRGB_COLORANTS, gamma_curve(1.8))),
        ((BT_709, D65, 4), rgb_profile(SRGB_COLORANTS, gamma_curve(2.2))),
    ],
)
def test_they_look_as_by_the_published_profile(
    described: tuple[Primaries, tuple[float, float], int], published: bytes
) -> None:
    off = np.abs(seen(described_profile(*described)) - seen(published))
    assert off.max() <= 3
    assert off.mean() < 0.5


def test_wider_colours_are_stronger() -> None:
    strength = [np.ptp(seen(described_profile(each, D65, SRGB)), axis=2).mean() for each in (DISPLAY_P3, BT_2020)]
    plain = np.ptp(np.asarray(PICTURE).astype(int), axis=2).mean()
    assert plain < strength[0] < strength[1]


@pytest.mark.parametrize("transfer", [1, 6, 13, 14, 15])
def test_those_of_srgb_need_no_profile(transfer: int) -> None:
    assert described_profile(BT_709, D65, transfer) is None


@pytest.mark.parametrize("transfer", [0, 3, 16, 18, 99])
def test_curves_that_no_profile_describes_have_none(transfer: int) -> None:
    assert described_profile(DISPLAY_P3, D65, transfer) is None


points = st.tuples(st.floats(-5, 5, allow_nan=False), st.floats(-5, 5, allow_nan=False))


@given(st.tuples(points, points, points), points, st.integers(0, 20), st.none() | st.floats(1e-6, 1e7))
def test_whatever_points_a_file_names_the_picture_is_shown(
    primaries: Primaries, white: tuple[float, float], transfer: int, gamma: float | None
) -> None:
    profile = described_profile(primaries, white, transfer, gamma)
    assert profile is None or to_srgb(PICTURE, profile).size == PICTURE.size

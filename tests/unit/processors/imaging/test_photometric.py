"""A picture that was exposed badly becomes the one that was exposed well; that one stays as it is."""

import numpy as np
import pytest

from processors.imaging.photometric import LARGEST_GAIN, even_exposure
from processors.imaging.views import Pixels

RAMP: Pixels = np.repeat(np.linspace(0, 255, 256).astype(np.uint8)[None, :, None], 64, 0).repeat(3, 2)


def off(pixels: Pixels, expected: Pixels = RAMP) -> float:
    return float(np.abs(pixels.astype(int) - expected).mean())


def test_what_spans_all_levels_stays_as_it_is() -> None:
    assert off(even_exposure(RAMP)) < 2


@pytest.mark.parametrize(("gain", "offset"), [(0.4, 0), (0.4, 150), (0.3, 90)])
def test_dark_pale_and_faint_pictures_become_what_they_were(gain: float, offset: float) -> None:
    badly = np.rint(RAMP * gain + offset).astype(np.uint8)
    assert off(badly) > 40
    assert off(even_exposure(badly)) < 3


def test_doing_it_twice_changes_next_to_nothing() -> None:
    once = even_exposure((RAMP * 0.4).astype(np.uint8))
    assert off(even_exposure(once), once) < 2


def test_colours_keep_their_order_and_grey_stays_grey() -> None:
    tinted = (RAMP * np.array([0.5, 0.4, 0.3])).astype(np.uint8)
    red, green, blue = even_exposure(tinted)[32, 200].tolist()
    assert red > green > blue
    grey = even_exposure((RAMP * 0.5).astype(np.uint8))
    assert (grey[..., 0] == grey[..., 1]).all()
    assert (grey[..., 1] == grey[..., 2]).all()


@pytest.mark.parametrize("level", [0, 7, 255])
def test_an_even_picture_does_not_become_noise(level: int) -> None:
    even = np.full((32, 32, 3), level, np.uint8)
    noisy = even.copy()
    noisy[::2] = min(level + 1, 255)
    assert int(np.ptp(even_exposure(noisy))) <= LARGEST_GAIN
    assert len(np.unique(even_exposure(even))) == 1

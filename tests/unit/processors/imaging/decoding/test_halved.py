"""A large JPEG 2000 is decoded at a fraction of its size where nobody needs more, and looks the same."""

import time

import numpy as np
import pytest
from PIL import Image

from processors.imaging.decoding.decode import decode
from processors.imaging.views import Crop, View, Within
from tests.fakes.pictures import encoded, quarters, scene

MAX_PIXELS = 64_000_000
SMALL = Crop(64, 56)


def shown(picture: Image.Image, view: View, **options: object) -> tuple[int, int, np.ndarray]:  # type: ignore[type-arg]
    image = decode(encoded(picture, "JPEG2000", **options), [view], MAX_PIXELS)
    return image.width, image.height, image.views[view].astype(int)


@pytest.mark.parametrize("size", [(1024, 768), (1023, 769), (641, 2000)])
@pytest.mark.parametrize("resolutions", [1, 2, 3, 6])
@pytest.mark.parametrize("tile", [None, (256, 256)])
def test_a_small_view_of_it_looks_as_that_of_another_format(
    size: tuple[int, int], resolutions: int, tile: tuple[int, int] | None
) -> None:
    picture = scene(*size)
    width, height, ours = shown(picture, SMALL, num_resolutions=resolutions, tile_size=tile)
    theirs = decode(encoded(picture, "PNG"), [SMALL], MAX_PIXELS).views[SMALL]
    assert (width, height) == size
    assert np.abs(ours - theirs).mean() < 2


def test_what_is_to_be_seen_whole_is_decoded_whole() -> None:
    picture = scene(1024, 768)
    assert np.array_equal(shown(picture, Within(4096))[2], np.asarray(picture))
    both = decode(encoded(picture, "JPEG2000"), [SMALL, Within(4096)], MAX_PIXELS)
    assert np.array_equal(both.views[Within(4096)], np.asarray(picture))


def test_halving_saves_most_of_the_work() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (1536, 2048, 3), np.uint8)
    data = encoded(Image.fromarray(noise), "JPEG2000")

    def seconds(view: View) -> float:
        started = time.process_time()
        decode(data, [view], MAX_PIXELS)
        return time.process_time() - started

    assert seconds(SMALL) * 4 < seconds(Within(4096))


def test_alpha_and_grey_are_halved_alike() -> None:
    for mode in ("L", "LA", "RGBA"):
        picture = quarters(1024, "RGBA").convert(mode)
        ours = shown(picture, SMALL)[2]
        theirs = decode(encoded(picture, "PNG"), [SMALL], MAX_PIXELS).views[SMALL]
        assert np.abs(ours - theirs).mean() < 2

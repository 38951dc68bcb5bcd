"""All that is compared, format by format."""

from collections.abc import Iterator

from tests.compare_decoders.combinations import Combination
from tests.compare_decoders.heic_combinations import heic_combinations
from tests.compare_decoders.pillow_combinations import pillow_combinations
from tests.compare_decoders.png_combinations import png_combinations
from tests.compare_decoders.seldom_combinations import seldom_combinations
from tests.compare_decoders.tiff_combinations import tiff_combinations


def all_combinations() -> Iterator[Combination]:
    yield from png_combinations()
    yield from tiff_combinations()
    yield from pillow_combinations()
    yield from heic_combinations()
    yield from seldom_combinations()

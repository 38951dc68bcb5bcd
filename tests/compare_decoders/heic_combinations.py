"""HEIC by turn, tiles and depth: held against what was written, and plain ones against FFmpeg's own HEVC."""

from collections.abc import Iterator
from itertools import product

import numpy as np
from PIL import Image

from tests.compare_decoders import by_ffmpeg
from tests.compare_decoders.combinations import Combination, Tolerance
from tests.compare_decoders.png_combinations import exif
from tests.compare_decoders.subject import colours, in_8_bits, turned
from tests.fakes.heic import TURNS, HeicForm, heic
from tests.fakes.pictures import scene

# Colours on their way to luma and back, each rounded.
THROUGH_LUMA = Tolerance(4, 1)
TILED = 192, 128


def heic_combinations() -> Iterator[Combination]:
    yield from _plain()
    yield from _turned()


def _plain() -> Iterator[Combination]:
    meant = in_8_bits(colours(8), 255)
    for bits in (8, 10, 12):
        data = heic(Image.fromarray(meant), HeicForm(bits=bits))
        yield Combination(f"HEIC of {bits} bits", "plain", data, THROUGH_LUMA, meant, by_ffmpeg.decoded)


def _turned() -> Iterator[Combination]:
    """Yield what FFmpeg leaves as it is stored: the writer's arithmetic decides."""
    meant = np.asarray(scene(*TILED))
    for orientation, tiles, noted in product(TURNS, (1, 2), (False, True)):
        note = b"Exif\0\0" + exif(orientation, "<") if noted else b""
        form = HeicForm(turns=TURNS[orientation], tiles=tiles, exif=note)
        data = heic(Image.fromarray(turned(meant, orientation)), form)
        variant = f"{orientation}, {tiles} tiles a side, {'with' if noted else 'no'} EXIF"
        yield Combination("HEIC turned", variant, data, THROUGH_LUMA, meant)

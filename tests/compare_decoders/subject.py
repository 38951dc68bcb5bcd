"""The picture that every combination shows, and how one of any depth should look in 8 bits."""

import numpy as np
import numpy.typing as npt

Levels = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.uint64]
# Odd, so that rows end within bytes, and tiles and subsampled blocks within the picture.
WIDTH, HEIGHT = 61, 43


def colours(bits: int, channels: int = 3) -> Numbers:
    """Return ``[height, width, channels]``: smooth, of the whole range of ``bits``, different in every direction."""
    down, across = np.mgrid[0:HEIGHT, 0:WIDTH]
    waves = [
        across / (WIDTH - 1),
        down / (HEIGHT - 1),
        (1 + np.sin(across / 9.0 + down / 13.0)) / 2,
        0.15 + 0.7 * (across + 2 * down) / (WIDTH + 2 * HEIGHT - 3),
    ]
    largest = 2**bits - 1
    # Of 64 bits not even the doubles between have so many digits.
    scaled = np.stack(waves[:channels], axis=2) * float(largest)
    return np.minimum(np.rint(scaled), np.nextafter(float(largest) + 1, 0)).astype(np.uint64)


def grey(bits: int) -> Numbers:
    """Return ``[height, width]``, as ``colours``."""
    return np.ascontiguousarray(colours(bits, 3)[:, :, 2])


def in_8_bits(numbers: npt.NDArray[np.generic], largest: float) -> Levels:
    """Return ``[height, width, 3]`` of what numbers from 0 to ``largest`` look like."""
    levels = np.rint(np.clip(numbers.astype(np.float64) * 255.0 / largest, 0, 255)).astype(np.uint8)
    return np.repeat(levels[:, :, None], 3, axis=2) if levels.ndim == 2 else levels


def on_white(levels: npt.NDArray[np.generic], alpha: npt.NDArray[np.generic], largest: float) -> Levels:
    """Return what ``levels`` in 8 bits look like on white, as far as ``alpha`` of ``largest`` lets them through."""
    share = alpha.astype(np.float64)[:, :, None] / largest
    return np.rint(levels.astype(np.float64) * share + 255.0 * (1 - share)).astype(np.uint8)


def turned(upright: Levels, orientation: int) -> Levels:
    """Return what a camera held so has written of the upright picture: the opposite of what EXIF asks for."""
    stored = np.swapaxes(upright, 0, 1) if orientation >= 5 else upright
    if orientation in (3, 4, 6, 7):
        stored = stored[::-1]
    if orientation in (2, 3, 7, 8):
        stored = stored[:, ::-1]
    return np.ascontiguousarray(stored)

"""The words of a line, each with its place, by where the recogniser saw its characters."""

import unicodedata
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from processors.imaging.views import Pixels
from processors.models.text.characters import ReadLine
from processors.models.text.line_images import LineImage
from processors.models.text.lines import Word, part_of

# Scripts whose words nothing stands between: each of their characters is told as a word.
UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "BOPOMOFO")
# What differs from its background by this much of the line's strongest contrast is ink.
INK = 0.35
# Rows at the edges of a line that may show those above and below it.
EDGE_ROWS = 4


def words_of(line: LineImage, read: ReadLine, columns: float) -> list[Word]:
    """Return the words of a line in their order; ``columns`` of the recogniser's output cover all of it."""
    centres = (np.array(read.centres) + 0.5) * (line.width / columns)
    ink = ink_columns(line.pixels)
    return [_word(line, read, centres, ink, start, end) for start, end in spans(read.text)]


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each word begins and ends.

    A word is what stands between white space; in scripts without spaces, each character.
    """
    start = 0
    for at, character in enumerate((*text, " ")):
        if character.isspace() or _stands_alone(character):
            if start < at:
                yield start, at
            if not character.isspace():
                yield at, at + 1
            start = at + 1


def ink_columns(pixels: Pixels) -> npt.NDArray[np.bool_]:
    """Return for each column of a line whether anything is written in it."""
    inner = pixels[EDGE_ROWS:-EDGE_ROWS]
    contrast = (inner.max(axis=0) - inner.min(axis=0)).max(axis=1)
    inked: npt.NDArray[np.bool_] = contrast > INK * np.percentile(contrast, 95)
    return inked


def _stands_alone(character: str) -> bool:
    return ord(character) > 0x2E7F and unicodedata.name(character, "").startswith(UNSPACED)


def _word(
    line: LineImage,
    read: ReadLine,
    centres: npt.NDArray[np.float64],
    ink: npt.NDArray[np.bool_],
    start: int,
    end: int,
) -> Word:
    left = 0.0 if start == 0 else _between(read.text, centres, start - 1)
    right = float(line.width) if end == len(centres) else _between(read.text, centres, end - 1)
    left, right = _trimmed(ink, left, right)
    return Word(
        text=read.text[start:end],
        confidence=float(np.mean(read.confidences[start:end])),
        corners=part_of(line.corners, left / line.width, right / line.width),
    )


def _between(text: str, centres: npt.NDArray[np.float64], before: int) -> float:
    """Return the column that parts two characters: the middle of the space where one of them is a space."""
    if text[before].isspace():
        return float(centres[before])
    if text[before + 1].isspace():
        return float(centres[before + 1])
    return float(centres[before] + centres[before + 1]) / 2


def _trimmed(ink: npt.NDArray[np.bool_], left: float, right: float) -> tuple[float, float]:
    """Return the outermost columns in which something is written; the same where nothing is."""
    first, last = max(0, int(left)), min(len(ink), int(np.ceil(right)))
    inked = np.flatnonzero(ink[first:last])
    return (float(first + inked[0]), float(first + inked[-1] + 1)) if inked.size else (left, right)

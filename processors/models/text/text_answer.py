"""Lines and words as pixels into the answer that a caller understands."""

from collections.abc import Iterator, Sequence

import numpy as np

from processors.labels.tree import rounded_confidence
from processors.models.tasks.answers import box_of
from processors.models.text.lines import Line, Quadrangle
from schemas.answers import MOST_WORDS, Box, TextAnswer, TextLine, TextWord
from schemas.results import VersionedName

LINE_DIGITS = 6
# A sixth of a pixel of what the reader is shown: the answer stays small.
WORD_DIGITS = 4
# A word counts as upright if no corner is farther than this from its box's, as a ratio of the word's height.
UPRIGHT = 0.15


def text_answer(model: VersionedName, lines: Sequence[Line], width: int, height: int) -> TextAnswer:
    """Return lines and their words as they come; they may leave the picture of ``width`` x ``height`` pixels."""
    words = [word for number, line in enumerate(lines) for word in _words(line, number, width, height)]
    return TextAnswer(
        model=model,
        text="\n".join(line.text for line in lines),
        lines=tuple(_line(line, width, height) for line in lines),
        words=tuple(words[:MOST_WORDS]),
        words_left_out=max(0, len(words) - MOST_WORDS) or None,
    )


def _line(line: Line, width: int, height: int) -> TextLine:
    corners = _ratios(line.corners, width, height, LINE_DIGITS)
    return TextLine(
        text=line.text,
        confidence=rounded_confidence(line.confidence),
        box=_around(corners, LINE_DIGITS),
        corners=corners.tolist(),
    )


def _words(line: Line, number: int, width: int, height: int) -> Iterator[TextWord]:
    for word in line.words:
        corners = _ratios(word.corners, width, height, WORD_DIGITS)
        yield TextWord(
            text=word.text,
            confidence=round(rounded_confidence(word.confidence), WORD_DIGITS),
            box=_around(corners, WORD_DIGITS),
            corners=None if _is_upright(word.corners) else corners.tolist(),
            line=number,
        )


def _ratios(corners: Quadrangle, width: int, height: int, digits: int) -> Quadrangle:
    ratios: Quadrangle = (corners / (width, height)).clip(0.0, 1.0).round(digits)
    return ratios


def _around(corners: Quadrangle, digits: int) -> Box:
    (left, top), (right, bottom) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    return box_of(left, top, right, bottom, digits)


def _is_upright(corners: Quadrangle) -> bool:
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    of_box = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
    height = np.linalg.norm(corners[3] - corners[0])
    return bool(np.abs(corners - of_box).max() <= UPRIGHT * height)

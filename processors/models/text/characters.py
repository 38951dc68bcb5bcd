"""What a recogniser makes of a line: characters, each with its place along the line (connectionist temporal
classification)."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

BLANK = 0


@dataclass(frozen=True, slots=True)
class ReadLine:
    """The characters of a line; ``centres`` are columns of the recogniser's output, whose first is 0."""

    text: str
    confidences: tuple[float, ...]
    centres: tuple[float, ...]

    @property
    def confidence(self) -> float:
        """The mean of the characters' confidences."""
        return float(np.mean(self.confidences)) if self.confidences else 0.0


def decode(best: npt.NDArray[np.int64], confidences: npt.NDArray[np.float32], alphabet: Sequence[str]) -> ReadLine:
    """Return the characters that the most probable class of each column stands for.

    ``alphabet`` begins with a blank, which stands between equal characters; a run of columns is one character.
    """
    starts = np.flatnonzero(np.diff(best, prepend=BLANK))
    runs = [(start, end) for start, end in pairwise((*starts.tolist(), len(best))) if best[start] != BLANK]
    return ReadLine(
        text="".join(alphabet[best[start]] for start, _ in runs),
        confidences=tuple(float(confidences[start]) for start, _ in runs),
        centres=tuple((start + end - 1) / 2 for start, end in runs),
    )

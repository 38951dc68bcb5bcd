"""How far what was read is from what is written, in single changes."""

from collections.abc import Hashable, Sequence

import numpy as np
import numpy.typing as npt


def edit_distance(written: Sequence[Hashable], read: Sequence[Hashable]) -> int:
    """Return the least number of insertions, deletions and substitutions that make one of the other (Levenshtein).

    Row by row, as Wagner and Fischer (1974) do. The insertions of a row are one running minimum: a page of 6,000
    characters takes a fraction of a second.
    """
    first, second = _numbered(written, read)
    columns = np.arange(len(second) + 1)
    row = columns
    for at, item in enumerate(first, 1):
        kept_or_changed = np.minimum(row[1:] + 1, row[:-1] + (second != item))
        row = np.minimum.accumulate(np.concatenate([[at], kept_or_changed]) - columns) + columns
    return int(row[-1])


def _numbered(*texts: Sequence[Hashable]) -> list[npt.NDArray[np.int64]]:
    """Return the items as numbers, equal ones as the same."""
    numbers: dict[Hashable, int] = {}
    return [np.array([numbers.setdefault(item, len(numbers)) for item in text], np.int64) for text in texts]

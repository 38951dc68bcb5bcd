"""Up to where a partition is acknowledged, told without a number for each offset that there never was.

Faust makes one of each: of the end of a transaction, and of every message that was dropped before it was read, or that
one stand-in stands for. A hundred million of those would take gigabytes.
"""

from collections.abc import Iterable, Sequence
from heapq import merge

Range = tuple[int, int]
"""The first offset, and the one after the last."""


def next_to_commit(acknowledged: Sequence[int], gaps: Iterable[Range], committed: int | None) -> int | None:
    """Return the offset after those that are done without a break; None while the break is at their beginning.

    ``acknowledged`` is in order and not empty; ``gaps`` are offsets without a message, of which those count that begin
    before an acknowledged one.
    """
    skipped = sorted(gap for gap in gaps if gap[0] < acknowledged[-1])
    pieces = merge(((offset, offset + 1) for offset in acknowledged), skipped)
    first, end = next(pieces)
    if committed and first - committed > 1:
        return None
    for start, after in pieces:
        if start > end:
            break
        end = max(end, after)
    return end

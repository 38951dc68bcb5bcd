"""The outcomes that were told last, so that clients who were away for a moment cost no reading."""

from bisect import bisect_left
from collections.abc import Sequence

from api.live.cursors import Position
from api.live.outcomes.entries import Entry

TRIM_AT = 1024


class History:
    """Messages without a gap, in the order in which this process read them: from ``start`` up to ``end``.

    The oldest give way where all together would be larger than ``most_bytes``.
    """

    def __init__(self, start: Position, most_bytes: int) -> None:
        self.start = start
        self.end = start
        self._most_bytes = most_bytes
        self._entries: list[Entry] = []
        # Those before it have given way.
        self._head = 0
        self._bytes = 0

    def append(self, entry: Entry) -> None:
        """Add what came after everything else."""
        self._entries.append(entry)
        self._bytes += entry.size
        self.end = entry.position
        while self._bytes > self._most_bytes:
            self._drop_oldest()

    def extend_back(self, start: Position, entries: Sequence[Entry]) -> bool:
        """Add what lies between ``start`` and the start until now; False where there is no room for all of it."""
        size = sum(entry.size for entry in entries)
        if self._bytes + size > self._most_bytes:
            return False
        self._entries[: self._head] = entries
        self._head = 0
        self._bytes += size
        self.start = start
        return True

    def covers(self, position: Position) -> bool:
        """Whether everything after ``position`` is here."""
        return all(position.get(at, 0) >= offset for at, offset in self.start.items())

    def after(self, position: Position, most: int) -> Sequence[Entry]:
        """Return the first ``most`` entries of which some may come after ``position``; none where none does."""
        first = bisect_left(
            self._entries, True, lo=self._head, key=lambda entry: not _is_reached(entry.position, position)
        )
        return self._entries[first : first + most]

    def _drop_oldest(self) -> None:
        oldest = self._entries[self._head]
        self.start = oldest.position
        self._bytes -= oldest.size
        self._head += 1
        if self._head >= TRIM_AT:
            del self._entries[: self._head]
            self._head = 0


def is_after(entry: Entry, position: Position) -> bool:
    """Whether a stream at ``position`` has not told this entry yet."""
    return entry.offset >= position.get(entry.place, 0)


def advanced(position: Position, to: Position) -> Position:
    """Return where a stream stands that had come to both."""
    return {at: max(position.get(at, 0), to.get(at, 0)) for at in {**position, **to}}


def _is_reached(position: Position, by: Position) -> bool:
    return all(by.get(at, 0) >= offset for at, offset in position.items())

"""The numbers that order the references of one partition, whatever the clocks of its leaders say.

A reference's number is at least what its append time and offset alone give (``Origin.moment_us``), and larger than that
of every reference before it in its partition, by two for each offset. So within a partition the offset decides, and the
numbers of two neighbours leave room for that of a deletion between them.

The number is a function of the partition alone: the largest ``moment_us`` of those that stand at or before it, plus two
for each offset since. Whoever reads the partition from any offset on needs but one number to go on, its *lead*: the
largest ``moment_us - 2 * offset`` so far.
"""

from bisect import bisect_left
from collections.abc import Mapping
from typing import Protocol

from schemas.images import LATEST_MS, LATEST_SEQUENCE, Origin, moment_us
from schemas.messages.commit_notes import CommitNote, CommittedOffset, Place

STEP = 2


class TimeIndex(Protocol):
    """What may be asked about partitions."""

    async def first_at(self, times_ms: Mapping[Place, int]) -> Mapping[Place, tuple[int, int]]:
        """Return offset and append time of each partition's first message of that time or later; none is left out."""


class PartitionSequence:
    """Numbers the references of one partition as they are read, in the order of their offsets."""

    def __init__(self, lead: int | None = None, start: int = 0) -> None:
        """Go on at offset ``start`` with the lead of what stands before it; None where that is not known."""
        self._lead = lead
        self._start = start
        # What was read since: offsets, and the lead up to and with each.
        self._offsets: list[int] = []
        self._leads: list[int] = []

    @classmethod
    def after(cls, committed: CommittedOffset) -> "PartitionSequence":
        """Go on where a note tells the last number."""
        sequence, offset = committed.note.sequence, committed.offset
        return cls(None if sequence is None else sequence - STEP * (offset - 1), offset)

    def number(self, origin: Origin) -> int:
        """Return the number of a reference: the same at each call, as long as it was not forgotten."""
        place = bisect_left(self._offsets, origin.offset)
        if place < len(self._offsets) and self._offsets[place] == origin.offset:
            return _number(self._leads[place], origin.offset)
        if origin.offset < self._next:
            self._begin_anew(origin.offset)
        lead = _lead(origin.offset, origin.moment_us)
        known = self._leads[-1] if self._leads else self._lead
        self._offsets.append(origin.offset)
        self._leads.append(lead if known is None else max(known, lead))
        return _number(self._leads[-1], origin.offset)

    def forget_before(self, offset: int) -> None:
        """Keep no more than is needed to number what stands at ``offset`` and after it."""
        done = bisect_left(self._offsets, offset)
        if done:
            self._lead = self._leads[done - 1]
        self._start = max(self._start, offset)
        del self._offsets[:done], self._leads[:done]

    def note(self, offset: int, note: CommitNote) -> CommitNote:
        """Return ``note`` with the last number before ``offset``, which is being committed; forgets what is before."""
        self.forget_before(offset)
        if self._lead is None:
            return note
        return note.model_copy(update={"sequence": max(0, _number(self._lead, offset - 1))})

    @property
    def _next(self) -> int:
        """The smallest offset that may come next in a topic that is the same as before."""
        return self._offsets[-1] + 1 if self._offsets else self._start

    def _begin_anew(self, offset: int) -> None:
        """The topic was made anew and counts from its beginning: go on above the numbers of the one before."""
        known = self._leads[-1] if self._leads else self._lead
        self._lead = None if known is None else known + STEP * (self._next - offset)
        self._start = offset
        self._offsets.clear()
        self._leads.clear()


async def lead_before(place: Place, end: int, index: TimeIndex) -> int | None:
    """Return the lead of the messages of a partition before ``end``, from its time index; None if it holds none.

    Of two messages of one time the first leads, and so it does over a later one of an earlier time. Only messages can
    lead, therefore, that were the first of their time or later, which is what a time index finds: no message is read.
    """
    newest = await _newest_before(place, end, index)
    if newest is None:
        return None
    offset, time_ms = newest
    lead = _lead(offset, moment_us(offset, time_ms))
    at_ms = await _earliest_rival(place, newest, index)
    while at_ms < time_ms:
        rival, rival_ms = (await index.first_at({place: at_ms})).get(place, newest)
        lead = max(lead, _lead(rival, moment_us(rival, rival_ms)))
        at_ms = rival_ms + 1
    return lead


async def _newest_before(place: Place, end: int, index: TimeIndex) -> tuple[int, int] | None:
    """Return the first of the messages before ``end`` that have the latest time, found by halving."""
    newest = await _first_before(place, 0, end, index)
    low, high = (0, 0) if newest is None else (newest[1] + 1, LATEST_MS)
    while low < high:
        middle = (low + high) // 2
        found = await _first_before(place, middle, end, index)
        if found is None:
            high = middle
        else:
            newest, low = found, found[1] + 1
    return newest


async def _first_before(place: Place, at_ms: int, end: int, index: TimeIndex) -> tuple[int, int] | None:
    found = (await index.first_at({place: at_ms})).get(place)
    return found if found is not None and found[0] < end else None


async def _earliest_rival(place: Place, newest: tuple[int, int], index: TimeIndex) -> int:
    """Return the time before which no message leads over ``newest``: it would stand too few offsets before it."""
    offset, time_ms = newest
    rival = 0
    while True:
        at_ms = max(0, time_ms - 1 - (offset - rival) // (1000 // STEP))
        found, _ = (await index.first_at({place: at_ms})).get(place, newest)
        if found <= rival:
            return at_ms
        rival = found


def _lead(offset: int, moment: int) -> int:
    return moment - STEP * offset


def _number(lead: int, offset: int) -> int:
    return min(LATEST_SEQUENCE, lead + STEP * offset)

"""Dead letters that stand for messages which were deleted unread: which those are, and what they count as.

Ranges may overlap, as where a worker died between telling of a gap and moving past it, and single messages of a range
may be there still, or have an outcome of their own: each message counts once.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from infra.operations.reconcile.records.records import TOPIC_NAMES, MessagePlace
from schemas.dead_letters import Rejection
from schemas.records.reconciliation import UnreadRange
from schemas.topics import DEAD_LETTERS, IMAGE_GROUPS, RECOGNISE_GROUP, RECOGNITION_RESULTS, REFERENCE_TOPICS

OUTCOME_TOPICS = (RECOGNITION_RESULTS, DEAD_LETTERS)

Partition = tuple[str, int]
Interval = tuple[int, int]
"""From the first offset to the last, both included."""


def merged(intervals: Iterable[Interval]) -> list[Interval]:
    """Return the same offsets in intervals that neither overlap nor touch, in their order."""
    found: list[Interval] = []
    for first, last in sorted(intervals):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found


def without(intervals: Iterable[Interval], taken: Iterable[Interval]) -> list[Interval]:
    """Return the offsets of ``intervals`` that are in none of ``taken``."""
    left = merged(intervals)
    for first, last in merged(taken):
        left = [part for one in left for part in _cut(one, first, last)]
    return left


def size(intervals: Iterable[Interval]) -> int:
    return sum(last - first + 1 for first, last in intervals)


def _cut(one: Interval, first: int, last: int) -> Iterator[Interval]:
    if one[0] < first:
        yield one[0], min(one[1], first - 1)
    if one[1] > last:
        yield max(one[0], last + 1), one[1]


@dataclass
class UnreadRanges:
    """What was deleted before it was read, as the dead letters on the topic tell it.

    Whose references a range held nobody knows: where those of one workspace are counted, ``whole`` is false, and only
    what Cassandra knows of them counts.
    """

    whole: bool = True
    letters: dict[str, Rejection] = field(default_factory=dict)
    discarded: set[str] = field(default_factory=set)
    put_away_before: list[Rejection] = field(default_factory=list)
    """Dead letters that were put away, as Cassandra keeps them: the topic may have forgotten them."""
    _seen: defaultdict[Partition, set[int]] = field(default_factory=lambda: defaultdict(set))

    def add(self, letter: Rejection) -> None:
        """Take up a dead letter; of several with one name the widest counts."""
        known = self.letters.get(letter.known_as.id)
        if known is None or (known.last_offset or 0) < (letter.last_offset or 0):
            self.letters[letter.known_as.id] = letter

    def discard(self, letter: Rejection) -> None:
        """An administrator has put the letter away: its messages need no answer."""
        self.add(letter)
        self.discarded.add(letter.known_as.id)

    def saw(self, place: MessagePlace) -> None:
        """There is a message at ``place``, or an outcome of it: it is judged by that."""
        if self._names(place, self.letters.values()):
            self._seen[TOPIC_NAMES[place.topic], place.partition].add(place.offset)

    def count_for(self, place: MessagePlace) -> bool:
        """Whether the reference that stood at ``place`` counts with the range in which it was deleted."""
        return self.whole and self._names(place, self.letters.values())

    def have_put_away(self, place: MessagePlace) -> bool:
        """Whether an administrator has put away the range, or the topic, with which the reference was deleted."""
        opened = [letter for name, letter in self.letters.items() if name not in self.discarded]
        away = [letter for name, letter in self.letters.items() if name in self.discarded] + self.put_away_before
        # A range tells more exactly what became of a message than the end of its whole topic, which came later.
        for is_exact in (True, False):
            if _went_with(place, _of_kind(opened, is_exact)):
                return False
            if _went_with(place, _of_kind(away, is_exact)):
                return True
        return False

    @property
    def sinks_have_missed(self) -> bool:
        """Whether outcomes were deleted before a sink had read them: the topics do not hold all that there were."""
        return any(letter.origin.topic in OUTCOME_TOPICS for letter in self.letters.values())

    def lost(self) -> int:
        """Return how many references were deleted unread, and are counted nowhere else."""
        if not self.whole:
            return 0
        return sum(size(self._unseen(at, opened)) for at, (opened, _) in self._by_partition().items())

    def put_away(self) -> int:
        """Return how many of them an administrator has put away."""
        if not self.whole:
            return 0
        found = self._by_partition().items()
        return sum(size(self._unseen(at, without(discarded, opened))) for at, (opened, discarded) in found)

    @property
    def topics_made_anew_at(self) -> datetime | None:
        """When it was last noticed that a topic of references had been deleted with what recognition had not read."""
        noticed = (
            letter.rejected_at
            for name, letter in self.letters.items()
            if letter.last_offset is None
            and (letter.group, letter.origin.topic in REFERENCE_TOPICS) == (RECOGNISE_GROUP, True)
            and name not in self.discarded
        )
        return max(noticed, default=None)

    def told(self) -> tuple[UnreadRange, ...]:
        """Return what each group that works on images has missed, the oldest first."""
        ordered = sorted(self.letters.items(), key=lambda item: item[1].rejected_at)
        return tuple(
            UnreadRange.of(letter, open=name not in self.discarded)
            for name, letter in ordered
            if letter.group in IMAGE_GROUPS
        )

    def _names(self, place: MessagePlace, letters: Iterable[Rejection]) -> bool:
        return _went_with(place, filter(_is_of_references, letters))

    def _by_partition(self) -> dict[Partition, tuple[list[Interval], list[Interval]]]:
        """Return the ranges of references that stand open, and those that were put away."""
        found: defaultdict[Partition, tuple[list[Interval], list[Interval]]] = defaultdict(lambda: ([], []))
        for name, letter in self.letters.items():
            if _is_of_references(letter):
                at = (letter.origin.topic, letter.origin.partition)
                found[at][name in self.discarded].append((letter.origin.offset, _last(letter)))
        return found

    def _unseen(self, at: Partition, intervals: Iterable[Interval]) -> list[Interval]:
        return without(intervals, ((offset, offset) for offset in self._seen[at]))


def _of_kind(letters: Iterable[Rejection], is_exact: bool) -> Iterator[Rejection]:
    return (letter for letter in letters if (letter.last_offset is not None) is is_exact)


def _went_with(place: MessagePlace, letters: Iterable[Rejection]) -> bool:
    """Whether the reference at ``place`` was deleted with what one of ``letters`` tells.

    A message that was appended after a gap was noticed is of a topic that was made anew.
    """
    at = (TOPIC_NAMES[place.topic], place.partition)
    return any(
        (letter.origin.topic, letter.origin.partition) == at
        and letter.group == RECOGNISE_GROUP
        and letter.origin.offset <= place.offset
        and (letter.last_offset is None or place.offset <= letter.last_offset)
        and place.appended_at_ms <= letter.rejected_at.timestamp() * 1000
        for letter in letters
    )


def _is_of_references(letter: Rejection) -> bool:
    """Whether it counts references that recognition has not read; how many a whole topic held nobody knows."""
    return (
        letter.group == RECOGNISE_GROUP and letter.origin.topic in REFERENCE_TOPICS and letter.last_offset is not None
    )


def _last(letter: Rejection) -> int:
    return letter.origin.offset if letter.last_offset is None else letter.last_offset

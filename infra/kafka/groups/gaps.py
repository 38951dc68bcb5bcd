"""What a consumer group can no longer read: from what it has acknowledged, and what a partition holds now.

A client of Kafka starts over at the first message there is where its offset is gone, without a word. Here the same is
worked out beforehand, so that what was deleted unread can be told, and a topic that was made anew is read from its
beginning whatever offset was acknowledged of the one before it.
"""

from collections.abc import Collection
from dataclasses import dataclass

from schemas.messages.commit_notes import CommitNote, CommittedOffset


@dataclass(frozen=True, slots=True)
class Holding:
    """What a partition holds: offsets from ``first`` up to but not including ``end``, of the topic with this id."""

    topic_id: str
    first: int
    end: int


@dataclass(frozen=True, slots=True)
class Gap:
    """Messages of one partition that were deleted before the group had read them.

    ``last`` is None where the whole topic was deleted: nobody knows any more how far it went.
    """

    topic_id: str | None
    first: int
    last: int | None

    @property
    def messages(self) -> int | None:
        """How many there were, if every offset held one; None where that is not known."""
        return None if self.last is None else self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class Start:
    """Where a group goes on in a partition, and what it has missed until there."""

    offset: int
    gaps: tuple[Gap, ...] = ()


def committed_before(
    committed: CommittedOffset | None, holding: Holding, noted_ids: Collection[str]
) -> CommittedOffset | None:
    """Return where the group stood in a topic that was deleted since, which Kafka forgets with the topic.

    ``noted_ids`` are those under which the group has read a topic of that name, as they are noted beside its offsets in
    other partitions. Where the present id is among them, somebody of the group has begun the present topic already.
    """
    if committed is not None or not noted_ids or holding.topic_id in noted_ids:
        return committed
    return CommittedOffset(0, CommitNote(topic_id=min(noted_ids)))


def find_start(committed: CommittedOffset | None, holding: Holding) -> Start:
    """Return where to go on; a group that has committed nothing has missed nothing.

    An offset beyond the end is of another topic of that name too, even where no id was noted, or of a log that the
    brokers have cut: everything there is is read then, since reading it twice changes nothing.
    """
    if committed is None:
        return Start(holding.first)
    if _is_another(committed, holding):
        gone = Gap(committed.note.topic_id, committed.offset, None)
        return Start(holding.first, (gone, *_deleted(0, holding)))
    return Start(max(committed.offset, holding.first), tuple(_deleted(committed.offset, holding)))


def _is_another(committed: CommittedOffset, holding: Holding) -> bool:
    return committed.note.topic_id not in (None, holding.topic_id) or committed.offset > holding.end


def _deleted(offset: int, holding: Holding) -> list[Gap]:
    return [Gap(holding.topic_id, offset, holding.first - 1)] if offset < holding.first else []

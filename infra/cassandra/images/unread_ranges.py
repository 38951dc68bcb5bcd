"""What Kafka deleted before it was read, as Cassandra keeps it, and the images that wait for it in vain."""

import time
from collections.abc import Iterable, Sequence
from datetime import datetime

from infra.cassandra.session import CassandraSession, Write
from schemas.dead_letters import Reason, Rejection, Resolution, Resolved
from schemas.images import Origin
from schemas.queries import ImageRecord, ImageStatus
from schemas.topics import RECOGNISE_GROUP, REFERENCE_TOPICS, STORE_GROUP, TOPICS

SAVE = "INSERT INTO {keyspace}.unread_ranges (topic, name, rejection) VALUES (?, ?, ?) USING TIMESTAMP ?"
PUT_AWAY = "UPDATE {keyspace}.unread_ranges USING TIMESTAMP ? SET put_away_at = ? WHERE topic = ? AND name = ?"
READ = "SELECT rejection, put_away_at FROM {keyspace}.unread_ranges WHERE topic = ?"
REMEMBERED_S = 5.0
SUBMIT_AGAIN = "Kafka deleted the reference before the image was recognised. Submit the image again."


def range_writes(rejections: Iterable[Rejection]) -> list[list[Write]]:
    """Return what keeps those of ``rejections`` that stand for what was deleted unread; the widest of an id counts."""
    return [[_write(one)] for one in rejections if one.reason is Reason.EXPIRED_UNREAD]


def _write(letter: Rejection) -> Write:
    version = letter.known_as.version + letter.messages
    return Write(SAVE, (letter.origin.topic, _row_of(letter), letter.model_dump_json(exclude_none=True), version))


def put_away_writes(resolved: Iterable[Resolved]) -> list[list[Write]]:
    """Return what keeps that an administrator has put away dead letters of what was deleted unread, and which."""
    return [
        [
            _write(letter),
            Write(PUT_AWAY, (int(one.at.timestamp() * 1_000_000), one.at, letter.origin.topic, _row_of(letter))),
        ]
        for one in resolved
        if (letter := one.rejection).reason is Reason.EXPIRED_UNREAD and one.resolution is Resolution.DISCARDED
    ]


def _row_of(letter: Rejection) -> str:
    """Its id, which tells when it was noticed: a topic that was made anew may lose the same offsets once more."""
    return letter.known_as.id


async def read_put_away(session: CassandraSession) -> list[Rejection]:
    """Return the dead letters of ranges that an administrator has put away, whether Kafka still holds them or not."""
    return [letter for letter, put_away_at in await _read(session, REFERENCE_TOPICS) if put_away_at is not None]


async def _read(session: CassandraSession, topics: Iterable[str]) -> list[tuple[Rejection, datetime | None]]:
    """Return the ranges of some topics, and when each was put away.

    Rows of an earlier version may lack their range: it was written after what was done about it.
    """
    rows = [row for topic in topics for row in await session.execute(READ, (topic,))]
    return [
        (Rejection.model_validate_json(row.rejection), row.put_away_at) for row in rows if row.rejection is not None
    ]


class UnreadRangeStore:
    """Ranges of messages that were deleted unread, read once in a few seconds at most."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session
        self._read_at = -REMEMBERED_S
        self._ranges: tuple[Rejection, ...] = ()

    async def ranges(self) -> tuple[Rejection, ...]:
        """Return what was deleted unread, the oldest first; raises ``TransientError`` while Cassandra is away."""
        if time.monotonic() - self._read_at >= REMEMBERED_S:
            letters = [letter for letter, _ in await _read(self._session, (topic.name for topic in TOPICS))]
            self._ranges = tuple(sorted(letters, key=lambda letter: letter.rejected_at))
            self._read_at = time.monotonic()
        return self._ranges

    def forget(self) -> None:
        """Read them again the next time: there may be more."""
        self._read_at = -REMEMBERED_S

    async def judged(self, records: Sequence[ImageRecord]) -> list[ImageRecord]:
        """Return ``records``, with those as rejected whose reference was deleted before it was recognised."""
        if all(record.status is not ImageStatus.PENDING for record in records):
            return list(records)
        ranges = await self.ranges()
        return [without_false_hope(record, ranges) for record in records]


def without_false_hope(record: ImageRecord, ranges: Sequence[Rejection]) -> ImageRecord:
    """Return a pending image as rejected if its newest reference was deleted unread; a later reference counts again."""
    if record.status is not ImageStatus.PENDING or (letter := _letter_of(record, ranges)) is None:
        return record
    version = record.accepted_version
    if version is None and record.announced_at is not None:
        version = int(record.announced_at.timestamp() * 1_000_000)
    return record.model_copy(
        update={
            "rejected_at": letter.rejected_at,
            "rejected_version": version,
            "rejected_origin": record.accepted_origin,
            "reason": Reason.EXPIRED_UNREAD,
            "detail": SUBMIT_AGAIN,
        }
    )


def _letter_of(record: ImageRecord, ranges: Sequence[Rejection]) -> Rejection | None:
    missed = [one for one in ranges if one.group == RECOGNISE_GROUP and one.origin.topic in REFERENCE_TOPICS]
    if record.accepted_origin is not None and record.accepted_at is not None:
        topic, partition, offset = record.accepted_origin.rsplit(":", 2)
        known = [one for one in missed if one.rejected_at >= record.accepted_at]
        return next((one for one in known if _holds(one, topic, int(partition), int(offset))), None)
    if record.announced_at is None:
        return None
    # Where it stood nobody knows: the store worker has not read it either, since the same was deleted for both.
    unknown = [one.origin for one in ranges if one.group == STORE_GROUP and one.rejected_at >= record.announced_at]
    known = [one for one in missed if one.rejected_at >= record.announced_at]
    return next((one for one in known if any(_same_partition(one.origin, other) for other in unknown)), None)


def _holds(letter: Rejection, topic: str, partition: int, offset: int) -> bool:
    """A whole topic was deleted where no last offset is known: nothing that was appended to it before is left."""
    within = letter.last_offset is None or letter.origin.offset <= offset <= letter.last_offset
    return (letter.origin.topic, letter.origin.partition) == (topic, partition) and within


def _same_partition(one: Origin, other: Origin) -> bool:
    return (one.topic, one.partition) == (other.topic, other.partition)

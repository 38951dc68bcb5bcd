"""How far every image has come and every answer about it, in Cassandra."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain, pairwise
from typing import Any

from infra.cassandra.images import writes as image_writes
from infra.cassandra.images.cells import ImageRow, deleted_version, newest_version, read_letter, read_record
from infra.cassandra.images.unread_ranges import UnreadRangeStore, put_away_writes, range_writes
from infra.cassandra.images.writes import REJECTIONS, Writes, images_of
from infra.cassandra.session import CassandraSession
from infra.cassandra.time_lists import Entry, TimeLists
from infra.settings.servers import CassandraSettings
from infra.slices import in_slices
from schemas.dead_letters import DeadLetter, Rejection, Resolved
from schemas.images import ImageIdentity, ImageReference, Origin
from schemas.queries import OPEN_LETTERS, DeadLetterQuery, ImageRecord, ImageStatus, Page
from schemas.results import ImageDeleted, RecognitionResult

IMAGES = (
    "SELECT image_key, owner, image_id, announced, accepted, recognised, rejected, discarded, deleted"
    " FROM {keyspace}.images"
)
FIND = f"{IMAGES} WHERE image_key = ?"
FIND_MANY = f"{IMAGES} WHERE image_key IN ?"
FIND_DELETED = "SELECT image_key, deleted FROM {keyspace}.images WHERE image_key IN ?"
FIND_LETTERS = "SELECT listed, name FROM {keyspace}.rejections_by_image WHERE image_key = ? AND version <= ?"
READ_RESULT = "SELECT result FROM {keyspace}.results WHERE image_key = ? AND pipeline = ?"
READ_HISTORY = "SELECT result FROM {keyspace}.results WHERE image_key = ?"
FIND_REJECTION = "SELECT rejection, resolution FROM {keyspace}.rejections WHERE slice = ? AND version = ? AND name = ?"
SCAN_RESULTS = "SELECT result FROM {keyspace}.results"
COUNT_RESULTS = "SELECT COUNT(*) AS found FROM {keyspace}.results WHERE token(image_key) > ? AND token(image_key) <= ?"
PING = "SELECT key FROM system.local"

SMALLEST_TOKEN, LARGEST_TOKEN = -(2**63), 2**63 - 1
# A request costs the API more than a row does, and the node that is asked for many partitions asks others for them.
FOUND_AT_ONCE = 10
# A count of the whole table in one request would run into the server's timeout.
COUNTED_RANGES = 64


class ResultStore:
    """Images, results and rejections in Cassandra.

    Every write is an upsert whose timestamp is the version of the reference that it is about: writing it again, or
    later than a newer one, changes nothing, and only a newer reference brings a deleted image back. Methods raise
    ``TransientError`` while Cassandra does not answer.
    """

    def __init__(self, session: CassandraSession) -> None:
        self._session = session
        self._lists = TimeLists(session)
        self._unread = UnreadRangeStore(session)

    @classmethod
    async def connect(cls, settings: CassandraSettings) -> "ResultStore":
        """Connect to the cluster and the keyspace, which ``vedette migrate`` has set up."""
        return cls(await CassandraSession.connect(settings))

    async def announce(self, images: Sequence[tuple[ImageIdentity, str, datetime]]) -> None:
        """Mark images as on their way, with URI and time, before their references are published.

        URIs must hold no secrets.
        """
        await self._session.write([[image_writes.announcement(*image)] for image in images])

    async def save_accepted(self, references: Sequence[tuple[ImageReference, Origin]]) -> None:
        """Save that these references were read from Kafka."""
        await self._save(image_writes.acceptances(references))

    async def save_results(self, results: Sequence[RecognitionResult]) -> None:
        """Save each image's status and its answer, which become visible together."""
        await self._save(image_writes.recognitions(results))

    async def save_rejections(self, rejections: Sequence[Rejection]) -> None:
        """Save rejections for administrators and, where they name one, as their image's status.

        One that comes after its image was deleted is left out.
        """
        ranges = range_writes(rejections)
        await self._save(image_writes.rejections(await self._of_living(rejections)) + Writes(ranges))
        if ranges:
            self._unread.forget()

    async def save_resolutions(self, resolved: Sequence[Resolved]) -> None:
        """Save what was done about dead letters; an image whose rejection was put away is discarded."""
        await self._save(image_writes.resolutions(resolved) + Writes(put_away_writes(resolved)))

    async def save_deletions(self, deletions: Sequence[tuple[ImageDeleted, Origin]]) -> None:
        """Remove what older references left of these images; ``Origin`` is that of the deletion itself."""
        rows = await asyncio.gather(*(self._find_row(deleted.image_key) for deleted, _ in deletions))
        letters = await asyncio.gather(*(self._find_letters(deleted, origin) for deleted, origin in deletions))
        known = zip(deletions, rows, letters, strict=True)
        writes = (image_writes.deletion(deleted, origin, row, named) for (deleted, origin), row, named in known)
        await self._save(sum(writes, Writes([])))
        await self._session.write(image_writes.forgotten_letters(deletions))

    async def find(self, image_key: str) -> ImageRecord | None:
        """Return how far an image has come; None for one that was never heard of."""
        row = await self._find_row(image_key)
        return (await self._unread.judged([read_record(row)]))[0] if row is not None else None

    async def unread_ranges(self) -> tuple[Rejection, ...]:
        """Return what Kafka deleted before it was read, the oldest first."""
        return await self._unread.ranges()

    async def find_many(self, image_keys: Sequence[str]) -> list[ImageRecord]:
        """Return how far each of these images has come, in no order; those never heard of are left out."""
        found = await asyncio.gather(*map(self._find_some, in_slices(image_keys, FOUND_AT_ONCE)))
        return list(chain.from_iterable(found))

    async def read_result(self, image_key: str, pipeline: str | None = None) -> RecognitionResult | None:
        """Return the answer of ``pipeline``, or of the one that answered last; None where there is none."""
        record = await self.find(image_key)
        return None if record is None else await self.read_answer(record, pipeline)

    async def read_answer(self, record: ImageRecord, pipeline: str | None = None) -> RecognitionResult | None:
        """Return what ``pipeline``, or the one that answered last, says of an image; None where there is nothing."""
        if (chosen := pipeline or record.pipeline) is None:
            return None
        rows = await self._session.execute(READ_RESULT, (record.image_key, chosen))
        return next(_alive(map(_parse, rows), record), None)

    async def read_history(self, image_key: str) -> tuple[RecognitionResult, ...]:
        """Return every pipeline's answer about an image, the newest first."""
        record = await self.find(image_key)
        if record is None:
            return ()
        results = [_parse(row) async for row in self._session.stream(READ_HISTORY, (image_key,))]
        newest_first = sorted(results, key=lambda result: (result.origin.version, result.recognised_at), reverse=True)
        return tuple(_alive(newest_first, record))

    async def list_images(self, owner: str, limit: int, cursor: str | None = None) -> Page[ImageRecord]:
        """Return a workspace's images, the newest reference first; deleted ones are left out.

        A page may be short although more follow: go by its cursor. Raises ``InvalidCursor``.
        """
        return await self._lists.page(images_of(owner), ("images", owner), limit, cursor, self._load_images)

    async def list_rejections(
        self, limit: int, cursor: str | None = None, query: DeadLetterQuery = OPEN_LETTERS
    ) -> Page[DeadLetter]:
        """Return rejected messages, newest first, those that ``query`` means.

        A page may be short although more follow: go by its cursor. Raises ``InvalidCursor``.
        """

        async def load(entries: Sequence[Entry]) -> list[DeadLetter | None]:
            # What was done about it may be written before the rejection itself is.
            letters = [read_letter(entry[2], entry[3]) if entry[2] else None for entry in entries]
            return [letter if letter is not None and query.matches(letter) else None for letter in letters]

        listing = ("rejections", query.model_dump_json())
        return await self._lists.page(REJECTIONS, listing, limit, cursor, load)

    async def find_rejection(self, origin: Origin) -> DeadLetter | None:
        """Return the rejection of the message that stood at ``origin``; None where there is none."""
        listed = origin.moment_us
        rows = await self._session.execute(FIND_REJECTION, (REJECTIONS.slice_of(listed), listed, origin.name))
        return read_letter(rows[0].rejection, rows[0].resolution) if rows and rows[0].rejection else None

    async def scan_results(self) -> AsyncIterator[RecognitionResult]:
        """Yield every result there is, in no order, reading a page at a time."""
        async for row in self._session.stream(SCAN_RESULTS):
            yield _parse(row)

    async def count_results(self) -> int:
        """Count results by reading all of them: for checks, not for screens."""
        step = 2**64 // COUNTED_RANGES
        bounds = [*range(SMALLEST_TOKEN, LARGEST_TOKEN, step), LARGEST_TOKEN]
        found = 0
        for first, last in pairwise(bounds):
            found += int((await self._session.execute(COUNT_RESULTS, (first, last)))[0].found)
        return found

    async def ping(self) -> None:
        """Return if Cassandra answers; raises ``TransientError`` if not."""
        await self._session.execute(PING)

    async def close(self) -> None:
        await self._session.close()

    async def _save(self, writes: Writes) -> None:
        await self._session.write([*writes.groups, *self._lists.new_slices(writes.slices)])
        self._lists.remember(writes.slices)

    async def _find_row(self, image_key: str) -> ImageRow | None:
        rows = await self._session.execute(FIND, (image_key,))
        return ImageRow._make(rows[0]) if rows else None

    async def _find_letters(self, deleted: ImageDeleted, origin: Origin) -> list[tuple[int, str]]:
        rows = self._session.stream(FIND_LETTERS, (deleted.image_key, origin.version))
        return [(row.listed, row.name) async for row in rows]

    async def _of_living(self, rejections: Sequence[Rejection]) -> list[Rejection]:
        """Leave out rejections of references that are older than their image's deletion."""
        keys = list({identity.image_key for one in rejections if (identity := one.identity) is not None})
        found = await asyncio.gather(
            *(self._session.execute(FIND_DELETED, (some,)) for some in in_slices(keys, FOUND_AT_ONCE))
        )
        deleted = {row.image_key: deleted_version(row.deleted) for row in chain.from_iterable(found)}
        return [one for one in rejections if one.identity is None or one.origin.version > deleted.get(one.key, -1)]

    async def _find_some(self, image_keys: Sequence[str]) -> list[ImageRecord]:
        rows = await self._session.execute(FIND_MANY, (image_keys,))
        return await self._unread.judged([read_record(ImageRow._make(row)) for row in rows])

    async def _load_images(self, entries: Sequence[Entry]) -> list[ImageRecord | None]:
        """An image stands in the list once for each reference: it is shown at its newest one."""
        keys = list(dict.fromkeys(entry[1] for entry in entries))
        records = {record.image_key: record for record in await self.find_many(keys)}
        return [
            record if (record := records.get(key)) is not None and _is_shown(record, version) else None
            for version, key, *_ in entries
        ]


def _parse(row: Any) -> RecognitionResult:
    return RecognitionResult.model_validate_json(row.result)


def _alive(results: Iterable[RecognitionResult], record: ImageRecord) -> Iterator[RecognitionResult]:
    """Leave out what is older than the image's deletion, however late it was written."""
    deleted = -1 if record.deleted_version is None else record.deleted_version
    return (result for result in results if result.origin.version > deleted)


def _is_shown(record: ImageRecord, version: int) -> bool:
    return record.status is not ImageStatus.DELETED and newest_version(record) == version

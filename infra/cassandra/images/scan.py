"""All that Cassandra knows of images and that the index shows, read once from end to end."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import orjson

from infra.cassandra.images.cells import read_letter
from infra.cassandra.images.results import SMALLEST_TOKEN
from infra.cassandra.session import CassandraSession
from infra.settings.servers import CassandraSettings
from schemas.dead_letters import DeadLetter
from schemas.images import ImageIdentity, Origin
from schemas.results import ImageDeleted, RecognitionResult, VersionedName
from schemas.topics import RECOGNITION_RESULTS

# In the order of places, which are Cassandra's tokens of the images' keys.
SCAN_RESULTS = (
    "SELECT token(image_key) AS place, image_key, pipeline, result FROM {keyspace}.results WHERE token(image_key) > ?"
)
SCAN_REJECTIONS = "SELECT rejection, resolution FROM {keyspace}.rejections"
SCAN_DELETIONS = "SELECT owner, image_id, deleted FROM {keyspace}.images"


@dataclass(frozen=True)
class StoredAnswers:
    """One image's answers, as JSON by pipeline, and its place in the order in which they are read."""

    place: int
    by_pipeline: Mapping[VersionedName, bytes]

    def of(self, pipeline: VersionedName) -> RecognitionResult | None:
        stored = self.by_pipeline.get(pipeline)
        return None if stored is None else RecognitionResult.model_validate_json(stored)

    def all(self) -> list[RecognitionResult]:
        return [RecognitionResult.model_validate_json(stored) for stored in self.by_pipeline.values()]


class StoreScan:
    """Reads tables a page at a time, in no order. What is written meanwhile may be among it, or not."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    @classmethod
    async def connect(cls, settings: CassandraSettings) -> "StoreScan":
        return cls(await CassandraSession.connect(settings))

    async def answers(self, promoted: VersionedName) -> AsyncIterator[RecognitionResult]:
        """Yield one answer for each image: that of its newest reference, by the promoted pipeline where that has one.

        What pipelines said that did not count then, and do not now, is chosen only where there is nothing else.
        """
        async for image in self.images():
            yield max(image.all(), key=lambda result: _rank(result, promoted))

    async def images(self, after: int | None = None) -> AsyncGenerator[StoredAnswers, None]:
        """Yield every image that has answers, by place, beyond ``after``."""
        image_key: str | None = None
        place, answers = 0, dict[VersionedName, bytes]()
        # The smallest token is no row's. An image's answers are one partition: they come one after the other.
        async for row in self._session.stream(SCAN_RESULTS, (SMALLEST_TOKEN if after is None else after,)):
            if answers and row.image_key != image_key:
                yield StoredAnswers(place, answers)
                answers = {}
            image_key, place = row.image_key, row.place
            answers[row.pipeline] = row.result
        if answers:
            yield StoredAnswers(place, answers)

    async def letters(self) -> AsyncIterator[DeadLetter]:
        """Yield every rejection with what was done about it."""
        async for row in self._session.stream(SCAN_REJECTIONS):
            # What was done about it may be written before the rejection itself is.
            if row.rejection:
                yield read_letter(row.rejection, row.resolution)

    async def deletions(self) -> AsyncIterator[tuple[ImageDeleted, Origin]]:
        """Yield every image's last deletion with an origin of its version: its place was not kept."""
        async for row in self._session.stream(SCAN_DELETIONS):
            if row.deleted:
                yield deletion_of(row.owner, row.image_id, row.deleted)

    async def close(self) -> None:
        await self._session.close()


def _rank(result: RecognitionResult, promoted: VersionedName) -> tuple[bool, int, bool, datetime]:
    is_promoted = result.pipeline == promoted
    return result.promoted or is_promoted, result.origin.version, is_promoted, result.recognised_at


def deletion_of(owner: str, image_id: str, cell: str) -> tuple[ImageDeleted, Origin]:
    """Return the deletion that a cell ``deleted`` tells of, with an origin of its version: its place was not kept."""
    told = orjson.loads(cell)
    at, version = datetime.fromisoformat(told["at"]), int(told["version"])
    key = ImageIdentity(owner=owner, image_id=image_id).image_key
    stood = Origin(topic=RECOGNITION_RESULTS, partition=0, offset=0, appended_at_ms=version // 1000, sequence=version)
    return ImageDeleted(owner=owner, image_id=image_id, image_key=key, deleted_at=at), stood

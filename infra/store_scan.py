"""All that Cassandra knows of images and that the index shows, read once from end to end."""

from collections.abc import AsyncIterator
from datetime import datetime

import orjson

from infra.cassandra_session import CassandraSession
from infra.image_cells import read_letter
from infra.settings import CassandraSettings
from schemas.dead_letters import DeadLetter
from schemas.images import ImageIdentity, Origin
from schemas.results import ImageDeleted, RecognitionResult, VersionedName
from schemas.topics import RECOGNITION_RESULTS

SCAN_RESULTS = "SELECT image_key, pipeline, result FROM {keyspace}.results"
SCAN_REJECTIONS = "SELECT rejection, resolution FROM {keyspace}.rejections"
SCAN_DELETIONS = "SELECT owner, image_id, deleted FROM {keyspace}.images"


class StoreScan:
    """Reads tables a page at a time, in no order. What is written meanwhile may be among it, or not."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    @classmethod
    async def connect(cls, settings: CassandraSettings) -> "StoreScan":
        return cls(await CassandraSession.connect(settings))

    async def answers(self, promoted: VersionedName) -> AsyncIterator[RecognitionResult]:
        """Yield one answer for each image: the promoted pipeline's, or the newest where that one has none."""
        image_key: str | None = None
        chosen: RecognitionResult | None = None
        # An image's answers are one partition: they come one after the other.
        async for row in self._session.stream(SCAN_RESULTS):
            result = RecognitionResult.model_validate_json(row.result)
            if chosen is not None and row.image_key != image_key:
                yield chosen
                chosen = None
            image_key, chosen = row.image_key, _better(chosen, result, promoted)
        if chosen is not None:
            yield chosen

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
                yield _deletion(row.owner, row.image_id, **orjson.loads(row.deleted))

    async def close(self) -> None:
        await self._session.close()


def _better(one: RecognitionResult | None, other: RecognitionResult, promoted: VersionedName) -> RecognitionResult:
    if one is None:
        return other
    return max(one, other, key=lambda result: (result.pipeline == promoted, result.origin.version))


def _deletion(owner: str, image_id: str, at: datetime, version: int) -> tuple[ImageDeleted, Origin]:
    key = ImageIdentity(owner=owner, image_id=image_id).image_key
    appended_at_ms, offset = divmod(version, 1000)
    stood = Origin(topic=RECOGNITION_RESULTS, partition=0, offset=offset, appended_at_ms=appended_at_ms)
    return ImageDeleted(owner=owner, image_id=image_id, image_key=key, deleted_at=at), stood

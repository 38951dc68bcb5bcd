"""Images that are deleted: one event for each, which both stores follow now and at every replay."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog

from infra.errors import TransientError
from infra.kafka.event_bus import Publisher, Record
from schemas.images import ImageIdentity, Origin
from schemas.messages.cloud_events import API_SOURCE, DELETION_TYPE, headers_for
from schemas.queries import ImageRecord
from schemas.results import ImageDeleted
from schemas.topics import RECOGNITION_RESULTS

Deletion = tuple[ImageDeleted, Origin]
"""A deletion, and its own place and number."""

RETENTION = "retention"
MICROSECONDS = 1_000_000
CLOCK_SKEW = timedelta(minutes=1)

log = structlog.get_logger(__name__)


class KnownImages(Protocol):
    """How far images have come."""

    async def find_many(self, image_keys: Sequence[str]) -> list[ImageRecord]: ...
    async def save_deletions(self, deletions: Sequence[Deletion]) -> None: ...


class UploadedPictures(Protocol):
    """Pictures that callers have sent."""

    async def delete(self, owner: str, image_key: str) -> None: ...
    def expire(self, owner: str, before: datetime, image_key: str | None = None) -> AsyncIterator[int]: ...


class ImageDeleter:
    """Deletes images everywhere."""

    def __init__(self, images: KnownImages, publisher: Publisher, uploads: UploadedPictures) -> None:
        self._images = images
        self._publisher = publisher
        self._uploads = uploads

    async def delete(self, identities: Sequence[ImageIdentity], correlation_id: str) -> tuple[Deletion, ...]:
        """Delete what was uploaded, publish that the images are deleted, and return the deletions, in this order.

        Only references that are sent later bring the images back. Raises ``TransientError`` where an event may not
        have been published: deleting once more is harmless.
        """
        # Uploads go first: what fails afterwards is done again by whoever deletes once more.
        await asyncio.gather(*(self._uploads.delete(one.owner, one.image_key) for one in identities))
        # Not what was known when the deletion was asked for: references may have been read since.
        known = {one.image_key: one for one in await self._images.find_many([each.image_key for each in identities])}
        return await self._publish([_deletion(one, known.get(one.image_key)) for one in identities], correlation_id)

    async def expire(self, images: Sequence[tuple[ImageRecord, datetime]]) -> None:
        """Delete images whose time was over at the moment that is given with each.

        References that came since what is known of them stay, and so do pictures that were uploaded since.
        """
        for record, _ in images:
            async for _ in self._uploads.expire(record.owner, _newest_moment(record), record.image_key):
                continue
        if images:
            await self._publish([_expiry(record, over_at) for record, over_at in images], RETENTION)

    async def _publish(self, deleted: Sequence[ImageDeleted], correlation_id: str) -> tuple[Deletion, ...]:
        published = await self._publisher.publish([_event(one, correlation_id) for one in deleted])
        deletions = tuple((one, one.numbered(origin)) for one, origin in zip(deleted, published, strict=True))
        await self._show(deletions)
        return deletions

    async def _show(self, deletions: Sequence[Deletion]) -> None:
        """Write down at once what the store worker will write again: whoever reads straight after finds nothing."""
        try:
            await self._images.save_deletions(deletions)
        except TransientError as error:
            log.warning("deletion_not_shown", error=str(error), image_key=deletions[0][0].image_key, of=len(deletions))


def _deletion(identity: ImageIdentity, known: ImageRecord | None) -> ImageDeleted:
    return ImageDeleted(
        **identity.model_dump(),
        image_key=identity.image_key,
        deleted_at=datetime.now(UTC),
        follows=0 if known is None else known.newest,
    )


def _expiry(record: ImageRecord, over_at: datetime) -> ImageDeleted:
    return ImageDeleted(
        owner=record.owner,
        image_id=record.image_id,
        image_key=record.image_key,
        deleted_at=over_at,
        follows=record.newest,
        expired=True,
    )


def _newest_moment(record: ImageRecord) -> datetime:
    """Return a moment after which no picture of the newest reference was uploaded, though clocks may differ."""
    return datetime.fromtimestamp(record.newest / MICROSECONDS, UTC) + CLOCK_SKEW


def _event(deleted: ImageDeleted, correlation_id: str) -> Record:
    headers = headers_for(
        DELETION_TYPE,
        event_id=str(uuid.uuid4()),
        source=API_SOURCE,
        time=deleted.deleted_at,
        correlation_id=correlation_id,
    )
    return Record(RECOGNITION_RESULTS, deleted.model_dump_json().encode(), deleted.image_key.encode(), headers)

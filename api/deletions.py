"""Images that are deleted by HTTP: one event, which both stores follow now and at every replay."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

import structlog

from api.services import Images, Publisher, Uploads
from infra.errors import TransientError
from infra.event_bus import Record
from schemas.activity import Action, AuditEvent
from schemas.cloud_events import API_SOURCE, AUDIT_TYPE, DELETION_TYPE, headers_for
from schemas.images import ImageIdentity, Origin
from schemas.queries import ImageRecord
from schemas.results import ImageDeleted
from schemas.topics import ACTIVITY, RECOGNITION_RESULTS

log = structlog.get_logger(__name__)


class Deletions:
    """Deletes images everywhere."""

    def __init__(self, images: Images, publisher: Publisher, uploads: Uploads) -> None:
        self._images = images
        self._publisher = publisher
        self._uploads = uploads

    async def delete(self, record: ImageRecord, by: str, request_id: str) -> None:
        """Delete what was uploaded, publish that the image is deleted, and who did it; the broker has both then.

        Only a reference that is sent later brings the image back. Raises ``TransientError`` where the event may not
        have been published: deleting once more is harmless.
        """
        identity = ImageIdentity(owner=record.owner, image_id=record.image_id)
        deleted = _deletion(identity)
        # The upload goes first: what fails afterwards is done again by whoever deletes once more.
        await self._uploads.delete(deleted.owner, deleted.image_key)
        await self._publish(deleted, [_event(deleted, request_id), _audit(deleted, by, request_id)])

    async def forget(self, identity: ImageIdentity, request_id: str) -> None:
        """Delete an image that is there for the sake of one request of the platform's own; raises as ``delete``.

        Nobody deletes it once more: where one step fails, the other is taken all the same.
        """
        deleted = _deletion(identity)
        try:
            await self._uploads.delete(deleted.owner, deleted.image_key)
        finally:
            await self._publish(deleted, [_event(deleted, request_id)])

    async def _publish(self, deleted: ImageDeleted, records: Sequence[Record]) -> None:
        published = await self._publisher.publish(records)
        await self._show_deleted(deleted, published[0])

    async def _show_deleted(self, deleted: ImageDeleted, origin: Origin) -> None:
        """Write down at once what the store worker will write again: whoever reads straight after finds nothing."""
        try:
            await self._images.save_deletions([(deleted, origin)])
        except TransientError as error:
            log.warning("deletion_not_shown", error=str(error), image_key=deleted.image_key)


def _deletion(identity: ImageIdentity) -> ImageDeleted:
    return ImageDeleted(**identity.model_dump(), image_key=identity.image_key, deleted_at=datetime.now(UTC))


def _event(deleted: ImageDeleted, request_id: str) -> Record:
    headers = _headers(DELETION_TYPE, deleted.deleted_at, request_id)
    return Record(RECOGNITION_RESULTS, deleted.model_dump_json().encode(), deleted.image_key.encode(), headers)


def _audit(deleted: ImageDeleted, by: str, request_id: str) -> Record:
    log.info("audit", action=Action.IMAGE_DELETED.value, actor=by, subject=deleted.image_key)
    event = AuditEvent(
        action=Action.IMAGE_DELETED, actor=by, at=deleted.deleted_at, subject=deleted.image_id, owner=deleted.owner
    )
    headers = _headers(AUDIT_TYPE, deleted.deleted_at, request_id)
    return Record(ACTIVITY, event.model_dump_json(exclude_none=True).encode(), by.encode(), headers)


def _headers(event_type: str, time: datetime, request_id: str) -> list[tuple[str, bytes]]:
    return headers_for(event_type, event_id=str(uuid.uuid4()), source=API_SOURCE, time=time, correlation_id=request_id)

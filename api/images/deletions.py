"""Images that are deleted by HTTP: one event, which both stores follow now and at every replay."""

import uuid
from datetime import UTC, datetime

import structlog

from api.services import Images, Publisher, Uploads
from infra.errors import TransientError
from infra.kafka.event_bus import Record
from infra.operations.audit.acts import Act
from schemas.activity import Action
from schemas.images import ImageIdentity, Origin
from schemas.messages.cloud_events import API_SOURCE, DELETION_TYPE, headers_for
from schemas.queries import ImageRecord
from schemas.results import ImageDeleted
from schemas.topics import RECOGNITION_RESULTS

log = structlog.get_logger(__name__)


class Deletions:
    """Deletes images everywhere."""

    def __init__(self, images: Images, publisher: Publisher, uploads: Uploads) -> None:
        self._images = images
        self._publisher = publisher
        self._uploads = uploads

    async def delete(self, record: ImageRecord, by: object, act: Act, request_id: str) -> None:
        """Record who deletes the image, delete what was uploaded, and publish that it is deleted, in this order.

        Only a reference that is sent later brings the image back. Raises ``TransientError`` where the event may not
        have been published: deleting once more is harmless.
        """
        identity = ImageIdentity(owner=record.owner, image_id=record.image_id)
        async with act(Action.IMAGE_DELETED, by, record.image_id, owner=record.owner):
            # The upload goes first: what fails afterwards is done again by whoever deletes once more.
            await self._uploads.delete(identity.owner, identity.image_key)
            # Not what was known when the request began: a reference may have been read since.
            await self._publish(identity, await self._images.find(identity.image_key), request_id)

    async def forget(self, identity: ImageIdentity, request_id: str) -> None:
        """Delete an image that is there for the sake of one request of the platform's own; raises as ``delete``.

        Nobody deletes it once more: where one step fails, the other is taken all the same.
        """
        try:
            await self._uploads.delete(identity.owner, identity.image_key)
        finally:
            await self._publish(identity, await self._find(identity), request_id)

    async def _find(self, identity: ImageIdentity) -> ImageRecord | None:
        try:
            return await self._images.find(identity.image_key)
        except TransientError as error:
            # The deletion counts by its append time then.
            log.warning("deletion_follows_nothing", error=str(error), image_key=identity.image_key)
            return None

    async def _publish(self, identity: ImageIdentity, known: ImageRecord | None, request_id: str) -> None:
        deleted = _deletion(identity, known)
        [published] = await self._publisher.publish([_event(deleted, request_id)])
        await self._show_deleted(deleted, deleted.numbered(published))

    async def _show_deleted(self, deleted: ImageDeleted, origin: Origin) -> None:
        """Write down at once what the store worker will write again: whoever reads straight after finds nothing."""
        try:
            await self._images.save_deletions([(deleted, origin)])
        except TransientError as error:
            log.warning("deletion_not_shown", error=str(error), image_key=deleted.image_key)


def _deletion(identity: ImageIdentity, known: ImageRecord | None) -> ImageDeleted:
    return ImageDeleted(
        **identity.model_dump(),
        image_key=identity.image_key,
        deleted_at=datetime.now(UTC),
        follows=0 if known is None else known.newest,
    )


def _event(deleted: ImageDeleted, request_id: str) -> Record:
    headers = headers_for(
        DELETION_TYPE,
        event_id=str(uuid.uuid4()),
        source=API_SOURCE,
        time=deleted.deleted_at,
        correlation_id=request_id,
    )
    return Record(RECOGNITION_RESULTS, deleted.model_dump_json().encode(), deleted.image_key.encode(), headers)

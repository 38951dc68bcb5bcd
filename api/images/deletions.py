"""Images that are deleted by HTTP, one at a time."""

from infra.operations.audit.acts import Act
from infra.operations.erasure.deleting import ImageDeleter
from schemas.activity import Action
from schemas.images import ImageIdentity
from schemas.queries import ImageRecord


class Deletions:
    """Deletes images everywhere."""

    def __init__(self, deleter: ImageDeleter) -> None:
        self._deleter = deleter

    async def delete(self, record: ImageRecord, by: object, act: Act, request_id: str) -> None:
        """Record who deletes the image, then delete it.

        Only a reference that is sent later brings the image back. Raises ``TransientError`` where the event may not
        have been published: deleting once more is harmless.
        """
        identity = ImageIdentity(owner=record.owner, image_id=record.image_id)
        async with act(Action.IMAGE_DELETED, by, record.image_id, owner=record.owner):
            await self._deleter.delete([identity], request_id)

"""Images whose bytes callers send: kept where only the platform finds them, then sent like every other reference."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from pydantic import ValidationError

from api.http.errors import field_error
from api.http.receiving import Inbox, ReceivedPicture
from api.images.submissions import Priority, Submissions
from api.services import Uploads
from infra.errors import InvalidRequest
from schemas.images import Feature, Frozen, ImageId, ImageIdentity, ImageReference, VersionedName
from schemas.texts.uploads import Upload, image_id_of


class UploadedImage(Frozen):
    """What a caller says of a picture that they send."""

    owner: str
    image_id: ImageId | None = None
    features: tuple[Feature, ...] | None = None
    pipeline: VersionedName | None = None
    metadata: dict[str, str]
    priority: Priority = "normal"


@dataclass(frozen=True)
class Sender:
    """The request that a picture came with, and whose it is."""

    account_id: UUID
    chunks: AsyncIterator[bytes]
    announced: str | None
    request_id: str
    traceparent: str | None


class UploadedImages:
    """Takes pictures in, and sends references to them."""

    def __init__(self, uploads: Uploads, submissions: Submissions, inbox: Inbox) -> None:
        self._uploads = uploads
        self._submissions = submissions
        self._inbox = inbox

    async def submit(self, image: UploadedImage, sender: Sender) -> ImageReference:
        """Keep the picture and return its reference once the broker has it; ``image.owner`` may be written to.

        A picture without a name is named by its content. Raises as ``Inbox.receive`` and ``Submissions.submit``;
        sending it again is right then, and keeps it once.
        """
        self._submissions.make_room(image.priority, 1)
        await self._submissions.find_workspace(image.owner)
        async with self._inbox.receive(sender.chunks, sender.announced, sender.account_id) as picture:
            return await self._send(image, picture, sender)

    async def _send(self, image: UploadedImage, picture: ReceivedPicture, sender: Sender) -> ImageReference:
        identity = ImageIdentity(owner=image.owner, image_id=image.image_id or image_id_of(picture.sha256))
        upload = Upload(image.owner, identity.image_key, picture.sha256)
        reference = _reference(image, identity, upload)
        await self._submissions.require_pipeline(image.pipeline)
        await self._uploads.save(upload, picture.data)
        await self._submissions.send([reference], image.priority, sender.request_id, sender.traceparent)
        return reference


def _reference(image: UploadedImage, identity: ImageIdentity, upload: Upload) -> ImageReference:
    try:
        return ImageReference(
            **identity.model_dump(),
            uri=upload.uri,
            features=image.features,
            pipeline=image.pipeline,
            metadata=image.metadata,
            submitted_at=datetime.now(UTC),
        )
    except ValidationError as invalid:
        problems = invalid.errors(include_input=False, include_url=False)
        raise InvalidRequest([field_error(("query", *each["loc"]), each) for each in problems]) from None

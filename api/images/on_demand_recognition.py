"""Recognition of a picture for one request: it goes the way of every image, and is deleted once answered."""

import asyncio
import math
import uuid
from collections.abc import Callable
from contextlib import AsyncExitStack

import structlog

from api.admission.fair_share import FairShareLimiter
from api.images.deletions import Deletions
from api.services import Images
from api.uploads.service import Sender, UploadedImages
from infra.errors import ConfigurationError, FieldError, InvalidRequest, OutsideSystem, TransientError
from infra.kafka.confirmation import PublishFailed
from infra.settings.api import UploadSettings
from schemas.images import Feature, ImageIdentity
from schemas.queries import ImageRecord, ImageStatus
from schemas.results import EmbeddingAnswer

# What questions are about is named so, for the moments in which it is there.
QUESTION = "question:"
LOOK_EVERY_S = 0.1

log = structlog.get_logger(__name__)


class OnDemandRecognition:
    """Has pictures recognised by the workers, and waits for their answers; so many at once, and no longer than said."""

    def __init__(
        self, images: Images, uploaded: UploadedImages, deletions: Deletions, settings: UploadSettings
    ) -> None:
        self._images = images
        self._uploaded = uploaded
        self._deletions = deletions
        self._timeout_s = settings.question_timeout_s
        places = settings.questions_at_once
        self._limiter = FairShareLimiter(places, math.ceil(places / 2))

    async def embedding_of(
        self, owner: str, sender: Sender, accepted: Callable[[], None]
    ) -> tuple[EmbeddingAnswer, ImageIdentity]:
        """Return the promoted pipeline's embedding of the picture, and the name that it went under.

        ``accepted`` is called once the picture is on its way to the workers, whatever they make of it.

        Raises 429 where too many are asked at once, of all or of the account, ``InvalidRequest`` where the picture
        cannot be recognised or the pipeline has no embeddings, and ``TransientError`` where no answer came in time.
        """
        self._limiter.require(sender.account_id, 1)
        asked = ImageIdentity(owner=owner, image_id=f"{QUESTION}{uuid.uuid4().hex}")
        async with AsyncExitStack() as until_answered:
            async with self._uploaded.receive_for(owner, sender) as picture:
                # Whose picture is not here yet holds no place.
                place = self._limiter.take(sender.account_id, 1)
                until_answered.callback(place.release)
                until_answered.push_async_callback(self._forget, asked, sender.request_id)
                await self._uploaded.ask(asked, Feature.EMBEDDING, picture, sender, self._timeout_s)
                accepted()
            return await self._answer(asked), asked

    async def _answer(self, asked: ImageIdentity) -> EmbeddingAnswer:
        record = await self._outcome(asked)
        if record.status is not ImageStatus.RECOGNISED:
            raise _unanswerable(f"{record.detail} ({record.reason.value if record.reason else record.status.value})")
        result = await self._images.read_answer(record)
        embedding = None if result is None else result.features.embedding
        if not isinstance(embedding, EmbeddingAnswer):
            raise _unanswerable("The pipeline that counts has no embedding of it.")
        return embedding

    async def _outcome(self, asked: ImageIdentity) -> ImageRecord:
        """Look again and again: nothing tells this process what the workers write down."""
        try:
            async with asyncio.timeout(self._timeout_s):
                while True:
                    record = await self._images.find(asked.image_key)
                    if record is not None and record.status is not ImageStatus.PENDING:
                        return record
                    await asyncio.sleep(LOOK_EVERY_S)
        except TimeoutError:
            raise TransientError(
                f"no worker recognised the picture within {self._timeout_s:.3g} s", part=OutsideSystem.RECOGNITION
            ) from None

    async def _forget(self, asked: ImageIdentity, request_id: str) -> None:
        try:
            await self._deletions.forget(asked, request_id)
        except (TransientError, ConfigurationError, PublishFailed) as error:
            # The question is answered, or has failed for a reason of its own; what is left is its owner's to delete.
            log.warning("question_not_forgotten", error=str(error), image_key=asked.image_key)


def _unanswerable(message: str) -> InvalidRequest:
    return InvalidRequest([FieldError(field="body", message=message)])

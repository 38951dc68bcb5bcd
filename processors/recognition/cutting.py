"""Outcomes that Kafka refuses for their size: cut, and published again, so that no message is without its outcome."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol

import structlog

from infra.kafka.batches.unread import MOST_HEADERS
from infra.kafka.confirmation import RecordsTooLarge
from infra.kafka.event_bus import Record
from schemas.dead_letters import Reason, Rejection, decode_headers, encode_headers, strip_headers
from schemas.images import Origin
from schemas.messages.cuts import CutMessage, cut_message, message_bytes
from schemas.messages.retries import decode_headers as decode_retry
from schemas.messages.retries import strip_headers as strip_retry
from schemas.results import RecognitionResult
from schemas.topics import DEAD_LETTERS, RECOGNITION_RESULTS, RETRY_TOPICS
from schemas.wire import identity_named

log = structlog.get_logger(__name__)


class RecordPublisher(Protocol):
    """Publishes records and returns once they are confirmed."""

    async def publish(self, records: Sequence[Record]) -> tuple[Origin, ...]: ...


class CuttingPublisher:
    """Publishes outcomes, each of them smaller where it is refused for its size; every other failure is raised."""

    def __init__(self, publisher: RecordPublisher, host: str) -> None:
        self._publisher = publisher
        self._host = host

    async def publish(self, records: Sequence[Record]) -> None:
        """Return once every record, or what is left of it, is confirmed; raises as ``EventPublisher`` does."""
        readable = [self._readable(record) for record in records]
        try:
            await self._publisher.publish(readable)
        except RecordsTooLarge as refused:
            for number in refused.numbers:
                await self._publish_alone(readable[number])

    def _readable(self, record: Record) -> Record:
        """A record of ours has headers beside the message's own, and must be read again."""
        return record if len(record.headers) <= MOST_HEADERS else smaller(record, self._host)

    async def _publish_alone(self, record: Record) -> None:
        """A broker refuses a batch for one of its records, or for all together: the others pass alone."""
        try:
            await self._publisher.publish([record])
        except RecordsTooLarge:
            size = message_bytes(record.key, record.value, record.headers)
            log.warning("record_cut", topic=record.topic, size_bytes=size)
            await self._publisher.publish([smaller(record, self._host)])


def smaller(record: Record, host: str) -> Record:
    """Return the dead letter that takes the place of an outcome which is too large for its topic."""
    if record.topic == DEAD_LETTERS:
        rejection = decode_headers(record.headers)
        return _letter(rejection, cut_message(record.key, record.value, strip_headers(record.headers)))
    if record.topic in RETRY_TOPICS:
        message = cut_message(record.key, record.value, strip_retry(record.headers))
        return _letter(_not_tried_again(record, host), message)
    if record.topic == RECOGNITION_RESULTS and record.value is not None:
        result = RecognitionResult.model_validate_json(record.value)
        return _letter(_not_published(result, len(record.value)), cut_message(record.key, record.value, ()))
    raise RecordsTooLarge([0])


def _letter(rejection: Rejection, message: CutMessage) -> Record:
    told = rejection.model_copy(update={"cut": message.cut})
    return Record(DEAD_LETTERS, message.value, message.key, encode_headers(told, message.headers))


def _not_tried_again(record: Record, host: str) -> Rejection:
    retry, identity = decode_retry(record.headers), identity_named(record.value)
    return Rejection(
        reason=Reason.MESSAGE_TOO_LARGE,
        detail=f"the message is too large to wait for another attempt: {retry.detail}",
        origin=retry.origin,
        owner=identity.owner if identity else None,
        image_id=identity.image_id if identity else None,
        host=host,
        rejected_at=datetime.now(UTC),
    )


def _not_published(result: RecognitionResult, size: int) -> Rejection:
    return Rejection(
        reason=Reason.MESSAGE_TOO_LARGE,
        detail=f"the image was recognised, but its result of {size} bytes is larger than {RECOGNITION_RESULTS} allows",
        origin=result.origin,
        replay=result.replay,
        owner=result.owner,
        image_id=result.image_id,
        uri=result.uri,
        pipeline=result.pipeline,
        promoted=result.promoted,
        host=result.host,
        rejected_at=result.recognised_at,
    )

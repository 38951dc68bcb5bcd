"""What recognition publishes: result and dead-letter records, each with its origin."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from infra.kafka.event_bus import Record
from infra.telemetry.metrics import REJECTIONS
from processors.recognition.intake import AcceptedReference
from processors.recognition.workspaces import Asked
from processors.streams.delivery import Message
from schemas.answers import FeatureAnswers
from schemas.dead_letters import Reason, Rejection, encode_headers
from schemas.images import ImageIdentity
from schemas.messages.cloud_events import RESULT_TYPE, correlation_id, headers_for, traceparent
from schemas.results import ImageFacts, RecognitionResult, ResultWarning, StageTimings
from schemas.topics import DEAD_LETTERS, RECOGNITION_RESULTS, RETRY_TOPICS


@dataclass(frozen=True, slots=True)
class Outcome:
    """What messages became: records to be published, one for each."""

    records: tuple[Record, ...]

    @property
    def recognised(self) -> int:
        return self._count(RECOGNITION_RESULTS)

    @property
    def rejected(self) -> int:
        return self._count(DEAD_LETTERS)

    @property
    def put_off(self) -> int:
        """How many are tried again later."""
        return self._count(*RETRY_TOPICS)

    def _count(self, *topics: str) -> int:
        return sum(record.topic in topics for record in self.records)


class Writer(Protocol):
    """Writes the outcome of each image as the record that whoever asked for it reads."""

    def result(
        self,
        asked: Asked,
        image: ImageFacts,
        features: FeatureAnswers,
        timings: StageTimings,
        warnings: tuple[ResultWarning, ...] = (),
    ) -> Record: ...

    def rejection(self, accepted: AcceptedReference, reason: Reason, detail: str) -> Record: ...


@dataclass(frozen=True, slots=True)
class OutcomeWriter:
    """Writes records in the name of one worker and its pipeline (``standard@2``), ``promoted`` if it counts."""

    pipeline: str
    host: str
    promoted: bool

    def result(
        self,
        asked: Asked,
        image: ImageFacts,
        features: FeatureAnswers,
        timings: StageTimings,
        warnings: tuple[ResultWarning, ...] = (),
    ) -> Record:
        """Return the record for ``recognition-results``; metadata, correlation id and trace come back on it."""
        accepted = asked.accepted
        reference, identity, headers = accepted.reference, accepted.identity, accepted.message.headers
        result = RecognitionResult(
            owner=identity.owner,
            image_id=identity.image_id,
            image_key=identity.image_key,
            uri=reference.public_uri,
            pipeline=self.pipeline,
            image=asked.shown(image),
            warnings=warnings,
            features=features,
            features_from=asked.features_from,
            promoted=self.promoted,
            origin=accepted.origin,
            replay=accepted.replay,
            recognised_at=datetime.now(UTC),
            host=self.host,
            timings=timings,
            metadata=reference.metadata,
            correlation_id=correlation_id(headers),
            submitted_at=reference.submitted_at,
        )
        return Record(
            RECOGNITION_RESULTS,
            value=result.model_dump_json(exclude_none=True).encode(),
            key=identity.image_key.encode(),
            headers=headers_for(
                RESULT_TYPE,
                event_id=f"{accepted.message.origin.name}:{self.pipeline}",
                source=f"vedette/recognise/{self.host}",
                time=result.recognised_at,
                traceparent=traceparent(headers),
                correlation_id=result.correlation_id,
            ),
        )

    def rejection(self, accepted: AcceptedReference, reason: Reason, detail: str) -> Record:
        """Return the record for ``dead-letters`` of a reference whose image cannot be recognised."""
        rejection = Rejection(
            reason=reason,
            detail=detail,
            origin=accepted.origin,
            replay=accepted.replay,
            owner=accepted.identity.owner,
            image_id=accepted.identity.image_id,
            uri=accepted.reference.public_uri,
            pipeline=self.pipeline,
            promoted=self.promoted,
            host=self.host,
            rejected_at=datetime.now(UTC),
        )
        return _letter(accepted.message, rejection)


def dead_letter(
    message: Message,
    reason: Reason,
    detail: str,
    host: str,
    *,
    pipeline: str | None = None,
    identity: ImageIdentity | None = None,
) -> Record:
    """Return the record for ``dead-letters`` of a message that holds no valid reference."""
    rejection = Rejection(
        reason=reason,
        detail=detail,
        origin=message.origin,
        owner=identity.owner if identity else None,
        image_id=identity.image_id if identity else None,
        pipeline=pipeline,
        host=host,
        rejected_at=datetime.now(UTC),
        last_offset=last_offset_of(message),
        cut=message.unread.cut if message.unread else None,
    )
    return _letter(message, rejection)


def last_offset_of(message: Message) -> int | None:
    """Return the last offset that a message stands for, where it stands for several."""
    unread = message.unread
    return unread.last_offset if unread is not None and unread.message is None else None


def _letter(message: Message, rejection: Rejection) -> Record:
    """Return the message as it came, and in its headers why it was rejected."""
    REJECTIONS.labels(rejection.reason.value).inc()
    return Record(DEAD_LETTERS, message.value, message.key, encode_headers(rejection, message.headers))

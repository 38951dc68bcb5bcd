"""Messages on the topics become records; only what the judgement needs is looked at."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson
from pydantic import ValidationError

from infra.kafka.topic_log import Offsets
from infra.kafka.topic_messages import TopicMessage
from infra.kafka.topic_reader import Partition, Span
from infra.operations.reconcile.records.records import (
    NO_KEY,
    TOPIC_NAMES,
    Kind,
    Mark,
    TraceRecord,
    digest,
    pipeline_digest,
    place_of,
    place_on,
)
from infra.operations.reconcile.unread import UnreadRanges
from schemas.dead_letters import Reason, Rejection, Resolution, Resolved, decode_event
from schemas.images import Origin
from schemas.messages.replays import REPLAY_OF
from schemas.messages.retries import decode_headers as decode_retry
from schemas.results import ImageDeleted
from schemas.topics import RECOGNITION_RESULTS
from schemas.wire import identity_named, unframe

NOWHERE = Span(0, 0)
# Nobody wants these answered any more: neither the platform's fault nor the image's.
DISCARDING = frozenset({Reason.DEADLINE_PASSED})


class TopicRecords:
    """Turns messages into records; ``recognised``, ``retried``, ``stored`` and ``indexed`` are what is acknowledged."""

    def __init__(self, recognised: Offsets, retried: Offsets, stored: Offsets, indexed: Offsets) -> None:
        self._retried = retried
        self._recognised = recognised
        self._stored = stored
        self._indexed = indexed

    def references(self, message: TopicMessage, span: Span, order: int = 0) -> Iterator[TraceRecord]:
        """Yield the record of a message on a reference topic, whatever it holds, with its number.

        What stands for a batch that could not be read has one for each offset within ``span``. A replay asks for one
        more answer about its image, so that the image's own state tells nothing of it.
        """
        origin = message.origin
        place = place_on(origin)
        past = origin.offset < self._recognised.get((origin.topic, origin.partition), 0)
        marks = Mark.RECOGNISED_PAST if past else Mark.NONE
        record = TraceRecord(Kind.REFERENCE, _image_named(message), origin.version, place, marks=marks, order=order)
        return _for_each_message(record, message.next_offset - origin.offset, span)

    def outcomes(
        self, message: TopicMessage, unread: UnreadRanges, references: Mapping[Partition, Span]
    ) -> Iterable[TraceRecord]:
        """Return the records of a result, a deletion or a dead letter; none for what is none of them.

        A dead letter that stands for several messages has a record for each that lies within ``references``. What was
        deleted unread has none: it is added to ``unread``.
        """
        if message.origin.topic == RECOGNITION_RESULTS:
            found = self._result(message)
            return [] if found is None else [found]
        try:
            event = decode_event(message.headers)
        except ValueError:
            return []
        letter = event.rejection if isinstance(event, Resolved) else event
        if letter.reason is Reason.EXPIRED_UNREAD:
            _take_up(event, unread)
            return []
        found = self._resolution(message, event) if isinstance(event, Resolved) else self._rejection(message, event)
        if found is None or letter.messages == 1:
            return [] if found is None else [found]
        span = references.get((TOPIC_NAMES[found.place.topic], found.place.partition), NOWHERE)
        return _for_each_message(found, letter.messages, span)

    def waiting(self, message: TopicMessage) -> TraceRecord | None:
        """Return the record of a message on a retry topic; None for one that has been tried again since."""
        at, offset = (message.origin.topic, message.origin.partition), message.origin.offset
        if offset < self._retried.get(at, 0):
            return None
        try:
            origin = decode_retry(message.headers).origin
        except ValueError:
            return None
        place = place_of(origin)
        return None if place is None else TraceRecord(Kind.WAITING, NO_KEY, origin.version, place)

    def _result(self, message: TopicMessage) -> TraceRecord | None:
        try:
            event = orjson.loads(message.value or b"")
            key = digest(event["image_key"])
            if event["event"] == "deleted":
                deleted = ImageDeleted.model_validate(event)
                return self._record(Kind.DELETION, key, deleted.numbered(message.origin), message)
            origin, replay = Origin.model_validate(event["origin"]), event.get("replay")
            stood = Origin.model_validate(replay) if replay else origin
            aside = not event.get("promoted", True)
            return self._record(Kind.RESULT, key, origin, message, event["pipeline"], stood, aside=aside)
        except (ValueError, KeyError, TypeError, AttributeError, ValidationError):
            # The sinks do not take it for a result either: what it should have answered is not answered.
            return None

    def _rejection(self, message: TopicMessage, rejection: Rejection) -> TraceRecord | None:
        kind = Kind.DISCARD if rejection.reason in DISCARDING else Kind.REJECTION
        key = digest(rejection.key)
        stood, aside = rejection.message, not rejection.promoted
        return self._record(kind, key, rejection.origin, message, rejection.pipeline or "", stood, aside=aside)

    def _resolution(self, message: TopicMessage, event: Resolved) -> TraceRecord | None:
        """A message that was replayed has become another reference; what it was first stays rejected."""
        if event.resolution is not Resolution.DISCARDED:
            return None
        key = digest(event.rejection.key)
        return self._record(Kind.RESOLUTION, key, event.rejection.origin, message, stood=event.rejection.message)

    def _record(
        self,
        kind: Kind,
        key: bytes,
        origin: Origin,
        message: TopicMessage,
        pipeline: str = "",
        stood: Origin | None = None,
        *,
        aside: bool = False,
    ) -> TraceRecord | None:
        """``stood`` is where the message stood that is answered: a replay is accounted for like any other message."""
        place = place_of(stood or origin)
        if place is None:
            return None
        marks = self._marks(message) | (Mark.ASIDE if aside else Mark.NONE)
        if stood is not None and stood.name != origin.name:
            marks |= Mark.REPLAYED
        return TraceRecord(kind, key, origin.version, place, pipeline_digest(pipeline), marks)

    def _marks(self, message: TopicMessage) -> Mark:
        at, offset = (message.origin.topic, message.origin.partition), message.origin.offset
        stored = Mark.STORED_PAST if offset < self._stored.get(at, 0) else Mark.NONE
        return stored | (Mark.INDEXED_PAST if offset < self._indexed.get(at, 0) else Mark.NONE)


def _take_up(event: Rejection | Resolved, unread: UnreadRanges) -> None:
    if not isinstance(event, Resolved):
        unread.add(event)
    elif event.resolution is Resolution.DISCARDED:
        unread.discard(event.rejection)


def _for_each_message(record: TraceRecord, messages: int, span: Span) -> Iterator[TraceRecord]:
    """The messages of a batch are appended together, and stand one after another; nobody can claim any that are not."""
    place = record.place
    for offset in range(max(place.offset, span.start), min(place.offset + messages, span.end)):
        yield record._replace(place=place._replace(offset=offset))


def _image_named(message: TopicMessage) -> bytes:
    identity = identity_named(message.value)
    if identity is None or any(name == REPLAY_OF for name, _ in message.headers):
        return NO_KEY
    return digest(identity.image_key)


def owner_named(message: TopicMessage) -> Any:
    """Return the workspace that a reference names, whether or not it is a valid one."""
    try:
        payload = orjson.loads(unframe(message.value or b""))
    except ValueError:
        return None
    return payload.get("owner") if isinstance(payload, dict) else None

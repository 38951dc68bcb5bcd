"""Messages on the topics become records; only what the judgement needs is looked at."""

from typing import Any

import orjson
from confluent_kafka import Message
from pydantic import ValidationError

from infra.message_headers import headers_of
from infra.reconciliation.records import NO_KEY, Kind, Mark, Record, digest, pipeline_digest, place_of, place_on
from infra.reconciliation.topic_log import Offsets, origin_of
from infra.reconciliation.unread import UnreadRanges
from schemas.dead_letters import Reason, Rejection, Resolution, Resolved, decode_event
from schemas.images import Origin
from schemas.replays import REPLAY_OF
from schemas.results import ImageDeleted
from schemas.retries import decode_headers as decode_retry
from schemas.topics import RECOGNITION_RESULTS
from schemas.wire import identity_named, unframe

# Nobody wants these answered any more: neither the platform's fault nor the image's.
DISCARDING = frozenset({Reason.DEADLINE_PASSED})


class TopicRecords:
    """Turns messages into records; ``recognised``, ``retried``, ``stored`` and ``indexed`` are what is acknowledged."""

    def __init__(self, recognised: Offsets, retried: Offsets, stored: Offsets, indexed: Offsets) -> None:
        self._retried = retried
        self._recognised = recognised
        self._stored = stored
        self._indexed = indexed

    def reference(self, message: Message, order: int = 0) -> Record:
        """Return the record of a message on a reference topic, whatever it holds, with its number.

        A replay asks for one more answer about its image, so that the image's own state tells nothing of it.
        """
        origin = origin_of(message)
        place = place_on(origin)
        past = origin.offset < self._recognised.get((origin.topic, origin.partition), 0)
        marks = Mark.RECOGNISED_PAST if past else Mark.NONE
        return Record(Kind.REFERENCE, _image_named(message), origin.version, place, marks=marks, order=order)

    def outcomes(self, message: Message, unread: UnreadRanges) -> list[Record]:
        """Return the records of a result, a deletion or a dead letter; none for what is none of them.

        A dead letter that stands for several messages has a record for each. What was deleted unread has none: it is
        added to ``unread``.
        """
        if message.topic() == RECOGNITION_RESULTS:
            found = self._result(message)
            return [] if found is None else [found]
        try:
            event = decode_event(headers_of(message))
        except ValueError:
            return []
        letter = event.rejection if isinstance(event, Resolved) else event
        if letter.reason is Reason.EXPIRED_UNREAD:
            _take_up(event, unread)
            return []
        found = self._resolution(message, event) if isinstance(event, Resolved) else self._rejection(message, event)
        return [] if found is None else _for_each_message(found, letter.messages)

    def waiting(self, message: Message) -> Record | None:
        """Return the record of a message on a retry topic; None for one that has been tried again since."""
        at, offset = (str(message.topic()), int(message.partition() or 0)), int(message.offset() or 0)
        if offset < self._retried.get(at, 0):
            return None
        try:
            origin = decode_retry(headers_of(message)).origin
        except ValueError:
            return None
        place = place_of(origin)
        return None if place is None else Record(Kind.WAITING, NO_KEY, origin.version, place)

    def _result(self, message: Message) -> Record | None:
        try:
            event = orjson.loads(message.value() or b"")
            key = digest(event["image_key"])
            if event["event"] == "deleted":
                deleted = ImageDeleted.model_validate(event)
                return self._record(Kind.DELETION, key, deleted.numbered(origin_of(message)), message)
            origin, replay = Origin.model_validate(event["origin"]), event.get("replay")
            stood = Origin.model_validate(replay) if replay else origin
            aside = not event.get("promoted", True)
            return self._record(Kind.RESULT, key, origin, message, event["pipeline"], stood, aside=aside)
        except (ValueError, KeyError, TypeError, AttributeError, ValidationError):
            # The sinks do not take it for a result either: what it should have answered is not answered.
            return None

    def _rejection(self, message: Message, rejection: Rejection) -> Record | None:
        kind = Kind.DISCARD if rejection.reason in DISCARDING else Kind.REJECTION
        key = digest(rejection.key)
        stood, aside = rejection.message, not rejection.promoted
        return self._record(kind, key, rejection.origin, message, rejection.pipeline or "", stood, aside=aside)

    def _resolution(self, message: Message, event: Resolved) -> Record | None:
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
        message: Message,
        pipeline: str = "",
        stood: Origin | None = None,
        *,
        aside: bool = False,
    ) -> Record | None:
        """``stood`` is where the message stood that is answered: a replay is accounted for like any other message."""
        place = place_of(stood or origin)
        if place is None:
            return None
        marks = self._marks(message) | (Mark.ASIDE if aside else Mark.NONE)
        if stood is not None and stood.name != origin.name:
            marks |= Mark.REPLAYED
        return Record(kind, key, origin.version, place, pipeline_digest(pipeline), marks)

    def _marks(self, message: Message) -> Mark:
        at, offset = (str(message.topic()), int(message.partition() or 0)), int(message.offset() or 0)
        stored = Mark.STORED_PAST if offset < self._stored.get(at, 0) else Mark.NONE
        return stored | (Mark.INDEXED_PAST if offset < self._indexed.get(at, 0) else Mark.NONE)


def _take_up(event: Rejection | Resolved, unread: UnreadRanges) -> None:
    if not isinstance(event, Resolved):
        unread.add(event)
    elif event.resolution is Resolution.DISCARDED:
        unread.discard(event.rejection)


def _for_each_message(record: Record, messages: int) -> list[Record]:
    """The messages of a batch are appended together, and stand one after another."""
    place = record.place
    return [record._replace(place=place._replace(offset=place.offset + number)) for number in range(messages)]


def _image_named(message: Message) -> bytes:
    identity = identity_named(message.value())
    if identity is None or any(name == REPLAY_OF for name, _ in headers_of(message)):
        return NO_KEY
    return digest(identity.image_key)


def owner_named(message: Message) -> Any:
    """Return the workspace that a reference names, whether or not it is a valid one."""
    try:
        payload = orjson.loads(unframe(message.value() or b""))
    except ValueError:
        return None
    return payload.get("owner") if isinstance(payload, dict) else None

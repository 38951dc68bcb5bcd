"""Messages on the topics become records; only what the judgement needs is looked at."""

from typing import Any

import orjson
from pydantic import ValidationError

from infra.reconciliation.records import NO_KEY, Kind, Mark, Record, digest, key_of, pipeline_digest, place_of, place_on
from infra.reconciliation.topic_log import Offsets
from infra.topic_messages import TopicMessage
from schemas.dead_letters import Reason, Rejection, Resolution, Resolved, decode_event
from schemas.images import Origin
from schemas.retries import decode_headers as decode_retry
from schemas.topics import RECOGNITION_RESULTS
from schemas.wire import unframe

# Nobody wants these answered any more: neither the platform's fault nor the image's.
DISCARDING = frozenset({Reason.DEADLINE_PASSED})


class TopicRecords:
    """Turns messages into records; ``recognised``, ``retried``, ``stored`` and ``indexed`` are what is acknowledged."""

    def __init__(self, recognised: Offsets, retried: Offsets, stored: Offsets, indexed: Offsets) -> None:
        self._retried = retried
        self._recognised = recognised
        self._stored = stored
        self._indexed = indexed

    def reference(self, message: TopicMessage) -> Record:
        """Return the record of a message on a reference topic, whatever it holds."""
        origin = message.origin
        place = place_on(origin)
        past = origin.offset < self._recognised.get((origin.topic, origin.partition), 0)
        marks = Mark.RECOGNISED_PAST if past else Mark.NONE
        return Record(Kind.REFERENCE, NO_KEY, origin.version, place, marks=marks)

    def outcome(self, message: TopicMessage) -> Record | None:
        """Return the record of a result, a deletion or a dead letter; None for what is none of them."""
        if message.origin.topic == RECOGNITION_RESULTS:
            return self._result(message)
        try:
            event = decode_event(message.headers)
        except ValueError:
            return None
        return self._resolution(message, event) if isinstance(event, Resolved) else self._rejection(message, event)

    def waiting(self, message: TopicMessage) -> Record | None:
        """Return the record of a message on a retry topic; None for one that has been tried again since."""
        at, offset = (message.origin.topic, message.origin.partition), message.origin.offset
        if offset < self._retried.get(at, 0):
            return None
        try:
            origin = decode_retry(message.headers).origin
        except ValueError:
            return None
        place = place_of(origin)
        return None if place is None else Record(Kind.WAITING, NO_KEY, origin.version, place)

    def _result(self, message: TopicMessage) -> Record | None:
        try:
            event = orjson.loads(message.value or b"")
            key = digest(event["image_key"])
            if event["event"] == "deleted":
                origin = message.origin
                return self._record(Kind.DELETION, key, origin, message)
            origin, replay = Origin.model_validate(event["origin"]), event.get("replay")
            stood = Origin.model_validate(replay) if replay else origin
            aside = not event.get("promoted", True)
            return self._record(Kind.RESULT, key, origin, message, event["pipeline"], stood, aside=aside)
        except (ValueError, KeyError, TypeError, AttributeError, ValidationError):
            # The sinks do not take it for a result either: what it should have answered is not answered.
            return None

    def _rejection(self, message: TopicMessage, rejection: Rejection) -> Record | None:
        kind = Kind.DISCARD if rejection.reason in DISCARDING else Kind.REJECTION
        key = key_of(rejection.identity, rejection.origin.name)
        stood, aside = rejection.message, not rejection.promoted
        return self._record(kind, key, rejection.origin, message, rejection.pipeline or "", stood, aside=aside)

    def _resolution(self, message: TopicMessage, event: Resolved) -> Record | None:
        """A message that was replayed has become another reference; what it was first stays rejected."""
        if event.resolution is not Resolution.DISCARDED:
            return None
        key = key_of(event.rejection.identity, event.rejection.origin.name)
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
    ) -> Record | None:
        """``stood`` is where the message stood that is answered: a replay is accounted for like any other message."""
        place = place_of(stood or origin)
        if place is None:
            return None
        marks = self._marks(message) | (Mark.ASIDE if aside else Mark.NONE)
        return Record(kind, key, origin.version, place, pipeline_digest(pipeline), marks)

    def _marks(self, message: TopicMessage) -> Mark:
        at, offset = (message.origin.topic, message.origin.partition), message.origin.offset
        stored = Mark.STORED_PAST if offset < self._stored.get(at, 0) else Mark.NONE
        return stored | (Mark.INDEXED_PAST if offset < self._indexed.get(at, 0) else Mark.NONE)


def owner_named(message: TopicMessage) -> Any:
    """Return the workspace that a reference names, whether or not it is a valid one."""
    try:
        payload = orjson.loads(unframe(message.value or b""))
    except ValueError:
        return None
    return payload.get("owner") if isinstance(payload, dict) else None

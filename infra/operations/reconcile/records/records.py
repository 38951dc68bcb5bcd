"""What reconciliation remembers of each message and row: records of one fixed size, for any number of images."""

import hashlib
import struct
from enum import IntEnum, IntFlag, auto
from typing import NamedTuple

from schemas.images import ImageIdentity, Origin
from schemas.topics import TOPICS

DIGEST_BYTES = 16
TOPIC_NAMES = tuple(topic.name for topic in TOPICS)

_LAYOUT = struct.Struct(f"<BBBIQQQQQ{DIGEST_BYTES}s")
_PLACE = struct.Struct("<BIQQ")


class Kind(IntEnum):
    """Of what a record tells."""

    REFERENCE = auto()
    RESULT = auto()
    REJECTION = auto()
    DISCARD = auto()
    DELETION = auto()
    RESOLUTION = auto()  # a rejection was put away by hand
    WAITING = auto()  # a reference will be tried again
    ROW_RECOGNISED = auto()
    ROW_REJECTED = auto()
    ROW_DELETED = auto()
    ROW_ACCEPTED = auto()  # the newest reference that Cassandra knows of an image has no outcome there
    ROW_ANNOUNCED = auto()  # Cassandra knows of no reference to an image that the API took
    UNANSWERED = auto()  # recognition has acknowledged a reference, and the topics hold no outcome
    STORED_RESULT = auto()
    DOCUMENT = auto()


class Mark(IntFlag):
    """What else there is to say of it."""

    NONE = 0
    RECOGNISED_PAST = auto()  # recognition has acknowledged it
    STORED_PAST = auto()  # the sink to Cassandra has acknowledged it
    INDEXED_PAST = auto()  # the sink to Elasticsearch has acknowledged it
    SHOWS_REJECTION = auto()  # the document is that of a rejection
    ASIDE = auto()  # of a pipeline that did not count: shown only where there is nothing else
    REPLAYED = auto()  # one more answer to a reference that was answered before


class MessagePlace(NamedTuple):
    """Where a message stands in Kafka; its topic by number.

    When it was appended belongs to it: a topic that is deleted and made anew has the same offsets again.
    """

    topic: int
    partition: int
    offset: int
    appended_at_ms: int = 0

    @property
    def name(self) -> str:
        return f"{TOPIC_NAMES[self.topic]}:{self.partition}:{self.offset}"

    @property
    def packed(self) -> bytes:
        return _PLACE.pack(*self)


NOWHERE = MessagePlace(0, 0, 0)


class TraceRecord(NamedTuple):
    """One message or one row.

    ``place`` is that of the reference it is about; ``key`` is the digest of the image's key, ``pipeline`` that of the
    pipeline that answered. ``version`` orders everything about one image as the stores do. ``order`` is the number that
    the reference should have, by where it stands: 0 where that is not known.
    """

    kind: Kind
    key: bytes
    version: int
    place: MessagePlace = NOWHERE
    pipeline: int = 0
    marks: Mark = Mark.NONE
    order: int = 0

    def pack(self) -> bytes:
        return _LAYOUT.pack(self.kind, self.marks, *self.place, self.version, self.pipeline, self.order, self.key)


NO_KEY = bytes(DIGEST_BYTES)


# Looked up, not made anew for each of millions of records.
_KINDS = dict(enumerate(Kind, start=1))
_MARKS = [Mark(number) for number in range(2 * max(Mark))]


def unpack(packed: bytes) -> list[TraceRecord]:
    """Return the records that stand one after another in ``packed``."""
    return [
        TraceRecord(
            _KINDS[kind], key, version, MessagePlace(topic, partition, offset, at_ms), pipeline, _MARKS[marks], order
        )
        for kind, marks, topic, partition, offset, at_ms, version, pipeline, order, key in _LAYOUT.iter_unpack(packed)
    ]


def place_of(origin: Origin) -> MessagePlace | None:
    """Return the place of a message; None on a topic that is none of ours."""
    return place_on(origin) if origin.topic in TOPIC_NAMES else None


def place_on(origin: Origin) -> MessagePlace:
    """Return the place of a message that was read from one of our topics."""
    return MessagePlace(TOPIC_NAMES.index(origin.topic), origin.partition, origin.offset, origin.appended_at_ms)


def key_of(identity: ImageIdentity | None, name: str) -> bytes:
    """Return the digest of an image's key, or of ``topic:partition:offset`` where a message names no image."""
    return digest(name if identity is None else identity.image_key)


def digest(key: str) -> bytes:
    return hashlib.blake2b(key.encode(), digest_size=DIGEST_BYTES).digest()


def pipeline_digest(pipeline: str) -> int:
    return int.from_bytes(hashlib.blake2b(pipeline.encode(), digest_size=8).digest(), "little")

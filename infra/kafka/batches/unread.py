"""What stands in the place of messages that were not read whole, and how much may be read."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from schemas.dead_letters import Reason
from schemas.messages.cuts import Cut, CutMessage, Headers, cut_message
from schemas.messages.retries import PREFIX as RETRY_PREFIX
from schemas.topics import KIB, LARGEST_MESSAGE_BYTES, MIB

DEFAULT_BATCH_BYTES = 64 * MIB
MOST_HEADERS = 32_768
# Whatever a producer of ours may send is read again: lengths of parts add to what it counts.
LARGEST_RECORD_BYTES = LARGEST_MESSAGE_BYTES + 64 * KIB


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much a batch may unpack to, and how large its records may be; the smallest header of two bytes costs 64."""

    batch_bytes: int = DEFAULT_BATCH_BYTES
    record_bytes: int = LARGEST_RECORD_BYTES
    headers: int = MOST_HEADERS


@dataclass(frozen=True, slots=True)
class Unread:
    """Stands for the messages of a partition from ``first_offset`` to ``last_offset``, which were not read whole.

    ``message`` is what is kept of one that was too large; a batch that could not be unpacked leaves nothing.
    """

    reason: Reason
    detail: str
    first_offset: int
    last_offset: int
    message: CutMessage | None = None

    def __len__(self) -> int:
        """The client asks how long a value is."""
        return 0

    def __bool__(self) -> bool:
        return True

    @property
    def cut(self) -> Cut | None:
        """What the one message held, where it stands for one that was cut."""
        return self.message.cut if self.message else None


class UnpackedRecord(NamedTuple):
    """A record as the client's own reader gives it; ``value`` may be an ``Unread``."""

    offset: int
    timestamp: int
    timestamp_type: int
    key: bytes | None
    value: Any
    headers: Headers
    checksum: int | None = None


def cut(record: Any, bounds: Bounds) -> UnpackedRecord:
    return too_large(record, cut_message(record.key, record.value, record.headers, first=RETRY_PREFIX), bounds)


def too_large(record: Any, message: CutMessage, bounds: Bounds) -> UnpackedRecord:
    has = f"{message.cut.size} bytes and {message.cut.headers.count} headers"
    detail = f"the message has {has}; at most {bounds.record_bytes} bytes and {bounds.headers} headers are read"
    unread = Unread(Reason.MESSAGE_TOO_LARGE, detail, record.offset, record.offset, message)
    return UnpackedRecord(record.offset, record.timestamp, record.timestamp_type, None, unread, ())

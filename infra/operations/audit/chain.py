"""What the audit trail is made of: entries, each signed together with the signature of the one before it."""

import hashlib
import hmac
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson

from infra.kafka.batches.unread import Unread
from infra.operations.audit.keys import SigningKey
from schemas.dead_letters import Headers
from schemas.messages.cloud_events import AUDIT_TYPE, PLATFORM_ACTIVITY, event_type_of

# What the first entry of a chain follows.
NOTHING = bytes(32)
NO_OFFSET = -1
# The format of what is signed; another one would have another mark.
MARK = b"vedette-audit-1"
LONGEST_EVENT_BYTES = 65_536
NUMBERS = struct.Struct(">qqqq")
LENGTH = struct.Struct(">q")
ABSENT = -1


@dataclass(frozen=True)
class PublishedAct:
    """What one message of the topic says: an event's text as it was published, or what is wrong with the message."""

    offset: int
    appended_at_ms: int
    event: str | None
    problem: str | None = None


@dataclass(frozen=True)
class Entry:
    """One entry of a chain."""

    chain: str
    number: int
    published: PublishedAct
    previous_offset: int
    previous_signature: bytes
    key_id: str
    signature: bytes

    @property
    def offset(self) -> int:
        return self.published.offset

    @property
    def appended_at(self) -> datetime:
        return datetime.fromtimestamp(self.published.appended_at_ms / 1000, UTC)


def read_message(offset: int, appended_at_ms: int, headers: Headers, value: bytes | None) -> PublishedAct | None:
    """Return what a message of topic ``activity`` adds to the trail; None for events of the platform's other kinds.

    A message that is no event of the platform's is no audit event either, and still has its place in the chain: what
    somebody put there to be overlooked is told. An event is kept as it is, also one of a newer form.
    """
    kind = event_type_of(headers)
    if kind is not None and kind != AUDIT_TYPE and kind.startswith(PLATFORM_ACTIVITY):
        return None
    problem = None if kind == AUDIT_TYPE else "not marked as an event of the platform"
    problem = problem or _problem_of(value or b"")
    if problem is None:
        return PublishedAct(offset, appended_at_ms, (value or b"").decode())
    digest = hashlib.sha256(value or b"").hexdigest()
    return PublishedAct(offset, appended_at_ms, None, f"{problem}: {len(value or b'')} bytes, sha256 {digest}")


def read_unread(offset: int, appended_at_ms: int, unread: Unread) -> PublishedAct:
    """Return what stands in the trail for messages that could not be read whole: nobody may be overlooked that way."""
    problem = f"offsets {unread.first_offset} to {unread.last_offset} could not be read: {unread.detail}"
    if (cut := unread.cut) is not None and cut.value is not None:
        problem += f": {cut.value.size} bytes, sha256 {cut.value.sha256}"
    return PublishedAct(offset, appended_at_ms, None, problem)


def chained(chain: str, head: Entry | None, published: Iterable[PublishedAct], key: SigningKey) -> Iterator[Entry]:
    """Yield the entries that follow ``head``, one for each message, in their order."""
    for one in published:
        head = _follow(chain, head, one, key)
        yield head


def is_signed_by(entry: Entry, key: SigningKey) -> bool:
    """Whether everything in the entry, its place and what it follows included, is as it was signed."""
    return hmac.compare_digest(entry.signature, _sign(entry, key))


def _follow(chain: str, head: Entry | None, published: PublishedAct, key: SigningKey) -> Entry:
    unsigned = Entry(
        chain=chain,
        number=1 if head is None else head.number + 1,
        published=published,
        previous_offset=NO_OFFSET if head is None else head.offset,
        previous_signature=NOTHING if head is None else head.signature,
        key_id=key.id,
        signature=b"",
    )
    return Entry(**{**vars(unsigned), "signature": _sign(unsigned, key)})


def _sign(entry: Entry, key: SigningKey) -> bytes:
    """Every part with its length before it, so that no two entries are signed as the same bytes."""
    one = entry.published
    numbers = NUMBERS.pack(one.offset, one.appended_at_ms, entry.number, entry.previous_offset)
    texts = [_encoded(text) for text in (entry.chain, entry.key_id, one.event, one.problem)]
    signed = b"".join([MARK, numbers, _packed(entry.previous_signature), *texts])
    return hmac.digest(key.secret, signed, "sha256")


def _encoded(text: str | None) -> bytes:
    return LENGTH.pack(ABSENT) if text is None else _packed(text.encode())


def _packed(part: bytes) -> bytes:
    return LENGTH.pack(len(part)) + part


def _problem_of(value: bytes) -> str | None:
    if len(value) > LONGEST_EVENT_BYTES:
        return "too long for an audit event"
    try:
        content = orjson.loads(value)
    except orjson.JSONDecodeError:
        return "not JSON"
    return None if isinstance(content, dict) and content.get("event") == "audit" else "not an audit event"

"""What administrators do about dead letters: look at them, publish them once more, or put them away."""

import asyncio
import json
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol, TypeVar

from infra.errors import NotFound
from infra.kafka.confirmation import RecordsTooLarge
from infra.kafka.event_bus import Publisher, Record
from infra.kafka.topic_messages import TopicMessage
from infra.operations.audit.acts import Act
from schemas.activity import Action
from schemas.dead_letters import (
    DeadLetter,
    Headers,
    Reason,
    Rejection,
    Resolution,
    Resolved,
    encode_resolution,
    strip_headers,
)
from schemas.images import Origin
from schemas.messages.cuts import message_bytes
from schemas.queries import DeadLetterQuery, Page
from schemas.texts.masking import MASK, is_secret_name, mask_secrets
from schemas.topics import DEAD_LETTERS, OBJECT_CREATED, REFERENCE_TOPICS
from schemas.wire import unframe

Outcome = TypeVar("Outcome")

REPLAYABLE = (*REFERENCE_TOPICS, OBJECT_CREATED)
# So many are read and published at a time, and looked at in one call.
MOST_AT_ONCE = 100
MOST_SHOWN_BYTES = 65_536


class Letters(Protocol):
    """Where dead letters are listed."""

    async def list_rejections(
        self, limit: int, cursor: str | None = None, query: DeadLetterQuery = ...
    ) -> Page[DeadLetter]: ...
    async def find_rejection(self, origin: Origin) -> DeadLetter | None: ...


class Reader(Protocol):
    """Reads messages by their place."""

    async def read(self, place: Origin) -> TopicMessage | None: ...


@dataclass(frozen=True)
class Done:
    """What became of the dead letters that were meant."""

    resolved: int
    skipped: int
    next_cursor: str | None = None


class DeadLetterOffice:
    """Shows, replays and discards dead letters; both are events, which both stores follow.

    ``by`` names who acts: an account's id, or the user of a machine. ``act`` records it first, letter by letter: what
    cannot be recorded does not happen. Methods raise ``TransientError`` while a system does not answer: what was done
    until then stays done, and doing it again is harmless.
    """

    def __init__(self, letters: Letters, reader: Reader, publisher: Publisher) -> None:
        self._letters = letters
        self._reader = reader
        self._publisher = publisher

    async def show(self, place: Origin, by: str, act: Act) -> tuple[DeadLetter, Record | None]:
        """Return the dead letter of the message that stood at ``place``, and the message as it was published.

        Of a message that was cut it is what is left; ``cut`` of the letter tells what that is. It is None where Kafka
        keeps nothing of it. Raises ``NotFound``.
        """
        letter = await self._find(place)
        async with act(Action.LETTER_SHOWN, by, letter.id, owner=letter.owner):
            return letter, await self._read(letter) or await self._read_rest(letter)

    async def replay(self, place: Origin, by: str, act: Act) -> None:
        """Publish the message once more, as it was; raises ``NotFound`` where there is none to publish."""
        letter = await self._find(place)
        message = await self._read(letter) if letter.message.topic in REPLAYABLE else None
        if message is None:
            raise NotFound(f"the message of {letter.id} cannot be published again: {_why_not(letter)}")
        await self._replay_one(letter, message, by, act)

    async def discard(self, place: Origin, by: str, act: Act) -> None:
        """Put a dead letter away; raises ``NotFound``."""
        await self._discard_one(await self._find(place), by, act)

    async def replay_some(self, query: DeadLetterQuery, by: str, act: Act, cursor: str | None = None) -> Done:
        """Replay those that ``query`` means, up to ``MOST_AT_ONCE``; go on with the cursor.

        Those whose message is no longer kept, or came from another place than a producer, are skipped.
        """
        page = await self._letters.list_rejections(MOST_AT_ONCE, cursor, query)
        done = await self._replay(page.items, by, act)
        return Done(done, len(page.items) - done, page.next_cursor)

    async def discard_some(self, query: DeadLetterQuery, by: str, act: Act, cursor: str | None = None) -> Done:
        """Discard those that ``query`` means, up to ``MOST_AT_ONCE``; go on with the cursor."""
        page = await self._letters.list_rejections(MOST_AT_ONCE, cursor, query)
        await _all(self._discard_one(letter, by, act) for letter in page.items)
        return Done(len(page.items), 0, page.next_cursor)

    async def _find(self, place: Origin) -> DeadLetter:
        letter = await self._letters.find_rejection(place)
        if letter is None:
            raise NotFound(f"there is no dead letter of {place.name}")
        return letter

    async def _replay(self, letters: Sequence[DeadLetter], by: str, act: Act) -> int:
        found = [(letter, await self._read(letter)) for letter in letters if _may_be_replayed(letter)]
        again = [(letter, message) for letter, message in found if message is not None]
        return sum(await _all(self._try_to_replay(letter, message, by, act) for letter, message in again))

    async def _try_to_replay(self, letter: DeadLetter, message: Record, by: str, act: Act) -> bool:
        try:
            await self._replay_one(letter, message, by, act)
        except NotFound:
            return False
        return True

    async def _replay_one(self, letter: DeadLetter, message: Record, by: str, act: Act) -> None:
        """Publish first and mark afterwards: whatever happens between, no message is marked and not published."""
        async with act(Action.LETTER_REPLAYED, by, letter.id, owner=letter.owner):
            await self._publish_again(letter, message)
            await self._publisher.publish([_mark(letter, Resolution.REPLAYED, by)])

    async def _publish_again(self, letter: DeadLetter, message: Record) -> None:
        try:
            await self._publisher.publish([message])
        except RecordsTooLarge:
            size = message_bytes(message.key, message.value, message.headers)
            why = f"with {size} bytes it is larger than topic {message.topic} takes"
            raise NotFound(f"the message of {letter.id} cannot be published again: {why}") from None

    async def _discard_one(self, letter: DeadLetter, by: str, act: Act) -> None:
        async with act(Action.LETTER_DISCARDED, by, letter.id, owner=letter.owner):
            await self._publisher.publish([_mark(letter, Resolution.DISCARDED, by)])

    async def _read(self, letter: DeadLetter) -> Record | None:
        """Read the dead letter, or else the message that was rejected: both hold the same, or the letter was cut."""
        for place in (None if letter.cut else letter.letter, letter.message):
            if place is None or not letter.has_message:
                continue
            found = await self._reader.read(place)
            if found is not None and found.unread is None:
                return _record(letter, found)
        return None

    async def _read_rest(self, letter: DeadLetter) -> Record | None:
        """Read what was kept of a message that was cut."""
        found = await self._reader.read(letter.letter or letter.message) if letter.cut else None
        return None if found is None else _record(letter, found)


def _record(letter: DeadLetter, found: TopicMessage) -> Record:
    return Record(letter.message.topic, found.value, found.key, strip_headers(found.headers))


def public_value(value: bytes | None) -> str:
    """Return a message's value as text that can be written anywhere, without the secrets that it may hold."""
    return public_text(None if value is None else unframe(value))


def public_headers(headers: Headers) -> list[tuple[str, str | None]]:
    """Return a message's headers as text, without the secrets that they may hold."""
    return [(_public_name(name), _public_header(name, value)) for name, value in headers]


def public_text(value: bytes | None) -> str:
    """Return any bytes as text, without the secrets that they may hold; JSON may be in any of its encodings.

    Of a long one the beginning is shown: nobody reads megabytes, and looking for secrets takes the longer the more.
    """
    if value is None:
        return "none"
    text = value[:MOST_SHOWN_BYTES].decode(json.detect_encoding(value), errors="backslashreplace")
    left_out = len(value) - MOST_SHOWN_BYTES
    return mask_secrets(text) + (f" … and {left_out:,} more bytes" if left_out > 0 else "")


def _public_header(name: str, value: bytes | None) -> str | None:
    if value is None:
        return None
    return MASK if is_secret_name(name) else public_text(value)


def _public_name(name: str) -> str:
    return mask_secrets(name.encode(errors="backslashreplace").decode())


async def _all(acts: Iterable[Awaitable[Outcome]]) -> list[Outcome]:
    """Wait for all of them, those beside one that fails as well, and only then raise what the first failed with."""
    ends = await asyncio.gather(*acts, return_exceptions=True)
    for end in ends:
        if isinstance(end, BaseException):
            raise end
    return [end for end in ends if not isinstance(end, BaseException)]


def _mark(letter: DeadLetter, resolution: Resolution, by: str) -> Record:
    rejection = Rejection.model_validate(letter.model_dump(include=set(Rejection.model_fields)))
    event = Resolved(rejection=rejection, resolution=resolution, by=by, at=datetime.now(UTC))
    return Record(DEAD_LETTERS, None, letter.key.encode(), encode_resolution(event))


def why_absent(letter: DeadLetter) -> str:
    """Return why the message of a dead letter cannot be had whole."""
    if letter.reason is Reason.EXPIRED_UNREAD:
        return "it stands for messages that the platform never read; their producers can publish them again"
    if letter.last_offset is not None:
        return f"it stands for the messages up to offset {letter.last_offset}, which could not be read"
    if letter.cut is not None:
        return f"{letter.cut.describe()}, and Kafka no longer keeps it in a form that can be read whole"
    return "Kafka no longer keeps it"


def _may_be_replayed(letter: DeadLetter) -> bool:
    return letter.has_message and letter.message.topic in REPLAYABLE


def _why_not(letter: DeadLetter) -> str:
    if letter.message.topic not in REPLAYABLE:
        return f"it stood on {letter.message.topic}, which is the platform's own"
    return why_absent(letter)

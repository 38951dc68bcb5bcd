"""What administrators do about dead letters: look at them, publish them once more, or put them away."""

import asyncio
import json
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from infra.audit.acts import Act
from infra.errors import NotFound
from infra.event_bus import Publisher, Record
from schemas.activity import Action
from schemas.dead_letters import DeadLetter, Headers, Rejection, Resolution, Resolved, encode_resolution, strip_headers
from schemas.images import Origin
from schemas.masking import MASK, is_secret_name, mask_secrets
from schemas.queries import DeadLetterQuery, Page
from schemas.topics import DEAD_LETTERS, OBJECT_CREATED, REFERENCE_TOPICS
from schemas.wire import unframe

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

    async def read(self, place: Origin) -> Record | None: ...


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

        The message is None where Kafka no longer keeps it. Raises ``NotFound``.
        """
        letter = await self._find(place)
        async with act(Action.LETTER_SHOWN, by, letter.id, owner=letter.owner):
            return letter, await self._read(letter)

    async def replay(self, place: Origin, by: str, act: Act) -> None:
        """Publish the message once more, as it was; raises ``NotFound`` where there is none to publish."""
        letter = await self._find(place)
        done = await self._replay([letter], by, act)
        if not done:
            raise NotFound(f"the message of {letter.id} cannot be published again: {_why_not(letter)}")

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
        await _all(self._replay_one(letter, message, by, act) for letter, message in again)
        return len(again)

    async def _replay_one(self, letter: DeadLetter, message: Record, by: str, act: Act) -> None:
        """Publish first and mark afterwards: whatever happens between, no message is marked and not published."""
        async with act(Action.LETTER_REPLAYED, by, letter.id, owner=letter.owner):
            await self._publisher.publish([message])
            await self._publisher.publish([_mark(letter, Resolution.REPLAYED, by)])

    async def _discard_one(self, letter: DeadLetter, by: str, act: Act) -> None:
        async with act(Action.LETTER_DISCARDED, by, letter.id, owner=letter.owner):
            await self._publisher.publish([_mark(letter, Resolution.DISCARDED, by)])

    async def _read(self, letter: DeadLetter) -> Record | None:
        """Read the dead letter, or else the message that was rejected; both hold the same."""
        places = (letter.letter, letter.message) if letter.has_message else ()
        for place in places:
            if place is not None and (found := await self._reader.read(place)) is not None:
                return Record(letter.message.topic, found.value, found.key, strip_headers(found.headers))
        return None


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


async def _all(acts: Iterable[Awaitable[None]]) -> None:
    """Wait for all of them, those beside one that fails as well, and only then raise what the first failed with."""
    ends = await asyncio.gather(*acts, return_exceptions=True)
    for end in ends:
        if isinstance(end, BaseException):
            raise end


def _mark(letter: DeadLetter, resolution: Resolution, by: str) -> Record:
    rejection = Rejection.model_validate(letter.model_dump(include=set(Rejection.model_fields)))
    event = Resolved(rejection=rejection, resolution=resolution, by=by, at=datetime.now(UTC))
    return Record(DEAD_LETTERS, None, letter.key.encode(), encode_resolution(event))


def _may_be_replayed(letter: DeadLetter) -> bool:
    return letter.has_message and letter.message.topic in REPLAYABLE


def _why_not(letter: DeadLetter) -> str:
    if not letter.has_message:
        return "it stands for messages that the platform never held; their producers can publish them again"
    if letter.message.topic not in REPLAYABLE:
        return f"it stood on {letter.message.topic}, which is the platform's own"
    return "Kafka no longer keeps it"

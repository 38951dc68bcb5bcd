"""What administrators do about dead letters: look at them, publish them once more, or put them away."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import structlog

from infra.audit.acts import record_of
from infra.errors import NotFound
from infra.event_bus import Publisher, Record
from schemas.activity import Action, AuditEvent
from schemas.cloud_events import DEAD_LETTERS_SOURCE
from schemas.dead_letters import DeadLetter, Rejection, Resolution, Resolved, encode_resolution, strip_headers
from schemas.images import Origin
from schemas.queries import DeadLetterQuery, Page
from schemas.topics import DEAD_LETTERS, OBJECT_CREATED, REFERENCE_TOPICS
from schemas.uris import strip_secrets
from schemas.wire import unframe

REPLAYABLE = (*REFERENCE_TOPICS, OBJECT_CREATED)
# So many are read and published at a time, and looked at in one call.
MOST_AT_ONCE = 100

log = structlog.get_logger(__name__)


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
    """Shows, replays and discards dead letters; each act is an event, which both stores follow, and is audited.

    ``by`` names who acts: an account's id, or the user of a machine. Methods raise ``TransientError`` while a system
    does not answer: what was done until then stays done, and doing it again is harmless.
    """

    def __init__(self, letters: Letters, reader: Reader, publisher: Publisher) -> None:
        self._letters = letters
        self._reader = reader
        self._publisher = publisher

    async def show(self, place: Origin, by: str) -> tuple[DeadLetter, Record | None]:
        """Return the dead letter of the message that stood at ``place``, and the message as it was published.

        The message is None where Kafka no longer keeps it. Raises ``NotFound``.
        """
        letter = await self._find(place)
        message = await self._read(letter)
        await self._publisher.publish([_audit(Action.LETTER_SHOWN, letter, by, datetime.now(UTC))])
        return letter, message

    async def replay(self, place: Origin, by: str) -> None:
        """Publish the message once more, as it was; raises ``NotFound`` where there is none to publish."""
        letter = await self._find(place)
        done = await self._replay([letter], by)
        if not done:
            raise NotFound(f"the message of {letter.id} cannot be published again: {_why_not(letter)}")

    async def discard(self, place: Origin, by: str) -> None:
        """Put a dead letter away; raises ``NotFound``."""
        await self._resolve([await self._find(place)], Resolution.DISCARDED, by)

    async def replay_some(self, query: DeadLetterQuery, by: str, cursor: str | None = None) -> Done:
        """Replay those that ``query`` means, up to ``MOST_AT_ONCE``; go on with the cursor.

        Those whose message is no longer kept, or came from another place than a producer, are skipped.
        """
        page = await self._letters.list_rejections(MOST_AT_ONCE, cursor, query)
        done = await self._replay(page.items, by)
        return Done(done, len(page.items) - done, page.next_cursor)

    async def discard_some(self, query: DeadLetterQuery, by: str, cursor: str | None = None) -> Done:
        """Discard those that ``query`` means, up to ``MOST_AT_ONCE``; go on with the cursor."""
        page = await self._letters.list_rejections(MOST_AT_ONCE, cursor, query)
        await self._resolve(page.items, Resolution.DISCARDED, by)
        return Done(len(page.items), 0, page.next_cursor)

    async def _find(self, place: Origin) -> DeadLetter:
        letter = await self._letters.find_rejection(place)
        if letter is None:
            raise NotFound(f"there is no dead letter of {place.name}")
        return letter

    async def _replay(self, letters: Sequence[DeadLetter], by: str) -> int:
        """Publish first and mark afterwards: whatever happens between, no message is marked and not published."""
        found = [(letter, await self._read(letter)) for letter in letters if letter.message.topic in REPLAYABLE]
        again = [(letter, message) for letter, message in found if message is not None]
        await self._publisher.publish([message for _, message in again])
        await self._resolve([letter for letter, _ in again], Resolution.REPLAYED, by)
        return len(again)

    async def _read(self, letter: DeadLetter) -> Record | None:
        """Read the dead letter, or else the message that was rejected; both hold the same."""
        for place in (letter.letter, letter.message):
            if place is not None and (found := await self._reader.read(place)) is not None:
                return Record(letter.message.topic, found.value, found.key, strip_headers(found.headers))
        return None

    async def _resolve(self, letters: Sequence[DeadLetter], resolution: Resolution, by: str) -> None:
        now = datetime.now(UTC)
        action = Action.LETTER_REPLAYED if resolution is Resolution.REPLAYED else Action.LETTER_DISCARDED
        marks = [_mark(letter, resolution, by, now) for letter in letters]
        await self._publisher.publish([*marks, *(_audit(action, letter, by, now) for letter in letters)])


def public_value(value: bytes | None) -> str:
    """Return a message's value as text, without the secrets that a reference's address may hold."""
    try:
        payload = json.loads(unframe(value or b""))
    except ValueError:
        return as_text(value)
    if isinstance(payload, dict) and isinstance(payload.get("uri"), str):
        payload["uri"] = strip_secrets(payload["uri"])
    return json.dumps(payload, ensure_ascii=False)


def as_text(value: bytes | None) -> str:
    """Return any bytes as text."""
    return "none" if value is None else value.decode(errors="backslashreplace")


def _mark(letter: DeadLetter, resolution: Resolution, by: str, now: datetime) -> Record:
    rejection = Rejection.model_validate(letter.model_dump(include=set(Rejection.model_fields)))
    event = Resolved(rejection=rejection, resolution=resolution, by=by, at=now)
    return Record(DEAD_LETTERS, None, letter.key.encode(), encode_resolution(event))


def _audit(action: Action, letter: DeadLetter, by: str, now: datetime) -> Record:
    log.info("audit", action=action.value, actor=by, subject=letter.id)
    event = AuditEvent(action=action, actor=by, at=now, subject=letter.id, owner=letter.owner)
    return record_of(event, DEAD_LETTERS_SOURCE)


def _why_not(letter: DeadLetter) -> str:
    if letter.message.topic not in REPLAYABLE:
        return f"it stood on {letter.message.topic}, which is the platform's own"
    return "Kafka no longer keeps it"

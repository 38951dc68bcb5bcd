"""The platform's way of a reference in memory, with real numbers, real headers and stores that behave as the real ones.

Partitions have clocks of their own, which may do anything; workers take turns, die, and go on from what was committed.
"""

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from processors.recognition.changes import ChangeReader
from processors.recognition.intake import Intake
from processors.streams.delivery import Message
from processors.streams.sequences import Sequences
from schemas.dead_letters import Rejection, encode_headers
from schemas.images import ImageIdentity, ImageReference, Origin
from schemas.messages.commit_notes import CommitNote, CommittedOffset, Place
from schemas.messages.replays import decode_headers as decode_replay
from schemas.messages.replays import encode_headers as encode_replay
from schemas.messages.retries import Retry
from schemas.messages.retries import decode_headers as decode_retry
from schemas.messages.retries import encode_headers as encode_retry
from schemas.queries import ImageStatus
from schemas.results import ImageDeleted, RecognitionResult
from schemas.topics import DEAD_LETTERS, IMAGE_REFERENCES, IMAGE_REFERENCES_BATCH, RECOGNITION_RESULTS
from tests import samples
from tests.fakes.stores import FakeResultIndex, FakeResultStore
from tests.logs import BEGUN_MS, Log, origin_at

OWNER = "shop"
PLACES: tuple[Place, ...] = ((IMAGE_REFERENCES, 0), (IMAGE_REFERENCES, 1), (IMAGE_REFERENCES_BATCH, 0))
GROUPS = ("recognise", "store")


@dataclass
class Partition:
    """A partition of a reference topic."""

    log: Log = field(default_factory=Log)
    messages: list[Message] = field(default_factory=list)
    now_ms: int = BEGUN_MS

    def append(self, place: Place, value: bytes, headers: Any, step_ms: int, first: int) -> Message:
        self.now_ms = max(0, self.now_ms + step_ms)
        offset = self.log[-1][0] + 1 if self.log else first
        self.log.append((offset, self.now_ms))
        self.messages.append(Message(origin_at(offset, self.now_ms, place), None, value, headers))
        return self.messages[-1]


@dataclass
class Group:
    """A consumer group of one worker at a time: what it has read of each partition, and what it has committed."""

    numbers: Sequences = field(default_factory=Sequences)
    read: dict[Place, int] = field(default_factory=lambda: dict.fromkeys(PLACES, 0))
    committed: dict[Place, tuple[int, str]] = field(default_factory=dict)


class World:
    """Everything between a producer and the two stores."""

    def __init__(self) -> None:
        self.partitions = {place: Partition() for place in PLACES}
        self.groups = {name: Group() for name in GROUPS}
        self.outcomes: list[Message] = []
        self.results_ms = BEGUN_MS
        self.waiting: list[tuple[Message, list[tuple[str, bytes | None]]]] = []
        self.store, self.index = FakeResultStore(), FakeResultIndex()
        self.changes = ChangeReader(Intake({}), "host")
        self.known: dict[str, set[Origin]] = {}
        """Of each image the references that the store has heard of, by themselves or by their outcomes."""
        self.loop = asyncio.new_event_loop()

    def append(self, place: Place, image: str, step_ms: int, first: int, *, by_api: bool = False) -> Message:
        """Let a producer, or the API, publish a reference."""
        reference = ImageReference(owner=OWNER, uri=f"s3://photos/{image}", image_id=image)
        value = reference.model_dump_json(exclude_none=True).encode()
        if by_api:
            self._run(self.store.announce([(reference.identity, reference.public_uri, datetime.now(UTC))]))
        message = self.partitions[place].append(place, value, (), step_ms, first)
        if by_api:
            self._run(self.store.save_accepted([(reference, message.origin)]))
        return message

    def replay(self, image: str, step_ms: int, first: int) -> None:
        """Let the newest answer's reference be answered once more, as `vedette replay` does."""
        place = PLACES[2]
        history = self._run(self.store.read_history(_key(image)))
        if history:
            reference = ImageReference(owner=OWNER, uri=f"s3://photos/{image}", image_id=image)
            value = reference.model_dump_json(exclude_none=True).encode()
            self.partitions[place].append(place, value, tuple(encode_replay(history[0].origin)), step_ms, first)

    def take(self, group: str, place: Place, count: int) -> list[Message]:
        """Let a group's worker read on."""
        own, partition = self.groups[group], self.partitions[place]
        begun = own.read[place]
        taken = [own.numbers.number(message) for message in partition.messages[begun : begun + count]]
        own.read[place] = begun + len(taken)
        for message in taken:
            assert message.origin.sequence == self.number_of(message.origin)
        return taken

    def recognise(self, place: Place, count: int, outcome: str) -> None:
        for message in self.take("recognise", place, count):
            replayed = decode_replay(message.headers)
            if outcome == "put off" and replayed is None:
                retry = Retry(attempt=1, not_before=datetime.now(UTC), origin=message.origin, detail="It did not come.")
                self.waiting.append((message, encode_retry(retry, message.headers)))
            else:
                self._answer(message, replayed, outcome)

    def try_again(self, outcome: str) -> None:
        for message, headers in self.waiting[:1]:
            self.waiting.remove((message, headers))
            origin = decode_retry(headers).origin
            self._answer(Message(origin, None, message.value, message.headers), None, outcome)

    def accept(self, place: Place, count: int) -> None:
        self._store(self.take("store", place, count))

    def commit(self, group: str, place: Place, back: int, noted: bool) -> None:
        """Commit what a worker has read, but for the last ``back``; without a note where another tool does it."""
        own, partition = self.groups[group], self.partitions[place]
        done = own.read[place] - back
        known = own.committed.get(place, (0, ""))
        if done <= known[0]:
            return
        note = own.numbers.note(place, partition.log[done - 1][0] + 1, CommitNote())
        own.committed[place] = (done, note.text if noted else "")

    def die(self, group: str) -> None:
        """Let another worker go on from what was committed."""
        own = self.groups[group]
        own.numbers = Sequences()
        own.read = {place: own.committed.get(place, (0, ""))[0] for place in PLACES}
        taken_up = {place: self._committed(own, place) for place in PLACES}
        self._run(own.numbers.take_up(taken_up, _Index({at: one.log for at, one in self.partitions.items()})))

    def delete(self, image: str, step_ms: int) -> Origin:
        """Let the API delete an image; return where the deletion stands, with its number."""
        key = _key(image)
        known = self._run(self.store.find(key))
        deleted = ImageDeleted(
            owner=OWNER,
            image_id=image,
            image_key=key,
            deleted_at=datetime.now(UTC),
            follows=0 if known is None else known.newest,
        )
        message = self._publish(RECOGNITION_RESULTS, deleted.model_dump_json().encode(), (), step_ms)
        numbered = deleted.numbered(message.origin)
        self._run(self.store.save_deletions([(deleted, numbered)]))
        return numbered

    def deliver(self, first: int, count: int) -> None:
        """Let both sinks read outcomes, for the first time or again."""
        taken = self.outcomes[first : first + count]
        self._store(taken)
        changes = self.changes.read(taken)
        self._run(self.index.save_results(changes.results))
        self._run(self.index.save_rejections(changes.rejections))
        self._run(self.index.save_deletions(changes.deletions))

    def finish(self) -> None:
        """Let everything that is under way come to its end."""
        for place in PLACES:
            self.recognise(place, len(self.partitions[place].messages), "recognised")
            self.accept(place, len(self.partitions[place].messages))
        while self.waiting:
            self.try_again("recognised")
        self.deliver(0, len(self.outcomes))

    def shown(self, image: str) -> tuple[str | None, str | None]:
        """Return which reference's outcome each store shows of an image; None for one that is deleted."""
        key = _key(image)
        record, document = self._run(self.store.find(key)), self.index.documents[key]
        assert record is not None
        by_store = {
            ImageStatus.RECOGNISED: record.recognised_origin,
            ImageStatus.REJECTED: record.rejected_origin,
            ImageStatus.DELETED: None,
            ImageStatus.PENDING: "pending",
        }[record.status]
        origin = document.source.get("origin")
        deleted = document.source["status"] == ImageStatus.DELETED
        return by_store, None if deleted else f"{origin['topic']}:{origin['partition']}:{origin['offset']}"

    def number_of(self, origin: Origin) -> int:
        """Return the number by the rule itself: the largest moment so far, and two for each offset since."""
        log = self.partitions[origin.topic, origin.partition].log
        moments = [(offset, origin_at(offset, at_ms).moment_us) for offset, at_ms in log if offset <= origin.offset]
        return max(moment + 2 * (origin.offset - offset) for offset, moment in moments)

    def _answer(self, message: Message, replayed: Origin | None, outcome: str) -> None:
        image = ImageReference.model_validate_json(message.value or b"").identity.image_id
        stood = message.origin if replayed is None else replayed
        own: dict[str, Any] = {} if replayed is None else {"replay": message.origin}
        if outcome == "rejected":
            rejection: Rejection = samples.rejection(OWNER, image, of=stood, **own)
            self._publish(DEAD_LETTERS, message.value or b"", tuple(encode_headers(rejection, message.headers)), 1)
        else:
            result: RecognitionResult = samples.result(OWNER, image, of=stood, **own)
            self._publish(RECOGNITION_RESULTS, result.model_dump_json(exclude_none=True).encode(), (), 1)

    def _publish(self, topic: str, value: bytes, headers: Any, step_ms: int) -> Message:
        self.results_ms = max(0, self.results_ms + step_ms)
        origin = origin_at(len(self.outcomes), self.results_ms, (topic, 0))
        self.outcomes.append(Message(origin, None, value, headers))
        return self.outcomes[-1]

    def _store(self, messages: list[Message]) -> None:
        changes = self.changes.read(messages)
        self._run(self.store.save_accepted([(item.reference, item.message.origin) for item in changes.accepted]))
        for item in changes.accepted:
            self.known.setdefault(item.identity.image_id, set()).add(item.message.origin)
        for outcome in (*changes.results, *changes.rejections):
            self.known.setdefault(outcome.image_id or "", set()).add(outcome.origin)
        self._run(self.store.save_results(changes.results))
        self._run(self.store.save_rejections(changes.rejections))
        self._run(self.store.save_deletions(changes.deletions))

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    def _committed(self, group: Group, place: Place) -> CommittedOffset | None:
        if place not in group.committed:
            return None
        done, text = group.committed[place]
        return CommittedOffset(self.partitions[place].log[done - 1][0] + 1, CommitNote.parse(text))


@dataclass
class _Index:
    logs: dict[Place, Log]

    async def first_at(self, times_ms: Mapping[Place, int]) -> dict[Place, tuple[int, int]]:
        found: dict[Place, tuple[int, int]] = {}
        for place, at_ms in times_ms.items():
            found |= await self.logs[place].first_at({place: at_ms})
        return found


def _key(image: str) -> str:
    return ImageIdentity(owner=OWNER, image_id=image).image_key

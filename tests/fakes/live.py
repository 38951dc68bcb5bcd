"""The topics of outcomes in memory."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from infra.kafka.groups.gaps import Holding
from infra.kafka.topic_messages import TopicMessage
from infra.kafka.topic_reader import Span
from schemas.dead_letters import Headers, Rejection, encode_headers
from schemas.images import Origin
from schemas.messages.commit_notes import Place
from schemas.results import ImageDeleted, RecognitionResult
from schemas.topics import DEAD_LETTERS, RECOGNITION_RESULTS
from tests.fakes.stores import Fallible

PARTITIONS = 3


class FakeOutcomes(Fallible):
    """Results and dead letters, as ``OutcomeTopics`` reads them from Kafka.

    ``chunk`` is how many messages are read again at once, and ``spans`` what was read again so far.
    """

    def __init__(self) -> None:
        self.messages: dict[Place, list[TopicMessage]] = {
            (topic, number): [] for topic in (RECOGNITION_RESULTS, DEAD_LETTERS) for number in range(PARTITIONS)
        }
        self.firsts: dict[Place, int] = dict.fromkeys(self.messages, 0)
        self.topic_ids = {RECOGNITION_RESULTS: "results-made-once", DEAD_LETTERS: "letters-made-once"}
        self.spans: list[Mapping[Place, Span]] = []
        self.chunk = 7
        self._tails: set[_FakeTail] = set()

    async def holdings(self) -> Mapping[Place, Holding]:
        self.require_up()
        return {
            at: Holding(self.topic_ids[at[0]], self.firsts[at], len(messages)) for at, messages in self.messages.items()
        }

    @asynccontextmanager
    async def tail(self) -> AsyncIterator["_FakeTail"]:
        tail = _FakeTail(self)
        self._tails.add(tail)
        try:
            yield tail
        finally:
            self._tails.discard(tail)

    async def past(self, spans: Mapping[Place, Span]) -> AsyncGenerator[Sequence[TopicMessage], None]:
        self.require_up()
        self.spans.append(spans)
        found = [message for at, span in spans.items() for message in self.messages[at][span.start : span.end]]
        for first in range(0, len(found), self.chunk):
            self.require_up()
            await asyncio.sleep(0)
            yield found[first : first + self.chunk]

    def tell(self, *told: RecognitionResult | ImageDeleted | Rejection) -> None:
        """Let these outcomes be published."""
        for outcome in told:
            if isinstance(outcome, Rejection):
                self.append(DEAD_LETTERS, outcome.key, None, encode_headers(outcome, ()))
            else:
                value = outcome.model_dump_json(exclude_none=True).encode()
                self.append(RECOGNITION_RESULTS, outcome.image_key, value)

    def append(self, topic: str, key: str, value: bytes | None, headers: Headers = ()) -> Place:
        """Publish one message, to the partition of its key."""
        at = (topic, sum(key.encode()) % PARTITIONS)
        origin = Origin(
            topic=topic, partition=at[1], offset=len(self.messages[at]), appended_at_ms=int(time.time() * 1000)
        )
        message = TopicMessage(origin, key.encode(), value, headers)
        self.messages[at].append(message)
        for tail in self._tails:
            tail.arrived.put_nowait([message])
        return at

    def forget(self) -> None:
        """Let retention delete everything."""
        self.firsts = {at: len(messages) for at, messages in self.messages.items()}

    def make_anew(self, topic: str) -> None:
        """Delete a topic and create it again."""
        self.topic_ids[topic] = "made-another-time"
        for at in self.messages:
            if at[0] == topic:
                self.messages[at], self.firsts[at] = [], 0


class _FakeTail:
    """What is appended while it is open."""

    def __init__(self, outcomes: FakeOutcomes) -> None:
        self.arrived: asyncio.Queue[Sequence[TopicMessage]] = asyncio.Queue()
        self._begun = {at: len(messages) for at, messages in outcomes.messages.items()}

    async def begun(self) -> Mapping[Place, int]:
        return self._begun

    async def batches(self) -> AsyncGenerator[Sequence[TopicMessage], None]:
        while True:
            yield await self.arrived.get()

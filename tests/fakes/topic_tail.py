"""A topic in memory, and a reader of what is appended to it, as ``TopicTail`` reads a real one."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from types import TracebackType
from typing import Self

from infra.kafka.topic_messages import TopicMessage
from infra.kafka.topic_reader import Partition
from schemas.dead_letters import Headers
from schemas.images import Origin


class FakeTopic:
    """Messages by partition."""

    def __init__(self, name: str, partitions: int = 1) -> None:
        self.name = name
        self.partitions: list[list[TopicMessage]] = [[] for _ in range(partitions)]
        self.changed = asyncio.Event()

    def append(self, value: bytes | None, partition: int = 0, headers: Headers = (), key: bytes | None = None) -> None:
        """Append one message."""
        kept = self.partitions[partition]
        origin = Origin(topic=self.name, partition=partition, offset=len(kept), appended_at_ms=len(kept))
        kept.append(TopicMessage(origin, key, value, headers))
        self.changed.set()

    def add_partition(self) -> None:
        self.partitions.append([])


class FakeTopicTail:
    """Hands out what is appended to a ``FakeTopic``."""

    def __init__(self, topic: FakeTopic, starts: Mapping[Partition, int] | None = None) -> None:
        self._topic = topic
        self._starts = starts
        self._is_closed = False

    async def __aenter__(self) -> Self:
        ends = {(self._topic.name, number): len(kept) for number, kept in enumerate(self._topic.partitions)}
        began = ends if self._starts is None else {at: self._starts.get(at, 0) for at in ends}
        self._began, self._next = began, dict(began)
        return self

    async def begun(self) -> Mapping[Partition, int]:
        return self._began

    async def batches(self) -> AsyncGenerator[Sequence[TopicMessage], None]:
        while not self._is_closed:
            self._topic.changed.clear()
            if arrived := self._take():
                yield arrived
            else:
                await self._topic.changed.wait()

    async def close(self) -> None:
        self._is_closed = True
        self._topic.changed.set()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def _take(self) -> list[TopicMessage]:
        arrived: list[TopicMessage] = []
        for number, kept in enumerate(self._topic.partitions):
            at = (self._topic.name, number)
            arrived += kept[self._next.get(at, 0) :]
            self._next[at] = len(kept)
        return arrived

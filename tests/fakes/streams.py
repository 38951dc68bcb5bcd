"""A stream that hands out prepared messages and remembers what was committed."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import Any

from infra.kafka.polling import Polled
from infra.kafka.topic_messages import TopicMessage
from processors.streams.delivery import Message
from schemas.images import Origin


@dataclass
class FakeStream:
    """Yields ``batches`` one after the other, then waits for ever, as an idle topic does."""

    batches: Sequence[Sequence[Polled]]
    committed: list[int] = field(default_factory=list)

    async def poll(self, most: int, within_s: float) -> AsyncGenerator[Sequence[Polled], None]:
        for batch in self.batches:
            yield batch
        await asyncio.Event().wait()

    async def commit(self, polled: Sequence[Polled]) -> None:
        self.committed += [one.message.origin.offset for one in polled]


def polled(*offsets: int, value: bytes | None = b"{}") -> list[Polled]:
    """Return one message for each offset of ``image-references``, partition 0."""
    return [
        Polled(
            TopicMessage(Origin(topic="image-references", partition=0, offset=offset, appended_at_ms=5), None, value)
        )
        for offset in offsets
    ]


def message(value: bytes | None, *, topic: str = "image-references", offset: int = 0, headers: Any = ()) -> Message:
    """Return a message as the delivery rule hands it on."""
    return Message(origin=origin_at(topic, offset), key=None, value=value, headers=headers)


def origin_at(topic: str, offset: int) -> Origin:
    return Origin(topic=topic, partition=0, offset=offset, appended_at_ms=1_700_000_000_000 + offset)

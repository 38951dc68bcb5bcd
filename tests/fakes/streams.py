"""A stream that hands out prepared events and remembers what was acknowledged."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import Any

from processors.streams.delivery import Message
from schemas.images import Origin


@dataclass
class FakeKafkaMessage:
    """The fields of a Faust message that the platform reads."""

    topic: str
    partition: int
    offset: int
    timestamp: float | None
    value: bytes | None
    key: bytes | None = None
    headers: Any = None


@dataclass
class FakeEvent:
    message: FakeKafkaMessage


@dataclass
class FakeStream:
    """Yields ``batches`` one after the other, then waits for ever, as an idle topic does."""

    batches: Sequence[Sequence[FakeEvent]]
    acknowledged: list[int] = field(default_factory=list)

    async def noack_take(self, max_: int, within: float) -> AsyncGenerator[Sequence[Any], None]:
        for batch in self.batches:
            yield batch
        await asyncio.Event().wait()

    async def ack(self, event: Any) -> bool:
        self.acknowledged.append(event.message.offset)
        return True


def events(*offsets: int, value: bytes | None = b"{}") -> list[FakeEvent]:
    """Return one event for each offset of ``image-references``, partition 0."""
    return [FakeEvent(FakeKafkaMessage("image-references", 0, offset, 1_700_000_000.5, value)) for offset in offsets]


def message(value: bytes | None, *, topic: str = "image-references", offset: int = 0, headers: Any = ()) -> Message:
    """Return a message as the delivery rule hands it on."""
    origin = Origin(topic=topic, partition=0, offset=offset, appended_at_ms=1_700_000_000_000 + offset)
    return Message(origin=origin, key=None, value=value, headers=headers)

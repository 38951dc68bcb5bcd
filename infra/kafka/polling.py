"""What our consumers hand out and take back, whichever client talks to Kafka for them."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from infra.kafka.topic_messages import TopicMessage

MOST_BATCH_BYTES = 16 * 1024 * 1024
"""What is gathered of a stream closes here as well, so that large messages cannot fill the memory by their number."""


@dataclass(frozen=True, slots=True)
class Polled:
    """A message, and what the stream that has handed it out needs to commit it."""

    message: TopicMessage
    receipt: Any = None


class MessageStream(Protocol):
    """Messages of some topics, in the order of each partition."""

    def poll(self, most: int, within_s: float) -> AsyncGenerator[Sequence[Polled], None]:
        """Yield ``most`` messages or fewer at a time: those that came within ``within_s`` seconds of the first.

        None is committed because another is asked for.
        """

    async def commit(self, polled: Sequence[Polled]) -> None:
        """Say that the outcome of these messages is durable: the group never reads them again."""


class PausableStream(MessageStream, Protocol):
    """A stream that can be told to fetch nothing for a while."""

    def pause(self) -> None:
        """Fetch nothing more until ``resume``; what was fetched already still comes. May be called again."""

    def resume(self) -> None:
        """Go on fetching. May be called again."""

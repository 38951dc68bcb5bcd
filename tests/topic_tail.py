"""Read what is appended to a topic from now on."""

import time
from types import TracebackType
from typing import Self

from confluent_kafka import Consumer, Message, TopicPartition

METADATA_TIMEOUT_S = 20.0


class TopicTail:
    """The end of a topic: remembers where each partition ends when it is opened, and reads what comes after."""

    def __init__(self, bootstrap_servers: str, topic: str) -> None:
        self._consumer = Consumer(
            {"bootstrap.servers": bootstrap_servers, "group.id": "topic-tail", "enable.auto.commit": False}
        )
        partitions = self._consumer.list_topics(topic, METADATA_TIMEOUT_S).topics[topic].partitions
        ends = {
            number: self._consumer.get_watermark_offsets(TopicPartition(topic, number), METADATA_TIMEOUT_S)[1]
            for number in partitions
        }
        self._consumer.assign([TopicPartition(topic, number, end) for number, end in ends.items()])

    def read(self, count: int, timeout_s: float = 30.0) -> list[Message]:
        """Return the next ``count`` messages; fewer if they have not come within ``timeout_s``."""
        messages: list[Message] = []
        deadline = time.monotonic() + timeout_s
        while len(messages) < count and time.monotonic() < deadline:
            batch = self._consumer.consume(count - len(messages), timeout=0.5)
            problems = [message.error() for message in batch if message.error() is not None]
            assert not problems
            messages += batch
        return messages

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._consumer.close()

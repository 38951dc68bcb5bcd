"""Read what is appended to a topic from now on."""

import time
from types import TracebackType
from typing import Self

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from infra.kafka.event_bus import client_configuration
from infra.settings.servers import KafkaSettings

METADATA_TIMEOUT_S = 120.0
NO_LEADER_YET = (KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE)


class TopicTail:
    """The end of a topic: remembers where each partition ends when it is opened, and reads what comes after."""

    def __init__(self, kafka: KafkaSettings, topic: str) -> None:
        self._consumer = Consumer(
            {**client_configuration(kafka), "group.id": "topic-tail", "enable.auto.commit": False}
        )
        partitions = self._consumer.list_topics(topic, METADATA_TIMEOUT_S).topics[topic].partitions
        self._begun = {number: self._end(topic, number) for number in partitions}
        self._consumer.assign([TopicPartition(topic, number, offset) for number, offset in self._begun.items()])

    def read_to_end(self, *, naming: str = "") -> list[Message]:
        """Return all that is there by now and was not read yet, of the messages whose value holds ``naming``."""
        ends = {place.partition: self._end(place.topic, place.partition) for place in self._consumer.assignment()}
        messages: list[Message] = []
        while any(place.offset < ends[place.partition] for place in self._positions()):
            messages += self.read(1000, 0.5, naming=naming)
        return messages

    def _positions(self) -> list[TopicPartition]:
        """Return where each partition is read next; at its beginning where nothing was read of it."""
        places = self._consumer.position(self._consumer.assignment())
        return [
            TopicPartition(one.topic, one.partition, one.offset if one.offset >= 0 else self._begun[one.partition])
            for one in places
        ]

    def read(self, count: int, timeout_s: float = 30.0, *, naming: str = "") -> list[Message]:
        """Return the next ``count`` messages whose value holds ``naming``; fewer if they do not come in ``timeout_s``.

        Tests share their topics: what only one of them is about names its workspace.
        """
        messages: list[Message] = []
        deadline = time.monotonic() + timeout_s
        while len(messages) < count and time.monotonic() < deadline:
            batch = self._consumer.consume(count - len(messages), timeout=0.5)
            problems = [message.error() for message in batch if message.error() is not None]
            assert not problems
            messages += [message for message in batch if naming.encode() in (message.value() or b"")]
        return messages

    def _end(self, topic: str, number: int) -> int:
        """Return where the partition ends; a topic just made has no leader yet for a moment, so ask until it has."""
        deadline = time.monotonic() + METADATA_TIMEOUT_S
        while True:
            try:
                _, end = self._consumer.get_watermark_offsets(TopicPartition(topic, number), METADATA_TIMEOUT_S)
            except KafkaException as error:
                if error.args[0].code() not in NO_LEADER_YET or time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
            else:
                return int(end)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._consumer.close()

"""Whether Kafka has taken what was published: where each record stands, or why it was refused."""

import asyncio
import threading
from collections.abc import Sequence

from confluent_kafka import KafkaError, Message

from infra.errors import NotSetUp, OutsideSystem, TransientError, VedetteError
from schemas.images import Origin


class PublishFailed(VedetteError):
    """The broker refuses this message for good; trying again would not help."""


class RecordsTooLarge(PublishFailed):
    """Some records are larger than their topics take; all others of the call are confirmed.

    ``numbers`` are their places in what was to be published. A broker refuses a batch as a whole: alone one may pass.
    """

    def __init__(self, numbers: Sequence[int]) -> None:
        super().__init__(f"Kafka refuses {len(numbers)} of the messages, since they are too large")
        self.numbers = tuple(numbers)


class Confirmation:
    """Counts down a batch's delivery reports, in the polling thread, and wakes the waiting task at the last."""

    def __init__(self, pending: int, broken: threading.Event) -> None:
        """``broken`` is set where the producer that was to confirm them is broken for good."""
        self._broken = broken
        self._loop = asyncio.get_running_loop()
        self._pending = pending
        self._places: list[Origin | None] = [None] * pending
        self._error: VedetteError | None = None
        self._lock = threading.Lock()
        self.done: asyncio.Future[Sequence[Origin | None]] = self._loop.create_future()

    def confirm(self, number: int, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            self.reject(error, message.topic() or "")
            return
        self._places[number] = place_of(message)
        self._settle(None)

    def reject(self, error: KafkaError, topic: str) -> None:
        """Count a record that Kafka did not take; one that is too large has no place, and fails none of the others."""
        if error.code() == KafkaError.MSG_SIZE_TOO_LARGE:
            self._settle(None)
        elif error.fatal():
            self._broken.set()
            self._settle(
                TransientError(f"Kafka's client is broken and is replaced: {error.str()}", part=OutsideSystem.KAFKA)
            )
        else:
            self._settle(publish_error(error, topic))

    def fail(self, error: VedetteError) -> None:
        """Count a record that was never sent."""
        self._settle(error)

    def _settle(self, error: VedetteError | None) -> None:
        with self._lock:
            self._pending -= 1
            self._error = self._error or error
            last = self._pending == 0
        if last:
            self._loop.call_soon_threadsafe(self._finish)

    def _finish(self) -> None:
        if self.done.cancelled():
            return
        if self._error is None:
            self.done.set_result(self._places)
        else:
            self.done.set_exception(self._error)


def place_of(message: Message) -> Origin:
    """Where a delivered message stands; the time is the broker's, since our topics append with it."""
    return Origin(
        topic=message.topic() or "",
        partition=message.partition() or 0,
        offset=message.offset() or 0,
        appended_at_ms=max(0, message.timestamp()[1]),
    )


def publish_error(error: KafkaError, topic: str) -> VedetteError:
    """Tell what may pass from what will not: only the message's own faults and a lost producer are final."""
    if error.code() in (KafkaError._UNKNOWN_TOPIC, KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_PARTITION):
        return NotSetUp("Kafka", f"topic {topic}", "vedette migrate")
    final = (
        KafkaError.MSG_SIZE_TOO_LARGE,
        KafkaError.INVALID_MSG,
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
    )
    if error.fatal() or error.code() in final:
        return PublishFailed(f"Kafka refuses the message: {error.str()}")
    return TransientError(f"Kafka did not confirm the message: {error.str()}", part=OutsideSystem.KAFKA)

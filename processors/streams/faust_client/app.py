"""The Faust application behind every worker: it gives up its partitions in time, or ends, and carries notes."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, cast

import faust
from faust.types.auth import CredentialsT

from infra.kafka.aiokafka_client import tls_context
from infra.kafka.polling import PausableStream
from infra.kafka.topic_facts import TopicFacts
from infra.settings.servers import KafkaSettings
from processors.streams.endings import end_process, end_process_on_error
from processors.streams.faust_client.buffer import WeighedQueue
from processors.streams.faust_client.consumer import NoteKeeper, NotingConsumer, NotingTransport
from processors.streams.faust_client.polled_stream import PolledStream
from processors.streams.gap_keeper import GapKeeper
from processors.streams.sequences import Sequences
from processors.streams.watchdog import Pulse

LONGEST_REVOCATION_S = 20.0


class WorkerApp(faust.App):
    """A Faust app that gives up its partitions in time, or ends.

    A revocation waits until the work in flight is acknowledged. With a store down that would hold up the whole group,
    so the process ends instead: what was not acknowledged is delivered to another worker.
    """

    def __init__(self, group: str, kafka: KafkaSettings, **options: Any) -> None:
        super().__init__(group, **options)
        self.pulse = Pulse()
        self.topics_read: set[str] = set()
        self.sequences = Sequences()
        self.facts = TopicFacts(kafka)
        self.gaps = GapKeeper.open(group, self.topics_read, kafka, self.facts)
        self.note_keepers: list[NoteKeeper] = [self.sequences, self.gaps]
        """Those who keep something beside each committed offset; all are there before the worker runs."""

    def FlowControlQueue(self, maxsize: int | None = None, *, clear_on_resume: bool = False) -> WeighedQueue:
        """Return a buffer as Faust wants one; the name is Faust's."""
        return WeighedQueue(maxsize=maxsize, flow_control=self.flow_control, clear_on_resume=clear_on_resume)

    async def on_first_start(self) -> None:
        """Make the folder that Faust wants, with those above it: a worker may be the first to use its home."""
        self.conf.datadir.mkdir(parents=True, exist_ok=True)
        await super().on_first_start()

    def consume(self, topics: Sequence[str], run: Callable[[PausableStream], Awaitable[None]]) -> None:
        """Let ``run`` consume ``topics``, raw and uncommitted; an error that leaves it ends the process."""

        async def agent(stream: Any) -> None:
            pause, resume = partial(self._pause, topics), partial(self._resume, topics)
            await end_process_on_error(run(PolledStream(stream, pause, resume)))

        self.topics_read.update(topics)
        channel = self.topic(*topics, value_serializer="raw", key_serializer="raw", value_type=bytes, key_type=bytes)
        self.agent(channel, name=f"consume-{topics[0]}", concurrency=1)(agent)

    def run_beside(self, run: Callable[[], Awaitable[None]]) -> None:
        """Let ``run`` go on as long as the worker runs; an error that leaves it ends the process."""

        async def task() -> None:
            await end_process_on_error(run())

        self.task(task)

    def join_again(self) -> None:
        """Have all partitions revoked and assigned once more."""
        cast(NotingConsumer, self.consumer).join_again()

    def _pause(self, topics: Sequence[str]) -> None:
        """Fetch nothing from ``topics``, as Faust does where a stream's buffer is full.

        After its ``pause_partitions`` the rest of what has been fetched is dropped without a word, though the consumer
        has gone past it.
        """
        for place in self._partitions_of(topics):
            self.consumer.on_buffer_full(place)

    def _resume(self, topics: Sequence[str]) -> None:
        for place in self._partitions_of(topics):
            self.consumer.on_buffer_drop(place)

    def _partitions_of(self, topics: Sequence[str]) -> set[Any]:
        return {place for place in self.consumer.assignment() if place.topic in topics}

    def _new_transport(self) -> NotingTransport:
        return NotingTransport(self.conf.broker_consumer, self)

    async def _on_partitions_assigned(self, assigned: Any, *arguments: Any) -> None:
        self.pulse.partitions = frozenset((place.topic, place.partition) for place in assigned)
        # Until it is told to stop: the consumer's thread then answers no more, and waits itself for this to end.
        await self.wait(self._take_up(assigned, *arguments))

    async def _take_up(self, assigned: Any, *arguments: Any) -> None:
        # Faust hands nothing out before this returns, and would swallow an error.
        consumer = cast(NotingConsumer, self.consumer)
        notes = consumer.hand_back_notes(self.note_keepers, self.pulse.partitions, self.gaps, self.facts)
        await end_process_on_error(notes)
        await super()._on_partitions_assigned(assigned, *arguments)

    async def _on_partitions_revoked(self, revoked: Any) -> None:
        deadline = asyncio.get_running_loop().call_later(LONGEST_REVOCATION_S, _give_up_partitions)
        try:
            await super()._on_partitions_revoked(revoked)
        finally:
            deadline.cancel()


def credentials(settings: KafkaSettings) -> CredentialsT | None:
    """Return how Faust logs in at these brokers; None where they ask for nothing."""
    context = tls_context(settings)
    if settings.security_protocol.startswith("SASL"):
        return faust.SASLCredentials(
            username=settings.sasl_username,
            password=settings.sasl_password.get_secret_value() if settings.sasl_password else None,
            mechanism=settings.sasl_mechanism,
            ssl_context=context,
        )
    return faust.SSLCredentials(context=context) if context else None


def _give_up_partitions() -> None:
    end_process(f"work in flight was not done {LONGEST_REVOCATION_S:.0f} s after its partitions were revoked")

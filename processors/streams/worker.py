"""The Faust application that every stream processor is, with the settings that make its delivery safe."""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, cast

import faust
import structlog
import uvloop
from faust.types.auth import CredentialsT

from infra.errors import NoServer, VedetteError
from infra.kafka.aiokafka_client import tls_context
from infra.kafka.batches.bounded_fetching import read_within_bounds
from infra.kafka.event_bus import METADATA_MAX_AGE_MS, client_id
from infra.kafka.logins import ask_brokers
from infra.kafka.topic_facts import TopicFacts
from infra.retries import retry_transient
from infra.settings.servers import KafkaSettings
from infra.settings.settings import Settings
from infra.telemetry.garbage import collect_rarely
from infra.telemetry.logs import configure_logs
from infra.telemetry.metrics import serve_metrics
from processors.streams.delivery import EXIT_CODE_OF_A_BUG, EventStream
from processors.streams.event_queue import WeighedQueue
from processors.streams.gap_keeper import GapKeeper
from processors.streams.gathering import UnacknowledgedStream
from processors.streams.noted_commits import NoteKeeper, NotingConsumer, NotingTransport
from processors.streams.sequences import Sequences
from processors.streams.watchdog import Pulse, WaitingMessages, Watchdog
from schemas.topics import LARGEST_MESSAGE_BYTES

LONGEST_REVOCATION_S = 20.0
BEAT_INTERVAL_S = 1.0
LONGEST_OUTAGE_S = 7 * 86_400.0

log = structlog.get_logger(__name__)


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

    def pause(self, topic: str) -> None:
        """Fetch nothing from ``topic`` until ``resume``; what was fetched already still comes.

        As Faust does where a stream's buffer is full. After its ``pause_partitions`` the rest of what has been fetched
        is dropped without a word, though the consumer has gone past it.
        """
        for place in self._partitions_of(topic):
            self.consumer.on_buffer_full(place)

    def resume(self, topic: str) -> None:
        """Go on fetching from ``topic``."""
        for place in self._partitions_of(topic):
            self.consumer.on_buffer_drop(place)

    def _partitions_of(self, topic: str) -> set[Any]:
        return {place for place in self.consumer.assignment() if place.topic == topic}

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
        await _end_process_on_error(notes)
        await super()._on_partitions_assigned(assigned, *arguments)

    async def _on_partitions_revoked(self, revoked: Any) -> None:
        deadline = asyncio.get_running_loop().call_later(LONGEST_REVOCATION_S, _give_up_partitions)
        try:
            await super()._on_partitions_revoked(revoked)
        finally:
            deadline.cancel()


def create_worker(name: str, settings: Settings, *, poll_records: int = 500) -> WorkerApp:
    """Return the Faust app of consumer group ``vedette-<name>``; nothing connects yet.

    ``poll_records`` are taken at a time from what was fetched; messages of all topics then wait until these are handed
    out.
    """
    if not settings.kafka.bootstrap_servers:
        raise NoServer("no Kafka is configured: run `vedette up`, or set VEDETTE_KAFKA__BOOTSTRAP_SERVERS=host:port")
    read_within_bounds(settings.kafka.max_batch_bytes)
    app = WorkerApp(
        f"vedette-{name}",
        settings.kafka,
        broker=[f"kafka://{server.strip()}" for server in settings.kafka.bootstrap_servers.split(",")],
        broker_credentials=_credentials(settings.kafka),
        # So that whoever started this process knows its membership from another's.
        broker_client_id=client_id(f"vedette-{name}", os.getpid()),
        # Time a dead worker's partitions stay idle; the default is a minute.
        broker_session_timeout=10,
        broker_heartbeat_interval=3,
        broker_commit_interval=0.5,
        # A batch waits as long as a store is down; Kafka must not take that for a dead worker.
        broker_max_poll_interval=LONGEST_OUTAGE_S,
        broker_max_poll_records=poll_records,
        # Where an offset is gone it is found out what was missed: processors/streams/gap_keeper.py.
        consumer_auto_offset_reset="none",
        consumer_metadata_max_age_ms=METADATA_MAX_AGE_MS,
        consumer_max_fetch_size=2 * LARGEST_MESSAGE_BYTES,
        producer_acks=-1,
        stream_buffer_maxsize=256,
        stream_wait_empty=True,
        store="memory://",
        topic_disable_leader=True,
        topic_allow_declare=False,
        datadir=settings.home / "run" / f"faust-{name}",
        web_enabled=False,
        autodiscover=False,
    )

    async def beat() -> None:
        while True:
            app.pulse.beat()
            await asyncio.sleep(BEAT_INTERVAL_S)

    async def watch_topics() -> None:
        await app.gaps.watch(lambda: cast(NotingConsumer, app.consumer).join_again())

    run_beside(app, beat)
    run_beside(app, watch_topics)
    return app


def consume(app: WorkerApp, topics: Sequence[str], run: Callable[[EventStream], Awaitable[None]]) -> None:
    """Let ``run`` consume ``topics``, raw and unacknowledged; an error that leaves it ends the process."""

    async def agent(stream: Any) -> None:
        await _end_process_on_error(run(UnacknowledgedStream(stream)))

    app.topics_read.update(topics)
    channel = app.topic(*topics, value_serializer="raw", key_serializer="raw", value_type=bytes, key_type=bytes)
    app.agent(channel, name=f"consume-{topics[0]}", concurrency=1)(agent)


def run_beside(app: WorkerApp, run: Callable[[], Awaitable[None]]) -> None:
    """Let ``run`` go on beside the consumers as long as the worker runs; an error that leaves it ends the process."""

    async def task() -> None:
        await _end_process_on_error(run())

    app.task(task)


async def _end_process_on_error(work: Awaitable[None]) -> None:
    try:
        await work
    except VedetteError as error:
        _end_process(f"{type(error).__name__}: {error}")
    except Exception:
        log.exception("bug")
        _end_process("a bug ended this worker; its batch will be delivered again")


def run_worker(app: WorkerApp, settings: Settings) -> None:
    """Run ``app`` until it is told to stop; waits first until Kafka answers, and does not return.

    SIGTERM and SIGINT finish the batches in flight within ``worker.stop_grace_s`` and end the process then anyway:
    what was not acknowledged is delivered again. Before it starts, raises ``ConfigurationError`` where the brokers
    refuse the login or are not trusted.
    """
    configure_logs(settings, app.conf.id)
    _wait_for_brokers(settings.kafka)
    # For every loop of the process: Faust's consumer has a thread and a loop of its own.
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    stall_s = settings.worker.stall_s
    serve_metrics(settings.metrics, lambda: app.pulse.is_beating(stall_s))
    Watchdog(app.pulse, WaitingMessages(settings.kafka, app.conf.id), stall_s, _end_process).start()
    runner = _Runner(app, settings.worker.stop_grace_s)
    try:
        runner.execute_from_commandline()
    except SystemExit as end:
        # Faust says 1 whatever went wrong, which is what commands say of a wrong setting; and no worker just ends.
        if end.code or not runner.told_to_stop:
            _end_process("Faust gave up")
        raise


def _wait_for_brokers(settings: KafkaSettings) -> None:
    """Return once Kafka answers: a worker that is started first waits, and can be told to stop meanwhile."""
    # Nothing is in hand yet: there is nothing to finish.
    before = signal.signal(signal.SIGTERM, lambda _signal, _frame: os._exit(0))
    asyncio.run(retry_transient(lambda: ask_brokers(settings), doing="reach Kafka"))
    signal.signal(signal.SIGTERM, before)


class _Runner(faust.Worker):
    """Faust's own runner, with our logs, no web server and a bounded stop."""

    def __init__(self, app: WorkerApp, stop_grace_s: float) -> None:
        super().__init__(app, redirect_stdouts=False, quiet=True, loop=asyncio.new_event_loop())
        self.spinner = None
        self._stop_grace_s = stop_grace_s
        self.told_to_stop = False

    def _setup_logging(self) -> None:
        """Logs are configured already."""

    async def on_startup_finished(self) -> None:
        collect_rarely()
        log.info("worker_ready", group=self.app.conf.id)
        await super().on_startup_finished()

    def _flag_as_shutdown_by_signal(self) -> None:
        self.told_to_stop = True
        timer = threading.Timer(self._stop_grace_s, _end_process, ["work in flight outlasted the grace period"])
        timer.daemon = True
        timer.start()
        super()._flag_as_shutdown_by_signal()


def _credentials(settings: KafkaSettings) -> CredentialsT | None:
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
    _end_process(f"work in flight was not done {LONGEST_REVOCATION_S:.0f} s after its partitions were revoked")


def _end_process(why: str) -> None:
    log.error("worker_ends", why=why)
    sys.stderr.flush()
    os._exit(EXIT_CODE_OF_A_BUG)

"""A stream processor: one member of a consumer group, with the settings that make its delivery safe."""

import asyncio
import os
import signal

import uvloop

from infra.errors import NoServer
from infra.kafka.batches.bounded_fetching import read_within_bounds
from infra.kafka.event_bus import METADATA_MAX_AGE_MS, client_id
from infra.kafka.logins import ask_brokers
from infra.retries import retry_transient
from infra.settings.servers import KafkaSettings
from infra.settings.settings import Settings
from infra.telemetry.logs import configure_logs
from infra.telemetry.metrics import serve_metrics
from processors.streams.endings import end_process
from processors.streams.faust_client.app import WorkerApp, credentials
from processors.streams.faust_client.runner import Runner
from processors.streams.watchdog import WaitingMessages, Watchdog
from schemas.topics import LARGEST_MESSAGE_BYTES

BEAT_INTERVAL_S = 1.0
LONGEST_OUTAGE_S = 7 * 86_400.0


def create_worker(name: str, settings: Settings, *, poll_records: int = 500) -> WorkerApp:
    """Return the worker of consumer group ``vedette-<name>``; nothing connects yet.

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
        broker_credentials=credentials(settings.kafka),
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
        await app.gaps.watch(app.join_again)

    app.run_beside(beat)
    app.run_beside(watch_topics)
    return app


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
    Watchdog(app.pulse, WaitingMessages(settings.kafka, app.conf.id), stall_s, end_process).start()
    runner = Runner(app, settings.worker.stop_grace_s)
    try:
        runner.execute_from_commandline()
    except SystemExit as end:
        # Faust says 1 whatever went wrong, which is what commands say of a wrong setting; and no worker just ends.
        if end.code or not runner.told_to_stop:
            end_process("Faust gave up")
        raise


def _wait_for_brokers(settings: KafkaSettings) -> None:
    """Return once Kafka answers: a worker that is started first waits, and can be told to stop meanwhile."""
    # Nothing is in hand yet: there is nothing to finish.
    before = signal.signal(signal.SIGTERM, lambda _signal, _frame: os._exit(0))
    asyncio.run(retry_transient(lambda: ask_brokers(settings), doing="reach Kafka"))
    signal.signal(signal.SIGTERM, before)

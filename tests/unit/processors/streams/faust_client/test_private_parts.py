"""What is relied on beyond the interfaces of Faust and aiokafka: an upgrade that changes any of it fails here."""

import asyncio
import inspect
from types import SimpleNamespace
from typing import Any

import faust
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.consumer import consumer, fetcher
from aiokafka.consumer.group_coordinator import GroupCoordinator
from faust.streams import Stream
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer, Transport
from mode.utils.queues import ThrowableQueue

from infra.kafka.aiokafka_client import stop_consumer
from infra.settings.servers import KafkaSettings
from infra.settings.settings import Settings
from processors.streams.faust_client.app import WorkerApp
from processors.streams.worker import create_worker

PARTS: list[tuple[Any, str, list[str], str]] = [
    # Which class, which of its functions, its parameters, and who relies on it.
    (faust.App, "FlowControlQueue", ["maxsize", "clear_on_resume"], "app.py: the buffer of each stream is ours"),
    (faust.App, "_new_transport", [], "app.py: the consumer is ours"),
    (faust.App, "_on_partitions_assigned", ["assigned", "generation_id"], "app.py: nothing is handed out before"),
    (faust.App, "_on_partitions_revoked", ["revoked"], "app.py: partitions are given up in time"),
    (faust.App, "on_first_start", [], "app.py: makes the folder"),
    (faust.App, "wait", ["coros", "timeout"], "app.py: an assignment ends when the worker is told to stop"),
    (faust.Worker, "_setup_logging", [], "runner.py: logs are ours"),
    (faust.Worker, "_flag_as_shutdown_by_signal", [], "runner.py: knows that it was told to stop"),
    (faust.Worker, "on_startup_finished", [], "runner.py: tells that it is ready"),
    (Consumer, "on_buffer_full", ["tp"], "app.py: pauses a topic"),
    (Consumer, "on_buffer_drop", ["tp"], "app.py: resumes a topic"),
    (Consumer, "_new_offset", ["tp"], "consumer.py: where the next commit stands"),
    (Consumer, "_new_consumer_thread", [], "consumer.py: the thread is ours"),
    (AIOKafkaConsumerThread, "_create_worker_consumer", ["transport"], "consumer.py: commits carry notes"),
    (
        AIOKafkaConsumerThread,
        "_fetch_records",
        ["consumer", "active_partitions", "timeout", "max_records"],
        "consumer.py: an offset that is gone is noticed",
    ),
    (AIOKafkaConsumerThread, "call_thread", ["fun", "args", "kwargs"], "consumer.py: asks in the client's thread"),
    (AIOKafkaConsumerThread, "_ensure_consumer", [], "consumer.py: seeks in the client"),
    (AIOKafkaConsumerThread, "_commit", ["offsets"], "consumer.py: commits go through the client"),
    (ThrowableQueue, "_put", ["item"], "buffer.py: weighs what is put in"),
    (ThrowableQueue, "_get", [], "buffer.py: weighs what is taken out"),
    (ThrowableQueue, "clear", [], "buffer.py: forgets what is thrown away"),
    (ThrowableQueue, "qsize", [], "buffer.py: tells its size by weight"),
    (Stream, "events", [], "polled_stream.py: reads events"),
    (Stream, "ack", ["event"], "polled_stream.py: acknowledges them"),
    (GroupCoordinator, "fetch_committed_offsets", ["partitions"], "standing.py: reads the notes"),
    (GroupCoordinator, "request_rejoin", [], "standing.py: has partitions assigned again"),
    (AIOKafkaClient, "fetch_all_metadata", [], "topic_reader.py, topic_tail.py: know the partitions that there are"),
    (AIOKafkaConsumer, "seek_to_committed", ["partitions"], "consumer.py: goes on where the group stands"),
    (
        fetcher.FetchResult,
        "__init__",
        ["tp", "assignment", "partition_records", "backoff"],
        "bounded_fetching.py: hands out by bytes",
    ),
    (fetcher.FetchResult, "getall", ["max_records"], "bounded_fetching.py: hands out by bytes"),
    (fetcher.FetchResult, "check_assignment", ["tp"], "bounded_fetching.py: hands out by bytes"),
    (fetcher.FetchResult, "has_more", [], "bounded_fetching.py: hands out by bytes"),
    (fetcher.FetchResult, "_update_position", [], "bounded_fetching.py: hands out by bytes"),
    (fetcher.Fetcher, "fetched_records", ["partitions", "timeout", "max_records"], "bounded_fetching.py: takes turns"),
]


@pytest.mark.parametrize(
    ("owner", "name", "parameters", "reason"), PARTS, ids=[f"{o.__name__}.{n}" for o, n, *_ in PARTS]
)
def test_it_is_called_as_before(owner: Any, name: str, parameters: list[str], reason: str) -> None:
    found = getattr(owner, name, None)
    assert found is not None, f"{owner.__name__}.{name} is gone; {reason}"
    now = [one for one in inspect.signature(found).parameters if one != "self"]
    assert now == parameters, f"{owner.__name__}.{name} takes {now} now, not {parameters}; {reason}"


@pytest.mark.parametrize("name", ["MemoryRecords", "FetchResult"])
def test_the_fetcher_looks_its_classes_up_where_ours_are_put(name: str) -> None:
    assert name in fetcher.Fetcher._proc_fetch_request.__code__.co_names, f"the fetcher makes no {name} any more"


async def test_a_client_is_stopped_while_a_fetch_waits_to_be_tried_again() -> None:
    """By itself it would end in the cancellation of its own task, before its connections are closed."""
    client = AIOKafkaConsumer(bootstrap_servers="127.0.0.1:1")
    client._fetcher = fetcher.Fetcher(client._client, client._subscription)
    waiting = asyncio.create_task(asyncio.sleep(3600))
    client._fetcher._pending_tasks.add(waiting)
    await stop_consumer(client)
    assert waiting.cancelled()
    assert client._fetcher._fetch_task.done()


def test_the_client_looks_its_fetcher_up_where_ours_is_put() -> None:
    assert "Fetcher" in AIOKafkaConsumer.start.__code__.co_names
    assert hasattr(consumer, "Fetcher")


def test_a_stream_acknowledges_by_itself_unless_it_is_told_not_to(app: WorkerApp) -> None:
    assert app.stream(app.channel()).enable_acks is True


@pytest.fixture
def app(tmp_path: Any) -> WorkerApp:
    nowhere = KafkaSettings(bootstrap_servers="127.0.0.1:1")
    return create_worker("private-parts", Settings(home=tmp_path, kafka=nowhere))


async def test_faust_keeps_what_is_acknowledged_where_it_is_counted(app: WorkerApp) -> None:
    faust_consumer = app._new_consumer()
    for name in ("_acked", "_acked_index", "_gap", "_committed_offset"):
        assert hasattr(faust_consumer, name), f"Faust's consumer has no {name} any more; consumer.py counts by it"
    assert Transport.Consumer is Consumer
    faust_consumer._thread.thread_loop.close()


async def test_a_topic_is_paused_and_resumed_where_its_partitions_are_assigned(app: WorkerApp) -> None:
    told: list[tuple[str, TopicPartition]] = []
    ours, other = TopicPartition("ours", 0), TopicPartition("other", 0)
    app._consumer = SimpleNamespace(  # type: ignore[assignment]
        assignment=lambda: {ours, other},
        on_buffer_full=lambda place: told.append(("full", place)),
        on_buffer_drop=lambda place: told.append(("drop", place)),
    )
    app._pause(["ours"])
    app._resume(["ours"])
    assert told == [("full", ours), ("drop", ours)]

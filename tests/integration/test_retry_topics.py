"""Images that do not come are tried again later, on real topics and from a real slow server, and hold up nobody."""

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import quantiles
from uuid import uuid4

import httpx
import pytest
from confluent_kafka import Message, Producer

from infra.embedded.platform import Platform
from infra.kafka.event_bus import client_configuration
from infra.settings.settings import Settings
from processors.pictures import DEMO_PICTURES as PICTURES
from schemas.dead_letters import Reason, decode_headers
from schemas.images import ImageIdentity
from schemas.messages.retries import decode_headers as decode_retry
from schemas.results import RecognitionResult, parse_result_event
from schemas.topics import DEAD_LETTERS, IMAGE_REFERENCES, RECOGNITION_RESULTS, RETRY_TOPICS
from tests.child_servers import free_port
from tests.platforms import S3_OPTIONS, create_workspace, eventually
from tests.s3_server import running_s3
from tests.slow_server import SlowServer, running_slow_server
from tests.stacks import RunningStack
from tests.topic_tail import TopicTail
from tests.workers import RunningWorker, running_worker, skip_backlog

pytestmark = pytest.mark.long

S3_PORT = free_port()
METRICS_PORT = free_port()
DELAYS_S = (1.0, 2.0, 1.0)
PATIENCE_S = 1.0


@pytest.fixture(scope="module")
def server() -> Iterator[SlowServer]:
    with running_slow_server((PICTURES / "chelsea.jpg").read_bytes()) as server:
        yield server


@pytest.fixture(scope="module")
def worker(
    stack: RunningStack, server: SlowServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningWorker]:
    Platform(stack.settings).migrate()
    environment = {
        "VEDETTE_SOURCES__ALLOWED_PRIVATE_HOSTS": server.host,
        "VEDETTE_SOURCES__FILE_ROOTS": str(PICTURES),
        "VEDETTE_SOURCES__RETRY_DELAYS_S": ",".join(map(str, DELAYS_S)),
        "VEDETTE_SOURCES__PATIENCE_S": str(PATIENCE_S),
        "VEDETTE_SOURCES__TIMEOUT_S": "2",
        "VEDETTE_SOURCES__ATTEMPTS": "1",
        "VEDETTE_SOURCES__S3": json.dumps({**S3_OPTIONS, "endpoint": f"http://127.0.0.1:{S3_PORT}"}),
        "VEDETTE_METRICS__PORT": str(METRICS_PORT),
    }
    skip_backlog(stack.settings)
    folder = tmp_path_factory.mktemp("worker")
    with running_worker(stack.settings, "recognise", folder, environment) as worker:
        yield worker
        assert worker.stop() == 0, worker.log.read_text()


@pytest.fixture
async def owner(stack: RunningStack, server: SlowServer, worker: RunningWorker) -> str:
    name = f"retry-{uuid4().hex[:12]}"
    await create_workspace(stack.settings, name, f"{server.url}/", f"{PICTURES.as_uri()}/", "s3://retried/")
    return name


def publish(settings: Settings, owner: str, *uris: str) -> list[Message]:
    """Publish references with headers of their own; return the messages with their places."""
    confirmed: list[Message] = []

    def keep(_error: object, sent: Message) -> None:
        confirmed.append(sent)

    producer = Producer(client_configuration(settings.kafka))
    for number, uri in enumerate(uris):
        value = json.dumps({"owner": owner, "uri": uri, "image_id": f"image-{number}"}).encode()
        headers = [("correlation-id", f"c-{number}".encode()), ("own", b"\x00\xff")]
        producer.produce(IMAGE_REFERENCES, value, b"own-key", headers=headers, on_delivery=keep)
    assert producer.flush(30) == 0
    return confirmed


def results_of(messages: list[Message], owner: str) -> list[RecognitionResult]:
    events = [parse_result_event(message.value() or b"") for message in messages]
    return [event for event in events if isinstance(event, RecognitionResult) and event.owner == owner]


def test_an_image_that_comes_at_the_third_asking_is_recognised_as_its_first_reference(
    stack: RunningStack, server: SlowServer, owner: str
) -> None:
    kafka = stack.settings.kafka
    with (
        TopicTail(kafka, RECOGNITION_RESULTS) as results,
        TopicTail(kafka, RETRY_TOPICS[0]) as first,
        TopicTail(kafka, RETRY_TOPICS[1]) as second,
    ):
        (sent,) = publish(stack.settings, owner, f"{server.url}/flaky-{owner}.jpg")
        (result,) = results_of(results.read(1, 60, naming=owner), owner)
        waited = [topic.read(1, naming=owner)[0] for topic in (first, second)]
    assert (result.origin.topic, result.origin.partition, result.origin.offset) == (
        sent.topic(), sent.partition(), sent.offset(),
    )  # fmt: skip
    assert (result.image_id, result.correlation_id) == ("image-0", "c-0")
    assert server.asked[f"/flaky-{owner}.jpg"] == 3
    for attempt, message in enumerate(waited, start=1):
        retry = decode_retry(message.headers() or ())  # type: ignore[arg-type]
        assert (message.key(), message.value(), retry.attempt) == (b"own-key", sent.value(), attempt)
        assert retry.origin == result.origin
        assert ("own", b"\x00\xff") in list(message.headers() or ())
        delay_s = retry.not_before.timestamp() - message.timestamp()[1] / 1000
        assert abs(delay_s - DELAYS_S[attempt - 1]) < 1
    waiting_ms = DELAYS_S[0] * 1000 + DELAYS_S[1] * 1000
    assert result.timings.queue_ms >= waiting_ms


def test_an_image_that_never_comes_is_rejected_after_the_last_wait_with_its_message_as_it_was(
    stack: RunningStack, server: SlowServer, owner: str
) -> None:
    with TopicTail(stack.settings.kafka, DEAD_LETTERS) as dead_letters:
        (sent,) = publish(stack.settings, owner, f"{server.url}/never-{owner}.jpg")
        (letter,) = dead_letters.read(1, 60, naming=owner)
    rejection = decode_headers(letter.headers() or ())  # type: ignore[arg-type]
    assert rejection.reason is Reason.SOURCE_UNAVAILABLE
    assert rejection.identity == ImageIdentity(owner=owner, image_id="image-0")
    assert (rejection.origin.partition, rejection.origin.offset) == (sent.partition(), sent.offset())
    assert (letter.key(), letter.value()) == (b"own-key", sent.value())
    names = [name for name, _ in letter.headers() or () if not name.startswith("dlq-")]
    assert names == ["correlation-id", "own"]
    assert server.asked[f"/never-{owner}.jpg"] == 4


def test_a_store_that_is_down_is_waited_for_in_place_and_health_and_metrics_tell(
    stack: RunningStack, owner: str, tmp_path: Path
) -> None:
    kafka = stack.settings.kafka
    with (
        TopicTail(kafka, RECOGNITION_RESULTS) as results,
        TopicTail(kafka, RETRY_TOPICS[0]) as retries,
        TopicTail(kafka, DEAD_LETTERS) as dead_letters,
    ):
        publish(stack.settings, owner, *(f"s3://retried/{number}.jpg" for number in range(20)))
        eventually(lambda: "read from s3://" in tell("readyz").text)
        assert results.read(1, 3, naming=owner) == []
        assert (tell("healthz").status_code, tell("readyz").status_code) == (200, 503)
        assert 'vedette_waiting{doing="read from s3://"} 1.0' in tell("metrics").text
        with running_s3(tmp_path, S3_PORT) as url:
            httpx.put(f"{url}/retried", trust_env=False).raise_for_status()
            picture = (PICTURES / "chelsea.jpg").read_bytes()
            for number in range(20):
                httpx.put(f"{url}/retried/{number}.jpg", content=picture, trust_env=False).raise_for_status()
            assert len(results_of(results.read(20, 60, naming=owner), owner)) == 20
        assert tell("readyz").status_code == 200
        assert [topic.read(1, 1, naming=owner) for topic in (retries, dead_letters)] == [[], []]


def tell(what: str) -> httpx.Response:
    """Return what the worker tells of itself."""
    return httpx.get(f"http://127.0.0.1:{METRICS_PORT}/{what}", trust_env=False)


def test_an_image_that_is_not_there_is_rejected_at_once(stack: RunningStack, server: SlowServer, owner: str) -> None:
    with TopicTail(stack.settings.kafka, DEAD_LETTERS) as dead_letters:
        publish(stack.settings, owner, f"{server.url}/missing.jpg")
        (letter,) = dead_letters.read(1, naming=owner)
    assert decode_headers(letter.headers() or ()).reason is Reason.NOT_FOUND  # type: ignore[arg-type]
    assert server.asked["/missing.jpg"] == 1


async def test_a_slow_server_does_not_hold_up_the_images_of_others(
    stack: RunningStack, server: SlowServer, owner: str
) -> None:
    """Twice as many references name the slow server as the worker could fetch if it waited for them."""
    with TopicTail(stack.settings.kafka, RECOGNITION_RESULTS) as results:
        began = time.monotonic()
        for round_ in range(20):
            slow = [f"{server.url}/slow-{round_}-{number}.jpg" for number in range(10)]
            publish(stack.settings, owner, (PICTURES / "chelsea.jpg").as_uri(), *slow)
            await asyncio.sleep(max(0.0, began + 0.5 * (round_ + 1) - time.monotonic()))
        found = await asyncio.to_thread(results.read, 20, 30, naming=owner)
    latencies_s = [
        message.timestamp()[1] / 1000 - result.origin.appended_at.timestamp()
        for message in found
        for result in results_of([message], owner)
    ]
    assert len(latencies_s) == 20
    assert quantiles(latencies_s, n=20)[17] < 2 * PATIENCE_S, sorted(latencies_s)
    assert max(latencies_s) < 4 * PATIENCE_S, sorted(latencies_s)

"""Bursts of references to one image on real servers: the last wins in both stores, after a worker's kill as well."""

import asyncio
import json
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest
from confluent_kafka import Message, Producer

from infra.cassandra.images.results import ResultStore
from infra.elasticsearch.results import ResultIndex
from infra.embedded.platform import Platform
from infra.kafka.event_bus import client_configuration
from infra.operations.reconcile.window import Window
from infra.settings.settings import Settings
from schemas.images import ImageIdentity
from schemas.queries import ResultQuery
from schemas.records.reconciliation import Reconciliation
from schemas.topics import IMAGE_REFERENCES, RECOGNITION_RESULTS
from tests.platforms import PICTURES, create_workspace
from tests.reconciliations import counted
from tests.stacks import RunningStack
from tests.topic_tail import TopicTail
from tests.workers import running_worker, skip_backlog

# Thousands of images, on a machine that may have other work.
pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

BURST = 500
ROUNDS = 10
KILLED_ROUNDS = 3
WAIT_S = 420.0
ENVIRONMENT = {"VEDETTE_SOURCES__FILE_ROOTS": str(PICTURES)}


@pytest.fixture
def sinks(stack: RunningStack, tmp_path: Path) -> Iterator[None]:
    Platform(stack.settings).migrate()
    skip_backlog(stack.settings)
    with ExitStack() as running:
        for name in ("store", "index"):
            running.enter_context(running_worker(stack.settings, name, tmp_path))
        yield


@pytest.fixture
async def owner(stack: RunningStack, sinks: None) -> str:
    name = f"burst-{uuid4().hex[:12]}"
    await create_workspace(stack.settings, name, f"{PICTURES.as_uri()}/")
    return name


def publish_at_once(settings: Settings, owner: str, image_id: str) -> str:
    """Publish a burst of references to one image; return the name of the last of them."""
    confirmed: list[Message] = []

    def keep(_error: object, sent: Message) -> None:
        confirmed.append(sent)

    producer = Producer({**client_configuration(settings.kafka), "linger.ms": 50})
    for number in range(BURST):
        uri = (PICTURES / "chelsea.jpg").as_uri()
        reference = {"owner": owner, "uri": uri, "image_id": image_id, "features": ["hash"], "metadata": {"n": number}}
        producer.produce(IMAGE_REFERENCES, json.dumps(reference).encode(), image_id.encode(), on_delivery=keep)
    assert producer.flush(60) == 0
    last = max(confirmed, key=lambda message: message.offset() or 0)
    return f"{last.topic()}:{last.partition()}:{last.offset()}"


async def settled(settings: Settings, owner: str, references: int) -> Reconciliation:
    """Return what is counted once everything has its outcome; nothing may seem lost, doubled or outdated before."""
    deadline = time.monotonic() + WAIT_S
    while True:
        found = await counted(settings, Window(owner=owner))
        assert found.is_clean, found.model_dump_json(exclude_none=True)[:3000]
        if found.recognised == references:
            return found
        assert time.monotonic() < deadline, found
        await asyncio.sleep(1)


async def shown(settings: Settings, owner: str, images: Iterable[str]) -> dict[str, tuple[str | None, object, object]]:
    """Return of each image which reference Cassandra shows, and the last metadata of both stores."""
    store, index = await ResultStore.connect(settings.cassandra), ResultIndex.connect(settings.elasticsearch)
    try:
        await index.refresh()
        found = {}
        for image_id in images:
            record = await store.find(ImageIdentity(owner=owner, image_id=image_id).image_key)
            assert record is not None
            answer = await store.read_answer(record)
            assert answer is not None
            last = ResultQuery(owners=frozenset({owner}), metadata=(("n", str(BURST - 1)),), limit=200)
            listed = {item.image_id for item in (await index.search(last)).items}
            found[image_id] = (record.recognised_origin, answer.metadata["n"], image_id in listed)
        return found
    finally:
        await store.close()
        await index.close()


async def test_of_five_hundred_references_published_at_once_the_last_wins_ten_times(
    stack: RunningStack, tmp_path: Path, owner: str
) -> None:
    with running_worker(stack.settings, "recognise", tmp_path, ENVIRONMENT):
        last = {f"image-{n}": publish_at_once(stack.settings, owner, f"image-{n}") for n in range(ROUNDS)}
        found = await settled(stack.settings, owner, ROUNDS * BURST)
    assert await shown(stack.settings, owner, last) == {image: (name, BURST - 1, True) for image, name in last.items()}
    assert (found.outdated, found.lost, found.doubled) == (0, 0, 0)


async def test_the_last_of_a_burst_wins_although_a_worker_is_killed_twice_amid_it(
    stack: RunningStack, tmp_path: Path, owner: str
) -> None:
    with TopicTail(stack.settings.kafka, RECOGNITION_RESULTS) as results:
        last = {f"image-{n}": publish_at_once(stack.settings, owner, f"image-{n}") for n in range(KILLED_ROUNDS)}
        events = []
        for _ in range(2):
            with running_worker(stack.settings, "recognise", tmp_path, ENVIRONMENT) as worker:
                events += results.read(300, 120, naming=owner)
                worker.kill()
        with running_worker(stack.settings, "recognise", tmp_path, ENVIRONMENT):
            await settled(stack.settings, owner, KILLED_ROUNDS * BURST)
        events += results.read_to_end(naming=owner)
    numbers: dict[str, set[int]] = {}
    for event in (json.loads(message.value() or b"") for message in events):
        origin = event["origin"]
        numbers.setdefault(f"{origin['partition']}:{origin['offset']}", set()).add(origin["sequence"])
    assert len(numbers) == KILLED_ROUNDS * BURST
    # Those that were answered twice were given one number.
    assert len(events) > len(numbers)
    assert {len(given) for given in numbers.values()} == {1}
    assert await shown(stack.settings, owner, last) == {image: (name, BURST - 1, True) for image, name in last.items()}

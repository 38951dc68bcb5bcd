"""Webhooks on real servers: what is published is told, signed, and nothing is missed however often the worker dies."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from confluent_kafka import Producer

from infra.embedded.platform import Platform
from infra.kafka.event_bus import client_configuration
from infra.settings.settings import Settings
from schemas.dead_letters import Rejection, encode_headers
from schemas.messages.job_endings import JobEnd, JobFinished
from schemas.results import ImageDeleted, RecognitionResult
from schemas.topics import DEAD_LETTERS, JOB_ENDINGS, RECOGNITION_RESULTS
from tests import samples
from tests.served import Served, served
from tests.stacks import RunningStack
from tests.webhook_receiver import Received, Receiver, receiving
from tests.workers import running_worker

PATIENCE_S = 240.0
# What a directory of endpoints may be older than the endpoint.
KNOWN_AFTER_S = 3.0


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def environment(receiver: Receiver) -> dict[str, str]:
    return {
        "VEDETTE_WEBHOOKS__ALLOWED_PRIVATE_HOSTS": receiver.host,
        "VEDETTE_WEBHOOKS__RETRY_DELAYS_S": "1,1,1,1,1,1,1,1,1",
    }


@pytest.fixture(scope="module")
def api(stack: RunningStack, environment: dict[str, str]) -> Iterator[Served]:
    Platform(stack.settings).migrate()
    with served(stack.settings, **environment) as api:
        yield api


@pytest.fixture
def workspace() -> str:
    return f"w{uuid4().hex[:10]}"


@pytest.fixture
def admin(api: Served, workspace: str) -> Iterator[httpx.Client]:
    with api.log_in(api.create_account(workspace, role="admin")) as client:
        client.params = client.params.set("owner", workspace)
        yield client


def publish(settings: Settings, *events: RecognitionResult | ImageDeleted | Rejection | JobFinished) -> None:
    """Publish events as workers do."""
    producer = Producer(client_configuration(settings.kafka))
    for event in events:
        if isinstance(event, Rejection):
            producer.produce(DEAD_LETTERS, b"", event.key.encode(), headers=encode_headers(event, ()))
        elif isinstance(event, JobFinished):
            producer.produce(JOB_ENDINGS, event.model_dump_json(), event.job_id.encode())
        else:
            producer.produce(RECOGNITION_RESULTS, event.model_dump_json(exclude_none=True), event.image_key.encode())
    assert producer.flush(60) == 0


def create(admin: httpx.Client, receiver: Receiver, path: str, **fields: Any) -> dict[str, Any]:
    wish = {
        "url": receiver.url(path),
        "events": ["image.recognised", "image.rejected", "image.deleted", "job.finished"],
    }
    answer = admin.post("/v1/webhooks", json=wish | fields)
    assert answer.status_code == 201, answer.text
    time.sleep(KNOWN_AFTER_S)
    made: dict[str, Any] = answer.json()
    return made


def until(found: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not found():
        assert time.monotonic() < deadline, what
        time.sleep(0.2)


def told(receiver: Receiver, path: str) -> dict[str, Received]:
    return {one.message_id: one for one in receiver.at(path)}


def test_what_is_published_is_told_signed_and_logged(
    api: Served, admin: httpx.Client, receiver: Receiver, environment: dict[str, str], workspace: str, tmp_path: Path
) -> None:
    path = f"/{workspace}"
    with running_worker(api.settings, "webhooks", tmp_path, environment):
        endpoint = create(admin, receiver, path)
        deleted, _ = samples.deletion(workspace, "c.jpg")
        finished = JobFinished(
            **{"job_id": "job-1", "owner": workspace, "end": JobEnd.DONE, "found": 2, "recognised": 1, "rejected": 1},
            **{"began_at": samples.START, "finished_at": samples.START},
        )
        publish(
            api.settings,
            samples.result(workspace, "a.jpg"),
            samples.rejection(workspace, "b.jpg"),
            deleted,
            finished,
            samples.result(f"{workspace}-b", "theirs.jpg"),
        )
        until(lambda: len(told(receiver, path)) == 4, "four events come")
        events = [one.verified(endpoint["secret"]) for one in told(receiver, path).values()]
        assert {event["type"] for event in events} == {
            *("image.recognised", "image.rejected", "image.deleted", "job.finished")
        }
        assert {event["data"]["workspace"] for event in events} == {workspace}
        test = admin.post(f"/v1/webhooks/{endpoint['id']}/test").json()
        until(lambda: test["message_id"] in told(receiver, path), "the test comes")
        deliveries = f"/v1/webhooks/{endpoint['id']}/deliveries"

        def delivered() -> list[dict[str, Any]]:
            items: list[dict[str, Any]] = admin.get(deliveries, params={"state": "delivered"}).json()["items"]
            return items

        until(lambda: len(delivered()) == 5, "the log has all five")
        again = delivered()[-1]
        admin.post(f"{deliveries}/{again['id']}/resend").raise_for_status()
        sent_again = again["message_id"]
        until(lambda: sum(one.message_id == sent_again for one in receiver.at(path)) == 2, "one comes again")


def test_a_rotated_secret_signs_beside_the_new_one(
    api: Served, admin: httpx.Client, receiver: Receiver, environment: dict[str, str], workspace: str, tmp_path: Path
) -> None:
    path = f"/{workspace}"
    with running_worker(api.settings, "webhooks", tmp_path, environment):
        endpoint = create(admin, receiver, path)
        rotated = admin.post(f"/v1/webhooks/{endpoint['id']}/secret", json={}).json()
        time.sleep(KNOWN_AFTER_S)
        publish(api.settings, samples.result(workspace))
        until(lambda: bool(told(receiver, path)), "an event comes")
    [received] = told(receiver, path).values()
    assert received.verified(endpoint["secret"]) == received.verified(rotated["secret"])


def test_nothing_is_missed_where_the_worker_is_killed_again_and_again(
    api: Served, admin: httpx.Client, receiver: Receiver, environment: dict[str, str], workspace: str, tmp_path: Path
) -> None:
    """One endpoint takes everything, one fails half of the time, one is slow: all of them hear of every image."""
    paths = [f"/{workspace}/{kind}" for kind in ("good", "failing", "slow")]
    receiver.statuses[paths[1]] = [500, 200] * 500 + [200]
    receiver.waits_s[paths[2]] = 0.5
    for path in paths:
        create(admin, receiver, path)
    wanted = {f"{number}.jpg" for number in range(120)}
    for round_number in range(3):
        with running_worker(api.settings, "webhooks", tmp_path, environment) as worker:
            names = sorted(wanted)[round_number * 40 : round_number * 40 + 40]
            publish(api.settings, *(samples.result(workspace, name) for name in names))
            heard = len(receiver.received)
            until(lambda heard=heard: len(receiver.received) > heard + 10, "some events come")  # type: ignore[misc]
            worker.kill()
    with running_worker(api.settings, "webhooks", tmp_path, environment):
        for path in paths:

            def images(path: str = path) -> set[str]:
                return {one.event["data"]["image_id"] for one in receiver.at(path)}

            until(lambda images=images: images() == wanted, f"{path}: {json.dumps(sorted(wanted - images()))}")  # type: ignore[misc]

"""Live streams of an API that is its own process, on a real Kafka: what is published is told, and nothing is missed."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx
import pytest
import websockets
from confluent_kafka import Producer
from websockets.exceptions import InvalidStatus

from infra.embedded.platform import Platform
from infra.kafka.event_bus import client_configuration
from infra.settings.settings import Settings
from schemas.answers import Label
from schemas.dead_letters import Rejection, encode_headers
from schemas.results import ImageDeleted, RecognitionResult
from schemas.topics import DEAD_LETTERS, RECOGNITION_RESULTS
from tests import samples
from tests.examples import examples
from tests.live_programs import listening_program
from tests.places import ROOT
from tests.platforms import eventually
from tests.served import Served, served
from tests.stacks import RunningStack

GUIDE = ROOT / "docs" / "how-to" / "listen-live.md"
QUICK = {"VEDETTE_LIVE__HEARTBEAT_S": "0.5", "VEDETTE_LIVE__RECHECK_S": "0.5", "VEDETTE_LIVE__PATIENCE_S": "2"}


@pytest.fixture(scope="module")
def api(stack: RunningStack) -> Iterator[Served]:
    Platform(stack.settings).migrate()
    with served(stack.settings, **QUICK) as api:
        yield api


@pytest.fixture
def workspace() -> str:
    return f"w{uuid4().hex[:10]}"


@pytest.fixture
def member(api: Served, workspace: str) -> Iterator[httpx.Client]:
    with api.log_in(api.create_account(workspace)) as client:
        yield client


def publish(settings: Settings, *outcomes: RecognitionResult | ImageDeleted | Rejection) -> None:
    """Publish outcomes as workers do."""
    producer = Producer(client_configuration(settings.kafka))
    for outcome in outcomes:
        if isinstance(outcome, Rejection):
            producer.produce(DEAD_LETTERS, b"", outcome.key.encode(), headers=encode_headers(outcome, ()))
        else:
            producer.produce(
                RECOGNITION_RESULTS, outcome.model_dump_json(exclude_none=True), outcome.image_key.encode()
            )
    assert producer.flush(60) == 0


@asynccontextmanager
async def listening(client: httpx.Client, **asked: Any) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
    """Yield the messages of a stream of server-sent events."""
    headers = {"Authorization": client.headers["Authorization"]}
    async with (
        httpx.AsyncClient(base_url=client.base_url, headers=headers, timeout=60) as own,
        own.stream("GET", "/v1/live", params=asked) as answer,
    ):
        assert answer.status_code == 200, await answer.aread()
        yield messages(answer)


async def messages(answer: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    fields: dict[str, Any] = {}
    async for line in answer.aiter_lines():
        if line:
            name, _, value = line.partition(": ")
            fields[name] = json.loads(value) if name == "data" else value
        elif fields:
            told, fields = fields, {}
            if "event" in told:
                yield told


async def outcomes(stream: AsyncIterator[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    async for told in stream:
        if told["event"] not in ("ready", "heartbeat"):
            found.append(told)
        if len(found) == count:
            return found
    raise AssertionError(f"the stream ended after {found}")


async def test_what_is_published_is_told_in_order_and_to_nobody_else(
    api: Served, member: httpx.Client, workspace: str
) -> None:
    with api.log_in(api.create_account(f"{workspace}-b")) as stranger:
        async with listening(member) as mine, listening(stranger) as theirs:
            await anext(mine), await anext(theirs)
            image = samples.result(workspace, "cat.jpg")
            deleted, _ = samples.deletion(workspace, "cat.jpg")
            await asyncio.to_thread(
                publish,
                api.settings,
                image,
                deleted,
                samples.result(f"{workspace}-b", "theirs.jpg"),
            )
            told = await outcomes(mine, 2)
            assert [one["event"] for one in told] == ["recognised", "deleted"]
            assert told[0]["data"]["result"] == image.model_dump(mode="json", exclude_none=True)
            assert [one["data"]["image_id"] for one in await outcomes(theirs, 1)] == ["theirs.jpg"]
            await asyncio.to_thread(publish, api.settings, samples.rejection(workspace, "torn.jpg"))
            [rejected] = await outcomes(mine, 1)
            assert (rejected["event"], rejected["data"]["reason"]) == ("rejected", "corrupt_image")


async def test_another_process_goes_on_where_the_first_one_stopped(
    api: Served, member: httpx.Client, workspace: str
) -> None:
    async with listening(member) as stream:
        await anext(stream)
        await asyncio.to_thread(publish, api.settings, samples.result(workspace, "first.jpg"))
        [last] = await outcomes(stream, 1)
    names = [f"{number}.jpg" for number in range(300)]
    await asyncio.to_thread(publish, api.settings, *(samples.result(workspace, name) for name in names))
    with served(api.settings, **QUICK) as other:
        client = httpx.Client(base_url=other.url, headers=member.headers)
        async with listening(client, last_event_id=last["id"]) as stream, listening(client) as live:
            await anext(live)
            told = await outcomes(stream, len(names))
            assert sorted(one["data"]["image_id"] for one in told) == sorted(names)
            other.process.send_signal(signal.SIGTERM)
            for ending in (stream, live):
                [end] = await outcomes(ending, 1)
                assert (end["event"], end["data"]["reason"]) == ("end", "stopping")
    async with listening(member, last_event_id=told[-1]["id"]) as stream:
        await asyncio.to_thread(publish, api.settings, samples.result(workspace, "after.jpg"))
        assert [one["data"]["image_id"] for one in await outcomes(stream, 1)] == ["after.jpg"]


async def test_a_websocket_has_the_same_messages_and_refusals(
    api: Served, member: httpx.Client, workspace: str
) -> None:
    address = f"{api.url.replace('http', 'ws')}/v1/live"
    ticket = (await asyncio.to_thread(member.post, "/v1/live/tickets")).json()["ticket"]
    async with websockets.connect(f"{address}?ticket={ticket}&status=recognised") as socket:
        opened = json.loads(await socket.recv())
        await asyncio.to_thread(publish, api.settings, samples.result(workspace, "cat.jpg"))
        while (told := json.loads(await socket.recv()))["event"] == "heartbeat":
            continue
        assert (opened["event"], told["event"], told["data"]["image_id"]) == ("ready", "recognised", "cat.jpg")
    headers = {"Authorization": member.headers["Authorization"]}
    async with websockets.connect(f"{address}?last_event_id={opened['id']}", additional_headers=headers) as socket:
        json.loads(await socket.recv())
        assert json.loads(await socket.recv())["data"] == told["data"]
    for asked, more, status in (
        (f"?ticket={ticket}", {}, 401),
        ("?owner=elsewhere", headers, 403),
        ("?q=cat", headers, 422),
        ("", {**headers, "Origin": "https://evil.example"}, 403),
    ):
        with pytest.raises(InvalidStatus) as refused:
            await websockets.connect(f"{address}{asked}", additional_headers=more)
        assert refused.value.response.status_code == status


async def test_a_client_that_reads_nothing_is_cut_off_and_others_go_on(
    api: Served, member: httpx.Client, workspace: str
) -> None:
    """Its connection is ended by the server, whatever still waits to be sent on it."""
    host, port = api.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port), limit=1024)
    writer.write(
        f"GET /v1/live HTTP/1.1\r\nHost: {host}\r\nAuthorization: {member.headers['Authorization']}\r\n\r\n".encode()
    )
    await reader.readline()
    async with listening(member) as stream:
        await anext(stream)
        big = {"metadata": {f"m{number}": "x" * 1000 for number in range(60)}}
        for turn in range(20):
            names = [f"{turn}-{number}.jpg" for number in range(20)]
            await asyncio.to_thread(publish, api.settings, *(samples.result(workspace, name, **big) for name in names))
            assert sorted(one["data"]["image_id"] for one in await outcomes(stream, 20)) == sorted(names)
        received = await asyncio.wait_for(_rest(reader), 120)
    assert received < 20 * 20 * 60_000
    writer.close()


async def _rest(reader: asyncio.StreamReader) -> int:
    """Return how much comes until the server ends the connection; the first bytes are awaited for long."""
    await asyncio.sleep(5)
    total = 0
    try:
        while chunk := await reader.read(65_536):
            total += len(chunk)
    except ConnectionResetError:
        return total
    return total


@pytest.mark.parametrize(("language", "program"), [("sh", "bash"), ("python", sys.executable)])
def test_the_examples_of_the_guide_hear_outcomes(
    api: Served, member: httpx.Client, workspace: str, language: str, program: str
) -> None:
    [example] = examples(language, page=GUIDE)
    token = member.headers["Authorization"].removeprefix("Bearer ")
    environment = {**os.environ, "API": api.url, "TOKEN": token, "PYTHONUNBUFFERED": "1"}
    with listening_program([program, "-c", example.text], environment) as lines:

        def heard() -> bool:
            publish(api.settings, samples.result(workspace, "dog-1.jpg", labels=(Label(name="dog", confidence=0.9),)))
            return any("dog-1.jpg" in line for line in lines())

        eventually(heard)

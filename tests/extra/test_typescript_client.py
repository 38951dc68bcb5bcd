"""The TypeScript client by its own tests, and on a real API, in Node and in a real browser."""

import json
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from confluent_kafka import Producer

from api.documentation.api_page import api_document
from infra.embedded.platform import Platform
from infra.kafka.event_bus import client_configuration
from tests.live_programs import ENOUGH, Lines, listening_program, publish_until
from tests.served import PASSWORD, served
from tests.stacks import RunningStack
from tests.typescript_client import CLIENT, NODE, install_client, run

FOREIGN = Path(__file__).parents[1] / "foreign"
# Streams that are over soon, so that clients must resume again and again.
SHORT = {"VEDETTE_LIVE__LONGEST_S": "2"}
TRANSPORTS = ("sse", "websocket")
LISTEN = """
import { createVedette } from "vedette-client";

const { API, EMAIL, PASSWORD, TRANSPORT } = process.env;
const tell = (...words) => console.log(JSON.stringify(words));
try {
  const vedette = createVedette({ url: API });
  await vedette.signIn(EMAIL, PASSWORD);
  for await (const { outcome } of vedette.live({ transport: TRANSPORT })) {
    tell(TRANSPORT, outcome.id);
  }
} catch (error) {
  tell("failed", String(error));
}
"""


@dataclass(frozen=True)
class World:
    """A real API, an account in it, and an origin whose pages may call it."""

    url: str
    origin: str
    workspace: str
    email: str
    producer: Producer


@pytest.fixture(scope="module")
def world(stack: RunningStack, application: Path) -> Iterator[World]:
    Platform(stack.settings).migrate()
    workspace = f"w{uuid4().hex[:10]}"
    with pages_of(application) as origin, served(stack.settings, VEDETTE_API__CORS_ORIGINS=origin, **SHORT) as api:
        producer = Producer(client_configuration(stack.settings.kafka))
        yield World(api.url, origin, workspace, api.create_account(workspace), producer)


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an application that has the client."""
    folder = tmp_path_factory.mktemp("application")
    install_client(folder)
    (folder / "listen.mjs").write_text(LISTEN)
    for file in ("client_page.html", "client_page.js"):
        shutil.copy(FOREIGN / file, folder)
    return folder


def test_the_clients_own_tests_pass() -> None:
    tests = sorted(path.relative_to(CLIENT).as_posix() for path in CLIENT.glob("tests/*.test.ts"))
    assert "tests/live.test.ts" in tests
    run([NODE, "--test", *tests], CLIENT)


def test_types_that_the_api_has_outrun_are_told_with_the_command_that_mends_them(tmp_path: Path) -> None:
    document = api_document()
    (tmp_path / "same.json").write_text(json.dumps(document))
    run([NODE, "generate.mjs", str(tmp_path / "same.json"), "--check"], CLIENT)
    document["paths"]["/v1/another"] = document["paths"].pop("/v1/me")
    (tmp_path / "changed.json").write_text(json.dumps(document))
    with pytest.raises(AssertionError, match="Run `make typescript-client` and commit it"):
        run([NODE, "generate.mjs", str(tmp_path / "changed.json"), "--check"], CLIENT)


@pytest.mark.timeout(900)
def test_programs_miss_nothing_over_many_streams(world: World, application: Path) -> None:
    def listen(node: str, transport: str) -> AbstractContextManager[Lines]:
        environment = {**os.environ, "API": world.url, "EMAIL": world.email, "PASSWORD": PASSWORD}
        return listening_program([node, "listen.mjs"], {**environment, "TRANSPORT": transport}, application)

    # The machine's own Node, and a newer one, which has WebSockets.
    with listen("node", "sse") as first, listen(NODE, "websocket") as second:
        published, told = publish_until(world.producer, world.workspace, lambda: first() + second(), has_told_enough)
    assert_no_gap(published, told)


@pytest.mark.timeout(900)
def test_a_page_signs_in_uploads_and_misses_nothing_over_both_protocols(
    world: World, application: Path, selenium_python: Path
) -> None:
    asked = urlencode({"api": world.url, "email": world.email, "password": PASSWORD})
    visit = [str(selenium_python), str(FOREIGN / "client_in_chromium.py"), f"{world.origin}/client_page.html?{asked}"]
    with listening_program(visit, os.environ, application) as lines:
        published, told = publish_until(world.producer, world.workspace, lines, has_told_enough)
    assert ["uploaded", "canvas"] in told
    assert ["refused", "urn:vedette:problem:not-found"] in told
    assert_no_gap(published, told)


def has_told_enough(told: list[list[str]]) -> bool:
    """Whether enough was heard over each protocol; fails with what a client says of its own failure."""
    kinds = [kind for kind, _ in told]
    assert "failed" not in kinds, told
    return min(kinds.count(transport) for transport in TRANSPORTS) >= ENOUGH


def assert_no_gap(published: list[str], told: list[list[str]]) -> None:
    """Fail unless each client has heard everything once, in its order, from where it began."""
    for transport in TRANSPORTS:
        heard = [identity for kind, identity in told if kind == transport]
        first = published.index(heard[0])
        assert heard == published[first : first + len(heard)]


@contextmanager
def pages_of(folder: Path) -> Iterator[str]:
    """Serve the files of a folder; yields the origin."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=folder)) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            serving.join()

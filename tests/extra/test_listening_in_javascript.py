"""The JavaScript of the guide to live streams hears outcomes as it stands there, and comes back with another ticket."""

import os
from pathlib import Path
from uuid import uuid4

from confluent_kafka import Producer

from infra.embedded.platform import Platform
from infra.kafka.event_bus import client_configuration
from tests.examples import examples
from tests.live_programs import ENOUGH, listening_program, publish_until
from tests.places import ROOT
from tests.served import served
from tests.stacks import RunningStack

GUIDE = ROOT / "docs" / "how-to" / "listen-live.md"
# Node has no EventSource of its own; the guide's code is for browsers, which have one.
RUN = """
globalThis.EventSource = require("eventsource");
listen(process.env.API, process.env.TOKEN, (type, outcome) => console.log(JSON.stringify([type, outcome.id])));
"""


def test_the_javascript_of_the_guide_misses_nothing_over_many_streams(
    eventsource_modules: Path, stack: RunningStack, tmp_path: Path
) -> None:
    Platform(stack.settings).migrate()
    [example] = examples("js", page=GUIDE)
    (tmp_path / "listen.js").write_text(example.text + RUN)
    workspace = f"w{uuid4().hex[:10]}"
    # Streams that are over soon, so that the program must resume again and again.
    with served(stack.settings, VEDETTE_LIVE__LONGEST_S="2") as api:
        with api.log_in(api.create_account(workspace)) as client:
            token = client.headers["Authorization"].removeprefix("Bearer ")
        environment = {**os.environ, "NODE_PATH": str(eventsource_modules), "API": api.url, "TOKEN": token}
        with listening_program(["node", "listen.js"], environment, tmp_path) as lines:
            producer = Producer(client_configuration(stack.settings.kafka))
            published, told = publish_until(producer, workspace, lines, lambda told: len(told) >= ENOUGH)
    assert {kind for kind, _ in told} == {"recognised"}
    heard = [identity for _, identity in told]
    # The program may have begun after the first.
    first = published.index(heard[0])
    assert heard == published[first : first + len(heard)]

"""Many outcomes to many endpoints, of which some are dead and some answer late: how soon the others are told.

``python -m tests.benchmarks.webhooks`` starts real servers, the API and the webhooks worker in a home of its own.
"""

import argparse
import os
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from confluent_kafka import Producer

from infra.embedded.platform import Platform
from infra.embedded.reports import tell_nobody
from infra.kafka.event_bus import client_configuration
from schemas.topics import RECOGNITION_RESULTS
from tests import samples
from tests.stacks import running_stack
from tests.webhook_receiver import Receiver, receiving

LATE_S = 10.0
DEAD_PORT = 9  # discard: nobody listens
SETTLE_S = 600.0


def main() -> None:
    """Measure once, and print what was found."""
    given = _arguments()
    with tempfile.TemporaryDirectory() as folder, receiving() as receiver:
        os.environ["VEDETTE_WEBHOOKS__ALLOWED_PRIVATE_HOSTS"] = f"{receiver.host},127.0.0.1:{DEAD_PORT}"
        with running_stack(Path(folder)) as stack:
            platform = Platform(stack.settings)
            platform.migrate()
            platform.start(tell_nobody, timeout_s=240, only={"api", "webhooks"})
            try:
                _measure(platform, receiver, given)
            finally:
                platform.stop(tell_nobody)


def _measure(platform: Platform, receiver: Receiver, given: argparse.Namespace) -> None:
    paths = [f"/endpoint/{number}" for number in range(given.endpoints)]
    dead, late = set(paths[: given.dead]), set(paths[given.dead : given.dead + given.late])
    receiver.waits_s.update(dict.fromkeys(late, LATE_S))
    workspaces = [f"w{number}" for number in range(given.endpoints)]
    for path, workspace in zip(paths, workspaces, strict=True):
        url = f"http://127.0.0.1:{DEAD_PORT}{path}" if path in dead else receiver.url(path)
        _create_endpoint(platform, workspace, url)
    time.sleep(3)
    kills = threading.Thread(target=_kill, args=(platform, given.kills, given.outcomes / given.rate), daemon=True)
    kills.start()
    told_at = _publish(platform, workspaces, given.outcomes, given.rate)
    kills.join()
    _settle(receiver, told_at, paths, dead, late)
    _report(receiver, told_at, paths, dead, late)


def _create_endpoint(platform: Platform, workspace: str, url: str) -> None:
    platform.run("admin", "workspace", "create", workspace)
    platform.run("admin", "webhook", "create", workspace, url, "--event", "image.recognised")


def _publish(platform: Platform, workspaces: Sequence[str], outcomes: int, rate: float) -> dict[str, dict[str, float]]:
    """Publish at the rate; returns when each image of each workspace was told."""
    producer = Producer(client_configuration(platform.settings.kafka))
    told_at: dict[str, dict[str, float]] = defaultdict(dict)
    began = time.monotonic()
    for number in range(outcomes):
        time.sleep(max(0.0, began + number / rate - time.monotonic()))
        workspace, image_id = workspaces[number % len(workspaces)], f"{number}.jpg"
        result = samples.result(workspace, image_id)
        told_at[workspace][image_id] = time.time()
        producer.produce(RECOGNITION_RESULTS, result.model_dump_json(exclude_none=True), result.image_key.encode())
        producer.poll(0)
    assert producer.flush(120) == 0
    return told_at


def _kill(platform: Platform, times: int, over_s: float) -> None:
    for _ in range(times):
        time.sleep(over_s / (times + 1))
        platform.kill("webhooks")
        platform.start(tell_nobody, timeout_s=240, only={"webhooks"})


def _missing(receiver: Receiver, told_at: dict[str, dict[str, float]], paths: Sequence[str]) -> int:
    heard = {path: {one.event["data"]["image_id"] for one in receiver.at(path)} for path in paths}
    return sum(len(told_at[f"w{path.rpartition('/')[2]}"].keys() - heard[path]) for path in paths)


def _settle(
    receiver: Receiver, told_at: dict[str, dict[str, float]], paths: Sequence[str], dead: set[str], late: set[str]
) -> None:
    living = [path for path in paths if path not in dead]
    deadline = time.monotonic() + SETTLE_S
    while _missing(receiver, told_at, living) and time.monotonic() < deadline:
        time.sleep(2)


def _report(
    receiver: Receiver, told_at: dict[str, dict[str, float]], paths: Sequence[str], dead: set[str], late: set[str]
) -> None:
    good = [path for path in paths if path not in dead | late]
    waits = sorted(_waits(receiver, told_at, good))
    rows: list[tuple[str, Any]] = [
        ("outcomes", sum(map(len, told_at.values()))),
        ("missing at endpoints that answer", _missing(receiver, told_at, good)),
        ("missing at endpoints that answer late", _missing(receiver, told_at, sorted(late))),
        ("p50 from outcome to delivery, s", round(waits[len(waits) // 2], 3)),
        ("p99 from outcome to delivery, s", round(waits[len(waits) * 99 // 100], 3)),
        (
            "deliveries that came more than once",
            len(receiver.received) - len({_name(one) for one in receiver.received}),
        ),
    ]
    for name, value in rows:
        print(f"{name}: {value}")  # noqa: T201 - a program for developers


def _waits(receiver: Receiver, told_at: dict[str, dict[str, float]], paths: Sequence[str]) -> list[float]:
    """Return how long each event took to come first."""
    first: dict[tuple[str, str], float] = {}
    for path in paths:
        workspace = f"w{path.rpartition('/')[2]}"
        for one in receiver.at(path):
            image_id = one.event["data"]["image_id"]
            first.setdefault((workspace, image_id), one.at - told_at[workspace][image_id])
    return list(first.values())


def _name(received: Any) -> tuple[str, str]:
    return received.path, received.message_id


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--outcomes", type=int, default=20_000)
    parser.add_argument("--rate", type=float, default=50.0, help="outcomes a second")
    parser.add_argument("--endpoints", type=int, default=50)
    parser.add_argument("--dead", type=int, default=5)
    parser.add_argument("--late", type=int, default=5, help="endpoints that answer after 10 s")
    parser.add_argument("--kills", type=int, default=5, help="how often the worker is killed")
    return parser.parse_args()


if __name__ == "__main__":
    main()

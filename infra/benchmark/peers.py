"""Two other frameworks on the same model and pictures, from topic to topic: what the platform's streaming is worth.

Their packages are none of the platform's and want other versions of some of its own. They are installed once, from a
lock file, into a folder of the cache that precedes the platform's packages in their processes alone.
"""

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from confluent_kafka.admin import AdminClient
from rich.progress import Progress, TaskID

from infra.benchmark.load import Load, publish
from infra.benchmark.result_flow import BenchFailed, ResultFlow
from infra.embedded.home import Home
from infra.embedded.platform import SILENT, Platform
from infra.embedded.processes import ServerProcess
from infra.event_bus import client_configuration
from infra.settings import Settings
from infra.topic_setup import create_topics
from schemas.topics import FOREIGN_BATCH_BYTES, Topic

LOCK = Path(__file__).with_name("peers.lock")
INSTALLED = "installed"
TOPIC_RETENTION_MS = 3_600_000
START_TIMEOUT_S = 60.0
STOP_GRACE_S = 10.0
PROBE_INTERVAL_S = 0.2
WARM_UP_IMAGES = 100


@dataclass(frozen=True)
class Peer:
    """One framework, and the module that is its process; one process uses one processor."""

    name: str
    module: str

    @property
    def group(self) -> str:
        return f"bench-{self.name}"

    @property
    def references(self) -> str:
        return f"bench-{self.name}-references"

    @property
    def answers(self) -> str:
        return f"bench-{self.name}-answers"


PEERS = (
    Peer("faststream", "processors.peers.faststream_peer"),
    Peer("quixstreams", "processors.peers.quixstreams_peer"),
)


def install_peers(settings: Settings) -> Path:
    """Return the folder of the peers' packages, which are fetched where they are not there yet.

    Raises ``BenchFailed`` with pip's words.
    """
    folder = settings.cache / "peers" / hashlib.sha256(LOCK.read_bytes()).hexdigest()[:16]
    if (folder / INSTALLED).exists():
        return folder
    installed = subprocess.run(  # noqa: S603 - our own interpreter and lock file
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"),
            *("--require-hashes", "--only-binary", ":all:", "--upgrade", "--target", str(folder), "-r", str(LOCK)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if installed.returncode:
        raise BenchFailed(f"the peers cannot be installed:\n{installed.stderr.strip()}")
    (folder / INSTALLED).touch()
    return folder


def run_peer(platform: Platform, packages: Path, peer: Peer, load: Load, progress: Progress) -> float:
    """Return images a second from the first publishing until the last answer is in Kafka.

    As many processes as processors, started and warmed up before. Raises ``BenchFailed`` if an answer is missing.
    """
    task = progress.add_task(peer.name, total=load.images)
    with running_peer(platform.settings, packages, peer):
        _answer(platform, peer, replace(load, images=WARM_UP_IMAGES), progress, task)
        return load.images / _answer(platform, peer, load, progress, task)


def _answer(platform: Platform, peer: Peer, load: Load, progress: Progress, task: TaskID) -> float:
    """Return the seconds that ``load`` took."""
    kafka = platform.settings.kafka
    flow, records = ResultFlow(kafka, peer.answers), load.records(peer.group, peer.references)
    began = time.time()
    publish(kafka, records)
    return flow.await_results(load.images, progress, task) - began


@contextmanager
def running_peer(settings: Settings, packages: Path, peer: Peer) -> Iterator[None]:
    """Start the peer's processes, wait until all have partitions, and end them again."""
    create_topics(
        settings.kafka,
        [Topic(name, FOREIGN_BATCH_BYTES, TOPIC_RETENTION_MS) for name in (peer.references, peer.answers)],
    )
    home = Home(settings.home)
    processes = [ServerProcess(home, f"{peer.name}-{number}") for number in range(os.cpu_count() or 1)]
    environment = {**os.environ, "VEDETTE_HOME": str(settings.home), "PYTHONPATH": str(packages)}
    try:
        for process in processes:
            process.start(_command(peer, process.mark), environment)
        _await_assignments(settings, peer, processes)
        yield
    finally:
        for process in processes:
            process.stop(STOP_GRACE_S)


def _command(peer: Peer, mark: str) -> list[str]:
    topics = ("--references", peer.references, "--answers", peer.answers, "--group", peer.group)
    return [sys.executable, "-X", mark, "-m", peer.module, *topics]


def _await_assignments(settings: Settings, peer: Peer, processes: list[ServerProcess]) -> None:
    admin = AdminClient({**client_configuration(settings.kafka), **SILENT})
    deadline = time.monotonic() + START_TIMEOUT_S
    while _members(admin, peer.group) < len(processes):
        for process in processes:
            if process.find() is None:
                raise BenchFailed(f"{peer.name} died while starting. {process.end_of_log()}")
        if time.monotonic() > deadline:
            raise BenchFailed(f"{peer.name} is not ready after {START_TIMEOUT_S:.0f} s. {processes[0].end_of_log()}")
        time.sleep(PROBE_INTERVAL_S)


def _members(admin: AdminClient, group: str) -> int:
    """Return how many members of the group have been given partitions."""
    described = admin.describe_consumer_groups([group])[group].result()
    return sum(bool(member.assignment.topic_partitions) for member in described.members)

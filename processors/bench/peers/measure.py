"""Two other frameworks on the same model and pictures, from topic to topic: what the platform's streaming is worth.

Their packages are none of the platform's and want other versions of some of its own. They are installed once, from a
lock file, into a folder of the cache that precedes the platform's packages in their processes alone.
"""

import hashlib
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from rich.progress import Progress, TaskID

from infra.settings.servers import KafkaSettings
from infra.settings.settings import Settings
from processors.bench.measures.consumers import Consumers, create_own_topics, running
from processors.bench.measures.load import Load, publish
from processors.bench.measures.result_flow import BenchFailed, ResultFlow

LOCK = Path(__file__).with_name("peers.lock")
INSTALLED = "installed"
WARM_UP_IMAGES = 100
PEERS = (
    Consumers("faststream", "processors.bench.peers.faststream_peer", "bench-faststream"),
    Consumers("quixstreams", "processors.bench.peers.quixstreams_peer", "bench-quixstreams"),
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
        raise BenchFailed(f"the peers cannot be installed: leave them out with --no-peers\n{installed.stderr.strip()}")
    (folder / INSTALLED).touch()
    return folder


def run_peer(settings: Settings, packages: Path, peer: Consumers, load: Load, progress: Progress) -> float:
    """Return images a second from the first publishing until the last answer is in Kafka.

    As many processes as processors, since one of a peer's uses one; started and warmed up before. Raises
    ``BenchFailed`` if an answer is missing.
    """
    task = progress.add_task(peer.name, total=load.images)
    create_own_topics(settings.kafka, peer)
    with running(settings, peer, os.cpu_count() or 1, environment={"PYTHONPATH": str(packages)}):
        _answer(settings.kafka, peer, replace(load, images=WARM_UP_IMAGES), progress, task)
        return load.images / _answer(settings.kafka, peer, load, progress, task)


def _answer(kafka: KafkaSettings, peer: Consumers, load: Load, progress: Progress, task: TaskID) -> float:
    """Return the seconds that ``load`` took."""
    flow, records = ResultFlow(kafka, peer.answers), load.records(peer.group, peer.references)
    began = time.time()
    publish(kafka, records)
    return flow.await_results(load.images, progress, task) - began

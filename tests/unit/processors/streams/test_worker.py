"""The application that every stream processor is, as far as it goes without a broker."""

import asyncio
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from aiokafka import TopicPartition

from infra.errors import ConfigurationError
from infra.settings.servers import KafkaSettings
from infra.settings.settings import Settings
from processors.streams.endings import EXIT_CODE_OF_A_BUG
from processors.streams.worker import create_worker

NOWHERE = KafkaSettings(bootstrap_servers="127.0.0.1:1")


async def test_a_worker_may_be_the_first_to_use_its_home(tmp_path: Path) -> None:
    app = create_worker("store", Settings(home=tmp_path / "new" / "home", kafka=NOWHERE))
    await app.on_first_start()
    assert (tmp_path / "new" / "home" / "run" / "faust-store").is_dir()


async def test_a_worker_that_is_told_to_stop_amid_an_assignment_does_not_wait_for_its_end(tmp_path: Path) -> None:
    app = create_worker("store", Settings(home=tmp_path, kafka=NOWHERE))
    asked = asyncio.Event()

    async def hand_back_notes(*_: object) -> None:
        # As the consumer's thread, which answers no more once it stops.
        asked.set()
        await asyncio.Event().wait()

    app._consumer = SimpleNamespace(hand_back_notes=hand_back_notes)  # type: ignore[assignment]
    assigning = asyncio.create_task(app._on_partitions_assigned({TopicPartition("image-references", 0)}))
    await asked.wait()
    app._stopped.set()
    async with asyncio.timeout(60):
        await assigning


def test_without_brokers_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="run `vedette up`, or set VEDETTE_KAFKA__BOOTSTRAP_SERVERS"):
        create_worker("store", Settings(home=tmp_path, kafka=KafkaSettings()))


def test_a_worker_that_faust_gives_up_ends_by_a_fault_and_not_as_one_that_is_set_up_wrongly(tmp_path: Path) -> None:
    program = f"""
import asyncio
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from infra.settings.servers import KafkaSettings
from infra.settings.settings import Settings
from processors.streams import worker

# As when Kafka goes away between that wait and Faust's own first call.
worker._wait_for_brokers = lambda _settings: None
settings = Settings(home=Path({str(tmp_path)!r}), kafka=KafkaSettings(bootstrap_servers="127.0.0.1:1"))
worker.run_worker(worker.create_worker("store", settings), settings)
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == EXIT_CODE_OF_A_BUG
    assert "Faust gave up" in ended.stdout + ended.stderr

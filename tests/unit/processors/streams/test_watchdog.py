"""A worker that no longer gets on is noticed from outside its event loop; one that waits for a store is left alone."""

import subprocess
import sys
from collections.abc import Collection, Mapping

import pytest
from confluent_kafka import KafkaError, KafkaException

from infra.telemetry.metrics import outages
from processors.streams.watchdog import Place, Pulse, Watchdog

PLACE = ("image-references", 0)
STALL_S = 120.0


class FakeBacklog:
    """A group that has committed up to ``offset`` of a partition that holds 10 messages."""

    def __init__(self) -> None:
        self.offset = 3
        self.only_marks = False
        self.down = False

    def behind(self, partitions: Collection[Place]) -> dict[Place, int]:
        if self.down:
            raise KafkaException(KafkaError(KafkaError._TRANSPORT))
        return {place: self.offset for place in partitions if self.offset < 10}

    def hold_a_message(self, behind: Mapping[Place, int]) -> bool:
        return not self.only_marks


class World:
    def __init__(self) -> None:
        self.backlog = FakeBacklog()
        self.now = 1000.0
        self.pulse = Pulse(partitions=[PLACE], clock=lambda: self.now)
        self.watchdog = Watchdog(self.pulse, self.backlog, STALL_S, end=pytest.fail)  # type: ignore[arg-type]

    def later(self) -> str | None:
        """Return what the watchdog says after more than the time that it allows."""
        self.watchdog.check()
        self.now += STALL_S * 1.2
        return self.watchdog.check()


@pytest.fixture
def world() -> World:
    return World()


def test_messages_that_wait_while_none_is_acknowledged_are_a_stall(world: World) -> None:
    assert world.later() == "messages wait, and none was acknowledged or answered for 120 s"


def test_a_worker_that_gets_on_is_left_alone_however_much_waits(world: World) -> None:
    for offset in range(10):
        world.backlog.offset = offset
        assert world.watchdog.check() is None
        world.now += STALL_S / 3


def test_a_batch_that_takes_long_is_left_alone_as_long_as_its_outcomes_come(world: World) -> None:
    for _ in range(10):
        world.pulse.move()
        assert world.watchdog.check() is None
        world.now += STALL_S / 2
    assert world.later() == "messages wait, and none was acknowledged or answered for 120 s"


def test_a_worker_with_nothing_to_do_is_left_alone(world: World) -> None:
    world.backlog.offset = 10
    assert world.later() is None


def test_what_waits_for_a_store_is_no_stall_and_has_its_time_anew_afterwards(world: World) -> None:
    outages.begin("connect to Cassandra")
    try:
        assert world.later() is None
    finally:
        outages.over("connect to Cassandra")
    assert world.watchdog.check() is None


def test_a_broker_that_does_not_answer_is_no_stall(world: World) -> None:
    world.backlog.down = True
    assert world.later() is None


def test_marks_of_transactions_are_no_messages(world: World) -> None:
    world.backlog.only_marks = True
    assert world.later() is None


def test_a_worker_without_partitions_has_nothing_to_get_on_with(world: World) -> None:
    world.pulse.partitions = ()
    assert world.later() is None


async def test_an_event_loop_that_stands_still_is_noticed_even_during_an_outage(world: World) -> None:
    world.backlog.offset = 10
    world.pulse.beat()
    outages.begin("connect to Cassandra")
    try:
        assert world.watchdog.check() is None
        world.now += STALL_S * 1.2
        assert world.watchdog.check() == "the event loop has not moved for 120 s"
    finally:
        outages.over("connect to Cassandra")


def test_the_process_ends_with_a_dump_of_what_it_did() -> None:
    program = """
import asyncio, os, time
from processors.streams.watchdog import Pulse, Watchdog

async def wait_in_vain():
    await asyncio.Event().wait()

async def main():
    pulse = Pulse()
    stuck = asyncio.create_task(wait_in_vain())
    await asyncio.sleep(0)
    pulse.beat()
    Watchdog(pulse, None, 0.2, lambda why: os._exit(70)).start()
    time.sleep(3600)

asyncio.run(main())
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 70
    assert "in wait_in_vain" in ended.stderr
    assert "in main" in ended.stderr

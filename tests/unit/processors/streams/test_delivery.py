"""The delivery rule, held against a stream that remembers its commits."""

import asyncio
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from prometheus_client import Counter

from infra.errors import TransientError
from infra.kafka.batches.unread import Unread
from infra.kafka.topic_messages import TopicMessage
from infra.telemetry.metrics import ACKNOWLEDGED, TAKEN, UNREAD
from processors.streams.delivery import Batching, Message, consume_batches, of_topic
from processors.streams.endings import EXIT_CODE_OF_A_BUG
from schemas.dead_letters import Reason
from tests.fakes.streams import FakeStream, polled

pytestmark = pytest.mark.virtual_time

ONE_AT_A_TIME = Batching(size=10, wait_s=0.01)
TWO_AT_ONCE = Batching(size=10, wait_s=0.01, in_flight=2)


async def offsets_of(messages: Sequence[Message]) -> list[int]:
    return [message.origin.offset for message in messages]


async def until(condition: "asyncio.Event") -> None:
    await asyncio.wait_for(condition.wait(), timeout=5)


async def test_nothing_is_committed_before_its_outcome_is_durable() -> None:
    stream, publishing, durable = FakeStream([polled(1, 2)]), asyncio.Event(), asyncio.Event()

    async def publish(_outcome: list[int]) -> None:
        publishing.set()
        await durable.wait()

    consumer = asyncio.create_task(consume_batches(stream, ONE_AT_A_TIME, offsets_of, publish))
    await until(publishing)
    assert stream.committed == []
    durable.set()
    await settle(lambda: stream.committed == [1, 2])
    consumer.cancel()


async def test_a_fast_batch_waits_for_the_slow_one_before_it() -> None:
    stream, slow, order = FakeStream([polled(1), polled(2)]), asyncio.Event(), []

    async def handle(messages: Sequence[Message]) -> int:
        if messages[0].origin.offset == 1:
            await slow.wait()
        order.append(messages[0].origin.offset)
        return messages[0].origin.offset

    async def publish(_outcome: int) -> None:
        return None

    consumer = asyncio.create_task(consume_batches(stream, TWO_AT_ONCE, handle, publish))
    await settle(lambda: order == [2])
    assert stream.committed == []
    slow.set()
    await settle(lambda: stream.committed == [1, 2])
    consumer.cancel()


async def test_no_more_batches_run_than_may_be_in_flight() -> None:
    stream, gate, running, most = FakeStream([polled(n) for n in range(6)]), asyncio.Event(), [0], [0]

    async def handle(messages: Sequence[Message]) -> None:
        running[0] += 1
        most[0] = max(most[0], running[0])
        await gate.wait()

    async def publish(_outcome: None) -> None:
        running[0] -= 1

    consumer = asyncio.create_task(consume_batches(stream, TWO_AT_ONCE, handle, publish))
    await settle(lambda: running[0] == 2)
    await asyncio.sleep(0.05)
    gate.set()
    await settle(lambda: stream.committed == [0, 1, 2, 3, 4, 5])
    assert most[0] == 2
    consumer.cancel()


async def test_a_transient_error_is_retried_and_nothing_is_committed_meanwhile() -> None:
    stream, failures, seen = FakeStream([polled(7)]), [2], []

    async def publish(outcome: list[int]) -> None:
        seen.append((list(outcome), list(stream.committed)))
        if failures[0]:
            failures[0] -= 1
            raise TransientError("store is down")

    consumer = asyncio.create_task(consume_batches(stream, ONE_AT_A_TIME, offsets_of, publish))
    await settle(lambda: stream.committed == [7])
    assert seen == [([7], [])] * 3
    consumer.cancel()


@pytest.mark.parametrize("place", ["handle", "publish"])
def test_a_bug_ends_the_process_with_nothing_committed(place: str) -> None:
    program = f"""
import asyncio
from processors.streams.delivery import Batching, consume_batches
from tests.fakes.streams import FakeStream, polled

class Reporting(FakeStream):
    async def commit(self, polled):
        print("COMMIT-GIVEN", polled, flush=True)

async def handle(messages):
    if {place!r} == "handle":
        raise KeyError("a bug")

async def publish(outcome):
    raise KeyError("a bug")

asyncio.run(consume_batches(Reporting([polled(1), polled(2)]), Batching(10, 0.01), handle, publish))
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == EXIT_CODE_OF_A_BUG, ended.stderr
    assert "COMMIT-GIVEN" not in ended.stdout
    assert "a bug" in ended.stdout + ended.stderr


def test_a_lone_message_is_followed_by_no_pause_and_a_crowd_by_the_whole_one() -> None:
    batching = Batching(size=500, wait_s=0.02, pause_s=0.25, crowd=32)
    assert batching.pause_after(1) == 0
    assert batching.pause_after(33) == batching.pause_after(500) == 0.25


async def settle(condition: Callable[[], bool]) -> None:
    """Wait, for 5 seconds at most, until ``condition()`` holds."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - the condition is any state, not one event
            await asyncio.sleep(0.005)


async def test_a_batch_is_not_begun_before_the_one_before_it_is_durable_where_no_more_is_asked_for() -> None:
    stream, durable, begun = FakeStream([polled(1), polled(2)]), asyncio.Event(), []

    async def handle(messages: Sequence[Message]) -> None:
        begun.append(messages[0].origin.offset)

    async def publish(_outcome: None) -> None:
        await durable.wait()

    consumer = asyncio.create_task(consume_batches(stream, ONE_AT_A_TIME, handle, publish))
    await asyncio.sleep(60)
    assert begun == [1]
    durable.set()
    await settle(lambda: stream.committed == [1, 2])
    assert begun == [1, 2]
    consumer.cancel()


async def test_batches_that_wait_to_be_durable_let_others_begin_up_to_their_bound_and_are_committed_in_order() -> None:
    stream, begun, finished = FakeStream([polled(n) for n in range(6)]), [], {n: asyncio.Event() for n in range(6)}

    async def handle(messages: Sequence[Message]) -> int:
        begun.append(messages[0].origin.offset)
        return messages[0].origin.offset

    async def publish(number: int) -> None:
        await finished[number].wait()

    batching = Batching(size=10, wait_s=0.01, in_flight=1, waiting=3)
    consumer = asyncio.create_task(consume_batches(stream, batching, handle, publish))
    await asyncio.sleep(60)
    assert begun == [0, 1, 2, 3]
    finished[1].set()
    await asyncio.sleep(60)
    assert (begun, stream.committed) == ([0, 1, 2, 3], [])
    finished[0].set()
    await settle(lambda: stream.committed == [0, 1])
    await settle(lambda: begun == [0, 1, 2, 3, 4, 5])
    consumer.cancel()


async def test_a_consumer_that_is_stopped_stops_every_batch_that_is_under_way_and_commits_none() -> None:
    stream, stopped = FakeStream([polled(1), polled(2), polled(3)]), []

    async def handle(messages: Sequence[Message]) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            stopped.append(messages[0].origin.offset)

    batching = Batching(size=10, wait_s=0.01, in_flight=3)
    consumer = asyncio.create_task(consume_batches(stream, batching, handle, handle))  # type: ignore[arg-type]
    await asyncio.sleep(60)
    consumer.cancel()
    await asyncio.gather(consumer, return_exceptions=True)
    await asyncio.sleep(1)
    assert sorted(stopped) == [1, 2, 3]
    assert stream.committed == []


async def test_what_is_taken_and_what_is_acknowledged_is_counted_by_topic() -> None:
    stream, durable = FakeStream([polled(1, 2, 3)]), asyncio.Event()
    taken, acknowledged = counted(TAKEN), counted(ACKNOWLEDGED)

    async def publish(_outcome: list[int]) -> None:
        await durable.wait()

    consumer = asyncio.create_task(consume_batches(stream, ONE_AT_A_TIME, offsets_of, publish))
    await asyncio.sleep(60)
    assert (counted(TAKEN) - taken, counted(ACKNOWLEDGED) - acknowledged) == (3, 0)
    durable.set()
    await settle(lambda: stream.committed == [1, 2, 3])
    await asyncio.sleep(1)
    assert counted(ACKNOWLEDGED) - acknowledged == 3
    consumer.cancel()


def counted(counter: Counter) -> float:
    return float(counter.labels("image-references")._value.get())


def test_the_pause_grows_with_the_batch_up_to_the_whole_one() -> None:
    batching = Batching(size=500, wait_s=0.02, pause_s=1.0, crowd=4)
    assert [batching.pause_after(taken) for taken in (1, 2, 3, 4, 5, 6)] == [0, 0.25, 0.5, 0.75, 1, 1]
    assert Batching(size=500, wait_s=0.02).pause_after(500) == 0
    assert Batching(size=500, wait_s=0.02, pause_s=1.0).pause_after(17) == 0.5


def test_the_exit_code_of_a_bug_is_what_supervisors_are_told_it_is() -> None:
    assert EXIT_CODE_OF_A_BUG == 70


async def test_each_message_is_read_once_in_its_order_and_handled_as_it_was_read() -> None:
    stream, seen = FakeStream([polled(1, 2), polled(3)]), []

    def read(found: TopicMessage) -> Message:
        seen.append(found.origin.offset)
        return replace(of_topic(found), attempt=found.origin.offset)

    async def attempts_of(messages: Sequence[Message]) -> list[int]:
        return [message.attempt for message in messages]

    handled: list[int] = []

    async def publish(attempts: list[int]) -> None:
        handled.extend(attempts)

    consumer = asyncio.create_task(consume_batches(stream, TWO_AT_ONCE, attempts_of, publish, read))
    await settle(lambda: stream.committed == [1, 2, 3])
    assert seen == handled == [1, 2, 3]
    consumer.cancel()


async def test_what_could_not_be_read_is_handed_on_counted_and_logged(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    counted = UNREAD.labels("image-references", Reason.MESSAGE_TOO_LARGE.value)
    before = counted._value.get()
    unread = Unread(Reason.MESSAGE_TOO_LARGE, "it unpacks to 3 MB", 7, 9)
    [whole, cut] = polled(6, 7)
    stream = FakeStream([[whole, replace(cut, message=replace(cut.message, unread=unread))]])
    handled: list[Message] = []

    async def handle(messages: Sequence[Message]) -> None:
        handled.extend(messages)

    async def publish(_outcome: None) -> None:
        return None

    consumer = asyncio.create_task(consume_batches(stream, ONE_AT_A_TIME, handle, publish))
    await settle(lambda: stream.committed == [6, 7])
    consumer.cancel()
    assert [(message.unread, message.attempt) for message in handled] == [(None, 0), (unread, 0)]
    assert counted._value.get() == before + 1
    told = capsys.readouterr().out + caplog.text
    assert "messages_not_read" in told
    assert "it unpacks to 3 MB" in told

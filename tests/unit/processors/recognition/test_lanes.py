"""Urgent work overtakes a backlog, and the backlog still goes on."""

import asyncio
import threading

import pytest

from infra.lanes import Lane
from processors.recognition import lanes
from processors.recognition.lanes import LanePool
from tests.event_loop import turns_of_the_loop


class Held:
    """Work that takes its thread, says so, and gives it back when it is let."""

    def __init__(self) -> None:
        self._begun, self._let = threading.Event(), threading.Event()

    def __call__(self) -> bool:
        self._begun.set()
        return self._let.wait()

    async def begun(self) -> None:
        await asyncio.to_thread(self._begun.wait)

    def let_go(self) -> None:
        self._let.set()


async def finished_in_order(pool: LanePool, waiting_lanes: list[Lane]) -> list[Lane]:
    """Let one task of each lane wait for a thread, and return the lanes in the order in which they had it."""
    order: list[Lane] = []
    held = Held()
    blocked = asyncio.create_task(pool.run(Lane.URGENT, held))
    await held.begun()
    waiting = [asyncio.create_task(pool.run(lane, order.append, lane)) for lane in waiting_lanes]
    await turns_of_the_loop()
    held.let_go()
    await asyncio.gather(blocked, *waiting)
    return order


async def test_urgent_work_overtakes_what_waits() -> None:
    pool = LanePool(1, "test", share=0.1)
    order = await finished_in_order(pool, [Lane.BATCH] * 5 + [Lane.RETRY] + [Lane.URGENT] * 5)
    assert order == [Lane.URGENT] * 5 + [Lane.BATCH] * 5 + [Lane.RETRY]
    pool.close()


async def test_a_backlog_keeps_its_share_while_urgent_work_never_ends() -> None:
    pool = LanePool(1, "test", share=0.25)
    order = await finished_in_order(pool, [Lane.BATCH] * 10 + [Lane.URGENT] * 30)
    assert order[:40].count(Lane.BATCH) == 10
    assert [order[start : start + 4].count(Lane.BATCH) for start in range(0, 40, 4)] == [1] * 10
    pool.close()


async def test_what_is_nearly_finished_goes_before_what_waits_in_its_lane() -> None:
    pool = LanePool(1, "test", share=0.5)
    order: list[str] = []
    held = Held()
    blocked = asyncio.create_task(pool.run(Lane.URGENT, held))
    await held.begun()
    begun = [asyncio.create_task(pool.run(Lane.URGENT, order.append, "begin")) for _ in range(2)]
    finished = [asyncio.create_task(pool.run(Lane.URGENT, order.append, "finish", ahead=True)) for _ in range(2)]
    await turns_of_the_loop()
    held.let_go()
    await asyncio.gather(blocked, *begun, *finished)
    assert order == ["finish", "finish", "begin", "begin"]
    pool.close()


async def test_answers_come_while_others_wait_still(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = LanePool(1, "test", share=0.5)
    monkeypatch.setattr(lanes, "DELIVERY_S", 0)
    held = Held()
    first = asyncio.create_task(pool.run(Lane.URGENT, lambda: 7))
    second = asyncio.create_task(pool.run(Lane.URGENT, held))
    assert await first == 7
    assert not second.done()
    held.let_go()
    assert await second
    pool.close()


async def test_no_more_run_at_once_than_there_are_threads() -> None:
    pool = LanePool(2, "test", share=0.5)
    lock, both, running, most = threading.Lock(), threading.Barrier(2), 0, 0

    def work() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        both.wait()
        with lock:
            running -= 1

    for _ in range(3):
        await asyncio.gather(*(pool.run(lane, work) for lane in (Lane.URGENT, Lane.BATCH) for _ in range(20)))
    assert most == 2
    pool.close()


async def test_errors_come_back_to_whoever_asked() -> None:
    pool = LanePool(2, "test", share=0.5)
    with pytest.raises(ZeroDivisionError):
        await pool.run(Lane.BATCH, lambda: 1 // 0)
    assert await pool.run(Lane.URGENT, lambda: 7) == 7
    pool.close()


async def test_who_no_longer_waits_costs_no_thread_its_time() -> None:
    pool = LanePool(1, "test", share=0.5)
    held = Held()
    blocked = asyncio.create_task(pool.run(Lane.URGENT, held))
    await held.begun()
    done: list[str] = []
    given_up = asyncio.create_task(pool.run(Lane.URGENT, done.append, "for nobody"))
    await asyncio.sleep(0)
    given_up.cancel()
    await turns_of_the_loop()
    held.let_go()
    await blocked
    assert await pool.run(Lane.URGENT, lambda: 7) == 7
    assert done == []
    pool.close()


async def test_questions_overtake_everything_else_and_leave_it_its_share() -> None:
    pool = LanePool(1, "test", share=0.25)
    order = await finished_in_order(pool, [Lane.BATCH] * 4 + [Lane.URGENT] * 12 + [Lane.QUESTION] * 48)
    assert [order[start : start + 4].count(Lane.QUESTION) for start in range(0, 64, 4)] == [3] * 16
    behind = [lane for lane in order if lane is not Lane.QUESTION]
    assert [behind[start : start + 4].count(Lane.BATCH) for start in range(0, 16, 4)] == [1] * 4
    pool.close()


async def test_a_question_goes_first_where_it_is_the_only_one() -> None:
    pool = LanePool(1, "test", share=0.125)
    order = await finished_in_order(pool, [Lane.BATCH, Lane.URGENT, Lane.RETRY, Lane.QUESTION])
    assert order == [Lane.QUESTION, Lane.URGENT, Lane.BATCH, Lane.RETRY]
    pool.close()

"""A stream's buffer is full of few large events as of many small ones."""

from types import SimpleNamespace
from typing import Any, cast

from faust import Event
from mode.utils.queues import FlowControlEvent

from processors.streams.faust_client.buffer import PLACE_BYTES, WeighedQueue


def event(size: int) -> Any:
    message = SimpleNamespace(key=None, value=bytes(size), headers=())
    return Event(cast(Any, None), None, None, None, cast(Any, message))


async def test_a_large_event_takes_several_places() -> None:
    queue = WeighedQueue(maxsize=10, flow_control=FlowControlEvent())
    for _ in range(3):
        queue.force_put_nowait(event(10))
    assert queue.qsize() == 3
    assert not queue.in_pressure_high_state(lambda: None)
    queue.force_put_nowait(event(9 * PLACE_BYTES))
    assert queue.in_pressure_high_state(print)
    for _ in range(4):
        queue.get_nowait()
    assert queue.empty()
    assert queue.qsize() == 0


async def test_what_is_thrown_away_weighs_nothing() -> None:
    queue = WeighedQueue(maxsize=10, flow_control=FlowControlEvent())
    queue.force_put_nowait(event(9 * PLACE_BYTES))
    queue.clear()
    assert queue.qsize() == 0

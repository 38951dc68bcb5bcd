"""An event loop whose clock moves only while every task waits for it, so that no test needs a quick machine."""

import asyncio
import selectors
from collections.abc import Callable, Mapping
from typing import Any


class _LeapingSelector(selectors.DefaultSelector):
    """Where nothing is ready, leaps to the next timer instead of sleeping until then."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.threads_at_work = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        if timeout is None or self.threads_at_work:
            return super().select(None)
        self.now += timeout
        return []


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Runs tasks as ever, on a clock that begins at 0 and stands still while any task or thread has work to do.

    A wait of an hour takes no time, and one of a millisecond is not over before everything else has come to rest,
    however slow the machine is. For what uses no sockets: time does not wait for these.
    """

    def __init__(self) -> None:
        self._leaping = _LeapingSelector()
        super().__init__(self._leaping)

    def time(self) -> float:
        return self._leaping.now

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> "asyncio.Future[Any]":
        working = super().run_in_executor(executor, func, *args)
        self._leaping.threads_at_work += 1
        working.add_done_callback(self._came_back)
        return working

    def _came_back(self, _working: object) -> None:
        self._leaping.threads_at_work -= 1


def loop_factories(virtual: bool) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Return how the event loop of a test is made, under the name that pytest-asyncio shows where there are several."""
    return {"virtual": VirtualTimeLoop} if virtual else {"real": asyncio.new_event_loop}


def now() -> float:
    """Return the seconds that have passed on the running loop's clock."""
    return asyncio.get_running_loop().time()

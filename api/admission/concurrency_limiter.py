"""A bound on what is done at once: so many at work, so many waiting, and nobody waiting for long."""

import asyncio
from collections import deque


class Crowded(Exception):
    """There is no room, or there was none in time; nothing was begun."""


class ConcurrencyLimiter:
    """Lets ``at_work`` callers in at once; ``waiting`` more wait in turn, each ``wait_s`` at most.

    A short queue evens out bursts. A long one would only make everybody late: those who waited would find that their
    callers had given up. Use from one event loop.
    """

    def __init__(self, at_work: int, waiting: int, wait_s: float) -> None:
        self._at_work = at_work
        self._waiting = waiting
        self._wait_s = wait_s
        self._inside = 0
        self._queue: deque[asyncio.Future[bool]] = deque()

    @property
    def is_full(self) -> bool:
        """Whether the next caller would be refused at once."""
        return self._inside >= self._at_work and len(self._queue) >= self._waiting

    async def enter(self) -> None:
        """Return once there is room; raises ``Crowded``. Whoever has entered must ``leave``."""
        if self._inside < self._at_work:
            self._inside += 1
            return
        if self.is_full:
            raise Crowded
        await self._wait()

    def leave(self) -> None:
        """Make room for the next."""
        if self._queue:
            self._queue.popleft().set_result(True)
        else:
            self._inside -= 1

    async def _wait(self) -> None:
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[bool] = loop.create_future()
        self._queue.append(turn)
        timer = loop.call_later(self._wait_s, self._give_up, turn)
        try:
            has_turn = await turn
        except asyncio.CancelledError:
            self._withdraw(turn)
            raise
        finally:
            timer.cancel()
        if not has_turn:
            raise Crowded

    def _give_up(self, turn: "asyncio.Future[bool]") -> None:
        if turn in self._queue:
            self._queue.remove(turn)
            turn.set_result(False)

    def _withdraw(self, turn: "asyncio.Future[bool]") -> None:
        """Take a caller out who went away, and pass its turn on where it had come already."""
        if turn in self._queue:
            self._queue.remove(turn)
        elif not turn.cancelled() and turn.result():
            self.leave()

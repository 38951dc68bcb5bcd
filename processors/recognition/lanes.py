"""Threads that several lanes share: the urgent lane goes first, and the others keep a small share."""

import asyncio
import heapq
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeVar

from infra.lanes import Lane

Answer = TypeVar("Answer")

# The others share the last place.
PLACES = {Lane.QUESTION: 0, Lane.URGENT: 1}
# To wake the event loop costs about as much as a small task. What is done within this time comes back together.
DELIVERY_S = 0.005


class LanePool:
    """A bounded pool of threads; questions overtake everything else, and urgent work what waits in the other lanes.

    While work waits behind that which goes first, one task in ``1 / share`` is of a later lane: a backlog slows down
    then, and goes on. Use from one event loop.
    """

    def __init__(self, threads: int, name: str, *, share: float) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._threads = threads
        self._busy = 0
        # By what goes first.
        self._queues: list[list[_Task]] = [[], [], []]
        self._numbers = count()
        self._turns = round(1 / share)
        self._turn = [0 for _ in self._queues]
        self._lock = threading.Lock()

    async def run(self, lane: Lane, function: Callable[..., Answer], *arguments: Any, ahead: bool = False) -> Answer:
        """Return what ``function(*arguments)`` does in one of the threads.

        ``ahead`` puts it before what waits in its lane: what is nearly finished is finished before more is begun.
        """
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        queue = self._queues[PLACES.get(lane, len(self._queues) - 1)]
        with self._lock:
            heapq.heappush(queue, _Task((not ahead, next(self._numbers)), future, function, arguments))
            is_thread_free = self._busy < self._threads
            self._busy += is_thread_free
        if is_thread_free:
            self._executor.submit(self._work)
        return await future

    def close(self) -> None:
        """Stop the threads once their work is done."""
        self._executor.shutdown()

    def _work(self) -> None:
        """Do what waits until nothing does."""
        done: list[_Done] = []
        deliver_at = time.monotonic() + DELIVERY_S
        while (task := self._take()) is not None:
            if not task.future.cancelled():
                done.append(task.run())
            if (now := time.monotonic()) >= deliver_at:
                _deliver(done)
                done, deliver_at = [], now + DELIVERY_S
        _deliver(done)

    def _take(self) -> "_Task | None":
        with self._lock:
            if any(self._queues):
                return heapq.heappop(self._next_queue())
            self._busy -= 1
            return None

    def _next_queue(self) -> "list[_Task]":
        """Return the queue whose turn it is; what waits behind a queue has a turn as often as its share allows."""
        waiting = [place for place, queue in enumerate(self._queues) if queue]
        for place in waiting[:-1]:
            self._turn[place] = (self._turn[place] + 1) % self._turns
            if self._turn[place]:
                return self._queues[place]
        return self._queues[waiting[-1]]


@dataclass(frozen=True, slots=True, order=True)
class _Task:
    """One call that waits for a thread; the smallest ``place`` is next."""

    place: tuple[bool, int]
    future: "asyncio.Future[Any]" = field(compare=False)
    function: Callable[..., Any] = field(compare=False)
    arguments: tuple[Any, ...] = field(compare=False)

    def run(self) -> "_Done":
        try:
            return _Done(self.future, self.function(*self.arguments))
        except BaseException as error:
            return _Done(self.future, error=error)


@dataclass(frozen=True, slots=True)
class _Done:
    """What a call gave."""

    future: "asyncio.Future[Any]"
    answer: Any = None
    error: BaseException | None = None

    def settle(self) -> None:
        """Tell whoever waits, if anybody still does."""
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(self.answer)
        else:
            self.future.set_exception(self.error)


def _deliver(done: Sequence[_Done]) -> None:
    """Hand answers over to the event loop, all at once."""
    if done:
        done[0].future.get_loop().call_soon_threadsafe(_settle, done)


def _settle(done: Sequence[_Done]) -> None:
    for one in done:
        one.settle()

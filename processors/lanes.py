"""Threads that several lanes share: the urgent lane goes first, and the others keep a small share."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from infra.lanes import Lane

Answer = TypeVar("Answer")
Task = Callable[[], None]


class LanePool:
    """A bounded pool of threads; work of the urgent lane overtakes what waits in the others.

    While both have work waiting, one task in ``1 / share`` is of another lane: a backlog slows down then, and goes on.
    """

    def __init__(self, threads: int, name: str, *, share: float) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._urgent: deque[Task] = deque()
        self._others: deque[Task] = deque()
        self._turns = round(1 / share)
        self._turn = 0
        self._lock = threading.Lock()

    async def run(self, lane: Lane, function: Callable[..., Answer], *arguments: Any) -> Answer:
        """Return what ``function(*arguments)`` does in one of the threads."""
        future: Future[Answer] = Future()

        def task() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(function(*arguments))
            except BaseException as error:
                future.set_exception(error)

        (self._urgent if lane is Lane.URGENT else self._others).append(task)
        # As many calls as tasks; which task a call runs is decided when a thread is free for it.
        self._executor.submit(self._run_next)
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Stop the threads once their work is done."""
        self._executor.shutdown()

    def _run_next(self) -> None:
        with self._lock:
            task = self._next()
        task()

    def _next(self) -> Task:
        if not (self._urgent and self._others):
            return (self._urgent or self._others).popleft()
        self._turn = (self._turn + 1) % self._turns
        return (self._urgent if self._turn else self._others).popleft()

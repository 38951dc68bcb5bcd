"""Request coalescing: what many requests read at the same time is read once, and what they write goes together."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Generic, TypeVar

from cachetools import TLRUCache

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
Item = TypeVar("Item")

REMEMBERED_S = 2.0
MOST_REMEMBERED = 50_000


class SingleFlightCache(Generic[Key, Value]):
    """Answers to questions, each asked at most once in ``seconds`` (``REMEMBERED_S``) however many want to know."""

    def __init__(self, ask: Callable[[Key], Awaitable[Value]], seconds: float | None = None) -> None:
        self._ask = ask
        self._given_s = seconds
        self._answers: TLRUCache[Key, asyncio.Future[Value]] = TLRUCache(MOST_REMEMBERED, self._until, timer=_now)

    async def get(self, key: Key) -> Value:
        """Return the answer about ``key``, which is ``seconds`` old at most; an error is not remembered."""
        answer = self._answers.get(key)
        if answer is None or _has_failed(answer):
            answer = self._answers[key] = asyncio.ensure_future(self._ask(key))
        # Whoever goes away must not take the answer from the others.
        return await asyncio.shield(answer)

    def forget(self, key: Key) -> None:
        """Ask about ``key`` anew; an answer that is under way now is for those alone who wait for it already."""
        self._answers.pop(key, None)

    def _until(self, _key: Key, _answer: "asyncio.Future[Value]", now: float) -> float:
        return now + (REMEMBERED_S if self._given_s is None else self._given_s)


def _now() -> float:
    return asyncio.get_running_loop().time()


def _has_failed(answer: "asyncio.Future[Value]") -> bool:
    return answer.done() and (answer.cancelled() or answer.exception() is not None)


class WriteBatcher(Generic[Item]):
    """Calls of one action, for which what comes in while one call is under way goes into the next.

    A lone call goes at once. Where many come, each shares a request with its neighbours, and their errors with them.
    """

    def __init__(self, act: Callable[[Sequence[Item]], Awaitable[None]]) -> None:
        self._act = act
        self._waiting: list[tuple[Sequence[Item], asyncio.Future[None]]] = []
        self._acting: asyncio.Task[None] | None = None

    async def add(self, items: Sequence[Item]) -> None:
        """Return once the action was done for ``items``; raises what it raised."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((items, done))
        if self._acting is None:
            self._acting = asyncio.create_task(self._run())
        await done

    async def _run(self) -> None:
        try:
            while self._waiting:
                calls, self._waiting = self._waiting, []
                await self._act_for(calls)
        finally:
            self._acting = None

    async def _act_for(self, calls: Sequence[tuple[Sequence[Item], "asyncio.Future[None]"]]) -> None:
        error: Exception | None = None
        try:
            await self._act([item for items, _ in calls for item in items])
        except Exception as raised:  # passed on to all who wait for it
            error = raised
        for _, done in calls:
            if done.done():
                continue
            if error is None:
                done.set_result(None)
            else:
                done.set_exception(error)

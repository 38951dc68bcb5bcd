"""Waiting out what will pass: retries in place, with jittered backoff, for as long as it takes."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from infra.errors import NotSetUp, TransientError
from infra.telemetry.metrics import outages

FIRST_WAIT_S = 0.1
LONGEST_WAIT_S = 15.0

Answer = TypeVar("Answer")

log = structlog.get_logger(__name__)


class CircuitBreaker:
    """Calls to one outside system: while it is down they wait, and one at a time finds out whether it is back.

    ``stamina`` retries one call; here all calls share one wait, one probe and one report. There is no last attempt:
    callers hold unacknowledged messages, and giving up would lose or repeat them. ``doing`` names the calls in logs,
    metrics and health. Use from one event loop.
    """

    def __init__(
        self,
        doing: str,
        waits_out: type[TransientError] = TransientError,
        gives_up_on: tuple[type[TransientError], ...] = (),
    ) -> None:
        """``waits_out`` says that the system is down; every other error passes through, and so does ``gives_up_on``."""
        self._doing = doing
        self._waits_out = waits_out
        self._gives_up_on = gives_up_on
        self._failures = 0
        self._down_since = 0.0
        self._probe = asyncio.Lock()

    @property
    def is_open(self) -> bool:
        """Whether the system is down, as far as is known."""
        return self._failures > 0

    async def run(self, operation: Callable[[], Awaitable[Answer]]) -> Answer:
        """Await ``operation()`` until it no longer says that the system is down."""
        while True:
            try:
                if not self.is_open:
                    return await self._attempt(operation)
                async with self._probe:
                    if self.is_open:
                        await asyncio.sleep(wait_s(self._failures))
                        return await self._attempt(operation)
            except self._gives_up_on:
                raise
            except self._waits_out as error:
                self._failed(error)

    async def _attempt(self, operation: Callable[[], Awaitable[Answer]]) -> Answer:
        answer = await operation()
        self.answered()
        return answer

    def answered(self) -> None:
        """Take note that the system answers."""
        if self.is_open:
            down_s = round(time.monotonic() - self._down_since, 1)
            log.info("recovered", doing=self._doing, attempts=self._failures, down_s=down_s)
            self._failures = 0
            outages.over(self._doing)

    def abandon(self) -> None:
        """Wait no more: the caller was cancelled, or ended by another error."""
        if self.is_open:
            self._failures = 0
            outages.over(self._doing)

    def _failed(self, error: Exception) -> None:
        if not self.is_open:
            self._down_since = time.monotonic()
            outages.begin(self._doing)
        self._failures += 1
        report = log.warning if self._failures == 1 else log.debug
        report("retrying", doing=self._doing, attempt=self._failures, reason=str(error))


async def retry_outage(operation: Callable[[], Awaitable[Answer]], *, doing: str) -> Answer:
    """Do the same for a command that somebody waits for: what is not set up is told at once, with what to do."""
    breaker = CircuitBreaker(doing, gives_up_on=(NotSetUp,))
    try:
        return await breaker.run(operation)
    finally:
        breaker.abandon()


async def retry_transient(operation: Callable[[], Awaitable[Answer]], *, doing: str) -> Answer:
    """Await ``operation()`` until it no longer raises ``TransientError``; every other error passes through.

    ``doing`` names the operation in the log, once at the first failure and once when it works again.
    """
    breaker = CircuitBreaker(doing)
    try:
        return await breaker.run(operation)
    finally:
        breaker.abandon()


def wait_s(attempt: int) -> float:
    """Return the wait after the given attempt (1, 2, …): doubling up to a bound, half of it random."""
    longest: float = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(attempt - 1, 30))
    return longest * random.uniform(0.5, 1)  # noqa: S311 - jitter against synchronised retries, nothing secret

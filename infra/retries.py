"""Waiting out what will pass: retries in place, with jittered backoff, for as long as it takes."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from infra.errors import TransientError

FIRST_WAIT_S = 0.1
LONGEST_WAIT_S = 15.0

Answer = TypeVar("Answer")

log = structlog.get_logger(__name__)


async def retry_transient(operation: Callable[[], Awaitable[Answer]], *, doing: str) -> Answer:
    """Await ``operation()`` until it no longer raises ``TransientError``; every other error passes through.

    There is no last attempt: the caller holds unacknowledged messages, and giving up would lose or repeat them.
    ``doing`` names the operation in the log, once at the first failure and once when it works again.
    """
    attempt = 0
    while True:
        try:
            answer = await operation()
        except TransientError as error:
            attempt += 1
            report = log.warning if attempt == 1 else log.debug
            report("retrying", doing=doing, attempt=attempt, reason=str(error))
            await asyncio.sleep(wait_s(attempt))
        else:
            if attempt:
                log.info("recovered", doing=doing, attempts=attempt)
            return answer


def wait_s(attempt: int) -> float:
    """Return the wait after the given attempt (1, 2, …): doubling up to a bound, half of it random."""
    longest: float = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(attempt - 1, 30))
    return longest * random.uniform(0.5, 1)  # noqa: S311 - jitter against synchronised retries, nothing secret

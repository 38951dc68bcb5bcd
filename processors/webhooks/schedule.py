"""When a delivery that failed is tried again."""

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

JITTER = 0.2


class RetrySchedule:
    """Fixed waits, each a fifth shorter or longer at random, so that endpoints are not asked for all at once.

    The first wait follows the first attempt. An endpoint that asks to be left alone for longer is.
    """

    def __init__(self, delays_s: Sequence[float], uniform: Callable[[float, float], float] = random.uniform) -> None:
        self._delays_s = tuple(delays_s)
        self._uniform = uniform

    @property
    def tries(self) -> int:
        """How many attempts a delivery has."""
        return len(self._delays_s) + 1

    def next_at(self, tries: int, now: datetime, retry_after_s: float | None = None) -> datetime | None:
        """Return when to try again after ``tries`` attempts, in whole milliseconds; None: not at all."""
        if tries > len(self._delays_s):
            return None
        wait_s = self._delays_s[tries - 1] * self._uniform(1 - JITTER, 1 + JITTER)
        return whole_ms(now + timedelta(seconds=max(wait_s, retry_after_s or 0.0)))


def whole_ms(moment: datetime) -> datetime:
    """Return the moment as Cassandra keeps it."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

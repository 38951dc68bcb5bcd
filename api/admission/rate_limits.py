"""How many requests each caller may send: a token bucket for every account and every program, in this process."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cachetools import LRUCache

from api.http.errors import Overloaded
from infra.settings.api import ApiSettings

POLICY = "requests"
MOST_REMEMBERED = 10_000
TOO_OFTEN = "This account's log-ins, or this API key, send more requests than one caller may: slow down."


@dataclass
class _Bucket:
    tokens: float
    at: float


@dataclass(frozen=True)
class Standing:
    """What is left to a caller of one policy, as draft-ietf-httpapi-ratelimit-headers-11 has it in two headers."""

    policy: str
    quota: int
    window_s: int
    remaining: int
    reset_s: int
    unit: str | None = None


def headers_of(standings: Sequence[Standing]) -> dict[str, str]:
    """Return ``RateLimit-Policy`` and ``RateLimit``, each a list of all policies."""
    policies = (f'"{each.policy}";q={each.quota}{_unit(each)};w={each.window_s}' for each in standings)
    left = (f'"{each.policy}";r={each.remaining};t={each.reset_s}' for each in standings)
    return {"RateLimit-Policy": ", ".join(policies), "RateLimit": ", ".join(left)}


def _unit(standing: Standing) -> str:
    return "" if standing.unit is None else f';qu="{standing.unit}"'


class RateLimits:
    """Lets each caller send ``requests_per_s``, and as many as ``request_burst`` at once after a pause.

    All log-ins of an account share one bucket; every API key, and every OAuth client for each person, has its own, so
    that a noisy program takes nothing from others, its owner included. Memory is bounded: of those idle for longest
    it is forgotten what they had left, which is all of it but where more callers than are remembered are busy at once.
    """

    def __init__(self, settings: ApiSettings, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_s = settings.requests_per_s
        self._burst = settings.request_burst
        self._clock = clock
        self._buckets: LRUCache[str, _Bucket] = LRUCache(MOST_REMEMBERED)

    def take(self, caller: str) -> tuple[Standing, bool]:
        """Count one request of ``caller``; return what is left, and whether the request may be answered."""
        bucket = self._refilled(caller)
        allowed = bucket.tokens >= 1
        bucket.tokens -= allowed
        missing = self._burst - bucket.tokens if allowed else 1 - bucket.tokens
        return Standing(
            policy=POLICY,
            quota=self._burst,
            window_s=math.ceil(self._burst / self._per_s),
            remaining=int(bucket.tokens),
            reset_s=max(1, math.ceil(missing / self._per_s)),
        ), allowed

    def _refilled(self, subject: str) -> _Bucket:
        now = self._clock()
        bucket = self._buckets.get(subject)
        if bucket is None:
            bucket = self._buckets[subject] = _Bucket(float(self._burst), now)
        bucket.tokens = min(float(self._burst), bucket.tokens + (now - bucket.at) * self._per_s)
        bucket.at = now
        return bucket


def refusal(standing: Standing) -> Overloaded:
    """Return the error for a caller who has none left."""
    return Overloaded("rate", TOO_OFTEN, standing.reset_s)

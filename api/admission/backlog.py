"""Whether recognition keeps up, looked at once a second, so that references are refused before they pile up."""

import asyncio
import math
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import structlog

from api.http.errors import Overloaded
from infra.errors import ConfigurationError, TransientError
from infra.kafka.groups.backlog import Progress
from infra.telemetry.metrics import BACKLOG

LOOK_EVERY_S = 1.0
REMEMBERED_LOOKS = 15
# What was seen longer ago tells nothing. References are let in then: publishing them finds out whether Kafka is up.
VALID_FOR_S = 30.0
SHORTEST_RETRY_S = 1
LONGEST_RETRY_S = 60
DETAIL = "{waiting:,} images wait to be recognised, and at most {limit:,} may: send no more until there is room."

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Seen:
    """What waits on one topic; None where that is not known, or no longer."""

    waiting: int | None
    per_s: float
    limit: int


class TopicBacklog:
    """What waits on one topic: as the brokers told last, and what was let in since."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._seen: deque[tuple[float, Progress]] = deque(maxlen=REMEMBERED_LOOKS)
        self._reserved = 0

    def saw(self, progress: Progress, now: float) -> None:
        self._seen.append((now, progress))
        self._reserved = 0

    def reserve(self, count: int, now: float) -> None:
        """Count on ``count`` more; raises ``Overloaded`` where they do not fit."""
        if self._seen and now - self._seen[-1][0] < VALID_FOR_S:
            waiting = self._seen[-1][1].waiting + self._reserved
            if waiting >= self._limit:
                raise self._refusal(waiting)
        self._reserved += count

    def _refusal(self, waiting: int) -> Overloaded:
        detail = DETAIL.format(waiting=waiting, limit=self._limit)
        return Overloaded("backlog", detail, self._retry_after_s(waiting - self._limit + 1))

    def _retry_after_s(self, too_many: int) -> int:
        """Return when so many will have been recognised at the pace of the last looks, not the same for everybody."""
        pace = self.acknowledged_per_s()
        seconds = too_many / pace if pace > 0 else float(LONGEST_RETRY_S)
        spread = math.ceil(seconds * random.uniform(1, 1.5))  # noqa: S311 - callers that come apart, nothing secret
        return min(max(spread, SHORTEST_RETRY_S), LONGEST_RETRY_S)

    def tell(self, now: float) -> Seen:
        """Return what was seen last, if that was not too long ago."""
        if not self._seen or now - self._seen[-1][0] >= VALID_FOR_S:
            return Seen(None, 0.0, self._limit)
        return Seen(self._seen[-1][1].waiting, self.acknowledged_per_s(), self._limit)

    def acknowledged_per_s(self) -> float:
        """Return at which pace recognition gets on."""
        if len(self._seen) < 2:
            return 0.0
        (began_at, first), (ended_at, last) = self._seen[0], self._seen[-1]
        return max(0, last.acknowledged - first.acknowledged) / (ended_at - began_at)


class BacklogWatch:
    """Bounds the references that wait for recognition, by topic.

    The bound is soft: each API process lets in what it thinks fits until its next look.
    """

    def __init__(self, look: Callable[[], Awaitable[Mapping[str, Progress]]], limits: Mapping[str, int]) -> None:
        self._look = look
        self._topics = {topic: TopicBacklog(limit) for topic, limit in limits.items()}
        self._is_known = True

    def reserve(self, topic: str, count: int) -> None:
        """Count on ``count`` more references on ``topic``; raises ``Overloaded`` where too many wait already."""
        self._topics[topic].reserve(count, time.monotonic())

    def tell(self) -> dict[str, Seen]:
        """Return what waits on each topic."""
        return {topic: backlog.tell(time.monotonic()) for topic, backlog in self._topics.items()}

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            await self.look_once()
            await asyncio.sleep(LOOK_EVERY_S)

    async def look_once(self) -> None:
        """Take note of what waits; where that cannot be found out, nothing is bounded by it after a while."""
        try:
            found = await self._look()
        except (TransientError, ConfigurationError) as error:
            if self._is_known:
                log.warning("backlog_unknown", error=str(error))
            self._is_known = False
            return
        self._is_known = True
        for topic, progress in found.items():
            self._topics[topic].saw(progress, time.monotonic())
            BACKLOG.labels(topic).set(progress.waiting)

"""How many images each account and each API key may send on one day of UTC, counted by all API processes together."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import structlog

from api.admission.coalescing import SingleFlightCache
from api.admission.rate_limits import Standing
from api.http.errors import Overloaded
from api.services import SubmittedImages
from infra.errors import TransientError
from infra.settings.api import ApiSettings
from schemas.access.accounts import Principal

log = structlog.get_logger(__name__)

DAY_S = 86_400
TOO_MANY = "This account, or this API key, has sent as many images today as it may: go on tomorrow, or send fewer."


@dataclass(frozen=True)
class _Limit:
    """One thing that is limited: its name for callers, whose it is, and how many images."""

    policy: str
    subject: str
    images: int


class Taken:
    """Images that were counted before it is known what becomes of them."""

    def __init__(self) -> None:
        self.kept = False

    def keep(self) -> None:
        """Let them count whatever follows: the platform has them, and will recognise them."""
        self.kept = True


class Quotas:
    """Counts the images that were accepted, and no others: not those that were refused, that broke off on their way,
    or that the platform could not take at the moment.

    ``images_per_day`` is for an account with all its log-ins and programs, ``images_per_day_key`` for each of its keys
    and for each OAuth client that acts for it. By themselves neither is limited, and nothing is read or written. What
    other processes count is known to two seconds: for so long all of them together may let in a little more.
    """

    def __init__(
        self,
        counts: SubmittedImages,
        settings: ApiSettings,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._counts = counts
        self._account = settings.images_per_day
        self._key = settings.images_per_day_key
        self._now = now
        self._process = uuid4()
        self._own: dict[tuple[str, date], int] = {}
        self._read: SingleFlightCache[tuple[str, date], dict[UUID, int]] = SingleFlightCache(self._ask)

    @asynccontextmanager
    async def take(
        self, caller: Principal, images: int, tell: Callable[[Sequence[Standing]], None]
    ) -> AsyncIterator[Taken]:
        """Count ``images`` of ``caller`` unless the block ends in an error; ``tell`` gets what is left.

        A block that fails after the platform took the images says so by ``Taken.keep``. Raises ``Overloaded`` where
        they are too many, and ``TransientError`` where they cannot be counted.
        """
        day, limits = self._now().date(), self._limits_of(caller)
        others = [await self._others(limit.subject, day) for limit in limits]
        left = [
            limit.images - other - self._own.get((limit.subject, day), 0)
            for limit, other in zip(limits, others, strict=True)
        ]
        if any(images > rest for rest in left):
            tell([self._standing(limit, rest) for limit, rest in zip(limits, left, strict=True)])
            raise Overloaded("quota", TOO_MANY, self._left_s())
        # No await since the counts were looked at: of two requests at once each sees the other.
        self._add(limits, day, images)
        tell([self._standing(limit, rest - images) for limit, rest in zip(limits, left, strict=True)])
        try:
            await self._save(limits, day)
        except TransientError:
            self._add(limits, day, -images)
            raise
        taken = Taken()
        try:
            yield taken
        except BaseException:
            if not taken.kept:
                await self._give_back(limits, day, images)
                tell([self._standing(limit, rest) for limit, rest in zip(limits, left, strict=True)])
            raise

    def _limits_of(self, caller: Principal) -> list[_Limit]:
        limits = []
        if self._account is not None:
            limits.append(_Limit("images", f"account {caller.account_id}", self._account))
        if self._key is not None and caller.program is not None:
            limits.append(_Limit("images-key", caller.program, self._key))
        return limits

    async def _others(self, subject: str, day: date) -> int:
        counts = await self._read.get((subject, day))
        return sum(images for process, images in counts.items() if process != self._process)

    async def _ask(self, key: tuple[str, date]) -> dict[UUID, int]:
        return await self._counts.read(*key)

    async def _give_back(self, limits: Sequence[_Limit], day: date, images: int) -> None:
        self._add(limits, day, -images)
        try:
            await self._save(limits, day)
        except TransientError as error:
            # The next count of the same account writes the right number; the caller is to learn what went wrong first.
            log.warning("quota_not_given_back", error=str(error), images=images)

    def _add(self, limits: Sequence[_Limit], day: date, images: int) -> None:
        # What began before midnight may be given back after it.
        oldest = self._now().date() - timedelta(days=1)
        if any(known < oldest for _, known in self._own):
            self._own = {key: count for key, count in self._own.items() if key[1] >= oldest}
        for limit in limits:
            self._own[limit.subject, day] = self._own.get((limit.subject, day), 0) + images

    async def _save(self, limits: Sequence[_Limit], day: date) -> None:
        for limit in limits:
            await self._counts.save(limit.subject, day, self._process, self._own.get((limit.subject, day), 0))

    def _standing(self, limit: _Limit, left: int) -> Standing:
        return Standing(limit.policy, limit.images, DAY_S, max(0, left), self._left_s(), "images")

    def _left_s(self) -> int:
        now = self._now()
        tomorrow = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), UTC)
        return max(1, int((tomorrow - now).total_seconds()))

"""How often log-ins may fail, counted in Cassandra, so that all API processes agree.

Three limits, of which the first that is reached turns an attempt away: failures of one account from one network, of one
network at all, and of one account from every network that it has never logged in from. A network is an IPv4 address or
an IPv6 /64. Nobody can lock an owner out of a network that they have logged in from: there only the first two count,
and no stranger adds to them from elsewhere. An address that has no account is counted like one that has.
"""

import asyncio
import hashlib
import ipaddress
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import orjson
import structlog

from infra.errors import TransientError, VedetteError
from infra.settings.api import ApiSettings

NETWORK_KNOWN_S = 90 * 24 * 3600
IPV6_NETWORK_BITS = 64

log = structlog.get_logger(__name__)


class TooManyAttempts(VedetteError):
    """A limit is reached; ``retry_after_s`` seconds later it is not, if nothing more fails."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__("too many attempts failed")
        self.retry_after_s = retry_after_s


class AttemptCounts(Protocol):
    """Where attempts are counted."""

    async def count(self, keys: Collection[str], at_most: int) -> Mapping[str, int]: ...
    async def add(self, attempt: uuid.UUID, lifetimes_s: Mapping[str, int]) -> None: ...
    async def remove(self, keys: Collection[str], attempt: uuid.UUID) -> None: ...
    async def clear(self, key: str) -> None: ...
    async def know(self, key: str, lifetime_s: int) -> None: ...
    async def is_known(self, key: str) -> bool: ...


@dataclass(frozen=True)
class Limit:
    """At most ``most`` attempts under one key within ``window_s`` seconds."""

    key: str
    most: int
    window_s: int


@dataclass(frozen=True)
class Counted:
    """One attempt, by its name, as it was counted under each limit."""

    limits: tuple[Limit, ...]
    name: uuid.UUID


@dataclass(frozen=True)
class LogInAttempt:
    """A log-in that may go on: its pair of account and network, and how it was counted."""

    pair: str
    counted: Counted


class Throttle:
    """Counts attempts. Each is counted before it is made, so that many at once cannot slip through together."""

    def __init__(self, attempts: AttemptCounts, settings: ApiSettings) -> None:
        self._attempts = attempts
        self._settings = settings

    async def enter_log_in(self, email: str, address: str | None) -> LogInAttempt:
        """Count a log-in as failed until it is known better; raises ``TooManyAttempts``."""
        network = network_of(address)
        pair = limit_key("pair", email.casefold(), network)
        limits = self._log_in_limits(email, network, pair, known=await self._attempts.is_known(pair))
        return LogInAttempt(pair, await self.enter(limits))

    async def log_in_succeeded(self, attempt: LogInAttempt) -> None:
        """Take back what was counted, and remember the network."""
        await asyncio.gather(
            self.leave(attempt.counted),
            self._attempts.clear(attempt.pair),
            self._attempts.know(attempt.pair, NETWORK_KNOWN_S),
        )

    async def enter(self, limits: Sequence[Limit]) -> Counted:
        """Count an attempt under every limit; raises ``TooManyAttempts``, and then it counts under none."""
        await self._require_room(limits, taken=0)
        counted = Counted(tuple(limits), uuid.uuid1())
        try:
            await self._attempts.add(counted.name, {limit.key: limit.window_s for limit in limits})
            # Others may have been counted since we looked; what is counted now includes this one.
            await self._require_room(limits, taken=1)
        except (TooManyAttempts, TransientError):
            await self.give_up(counted)
            raise
        return counted

    async def leave(self, counted: Counted) -> None:
        """Take back what was counted."""
        await self._attempts.remove([limit.key for limit in counted.limits], counted.name)

    async def give_up(self, counted: Counted) -> None:
        """Take back what was counted for an attempt that could not be made; otherwise it counts until its time ends."""
        try:
            await self.leave(counted)
        except TransientError as error:
            # Why the attempt could not be made is what its caller must be told.
            log.warning("attempt_still_counts", error=str(error))

    async def _require_room(self, limits: Sequence[Limit], taken: int) -> None:
        most = max(limit.most for limit in limits)
        counts = await self._attempts.count([limit.key for limit in limits], most + 1)
        full = [limit for limit in limits if counts.get(limit.key, 0) - taken >= limit.most]
        if full:
            raise TooManyAttempts(max(limit.window_s for limit in full))

    def _log_in_limits(self, email: str, network: str, pair: str, *, known: bool) -> list[Limit]:
        settings = self._settings
        window_s = settings.log_in_window_s
        limits = [
            Limit(pair, settings.log_in_failures, window_s),
            Limit(limit_key("network", network), settings.log_in_failures_network, window_s),
        ]
        everywhere = Limit(limit_key("account", email.casefold()), settings.log_in_failures_account, window_s)
        return limits if known else [*limits, everywhere]


def network_of(address: str | None) -> str:
    """Return the network that is counted as one; what is no address, as behind a socket file, is one network."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return "local"
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed.packed, IPV6_NETWORK_BITS), strict=False))


def limit_key(*parts: str) -> str:
    """A digest: keys tell no addresses of people, and are of one length."""
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()

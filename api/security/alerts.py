"""Security events: what looks like an attack, told once in a while for each attacker and each victim."""

import time
from collections.abc import Callable, Hashable
from datetime import UTC, datetime
from uuid import UUID

import structlog

from api.security.throttle import network_of
from schemas.activity import Alert, SecurityEvent

QUIET_S = 900.0
MOST_REMEMBERED = 10_000

log = structlog.get_logger(__name__)


class Alerts:
    """Tells of attacks; of one that goes on, again after a quarter of an hour.

    Guessing that comes from one network is one attack, whoever is its victim, and so is what has one victim.
    """

    def __init__(self, tell: Callable[[SecurityEvent], None]) -> None:
        self._tell = tell
        self._told = Memory(QUIET_S)

    def tell(
        self,
        alert: Alert,
        subject: str,
        address: str | None,
        request_id: str,
        *,
        actor: UUID | None = None,
        count: int | None = None,
    ) -> None:
        """Publish and log the alert, unless the same attack was told lately."""
        network = network_of(address)
        told = self._told.see((alert, "subject", subject))
        if alert is Alert.BRUTE_FORCE:
            told += self._told.see((alert, "network", network))
        if told:
            return
        log.warning("security_alert", alert=alert.value, subject=subject, network=network)
        event = SecurityEvent(
            alert=alert,
            at=datetime.now(UTC),
            subject=subject,
            actor=actor,
            address=None if address is None else address[:64],
            count=count,
            request_id=request_id,
        )
        self._tell(event)


class Memory:
    """What was seen lately, and how often; the oldest is forgotten where there is too much.

    A ``TTLCache`` would begin anew with each count; here the time counts from the first.
    """

    def __init__(self, lasting_s: float, most: int = MOST_REMEMBERED) -> None:
        self._lasting_s = lasting_s
        self._most = most
        self._seen: dict[Hashable, tuple[float, int]] = {}

    def see(self, name: Hashable) -> int:
        """Return how often this was seen before, since it was first seen at most ``lasting_s`` ago."""
        now = time.monotonic()
        since, count = self._seen.get(name, (now, 0))
        if now - since >= self._lasting_s:
            since, count = now, 0
            del self._seen[name]
        if name not in self._seen and len(self._seen) >= self._most:
            del self._seen[next(iter(self._seen))]
        self._seen[name] = (since, count + 1)
        return count

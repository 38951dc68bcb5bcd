"""API keys that are used as their owner would not use them."""

import asyncio
from typing import Protocol

import structlog

from api.security.alerts import Alerts, Memory
from api.security.throttle import NETWORK_KNOWN_S, limit_key, network_of
from infra.errors import TransientError
from schemas.access.accounts import Principal
from schemas.activity import Alert

REFUSALS_WINDOW_S = 300.0
SEEN_S = 24 * 3600.0
MOST_LOOKUPS = 100
KIND = "api-key"

log = structlog.get_logger(__name__)


class KnownNetworks(Protocol):
    """From where something was used lately."""

    async def know(self, key: str, lifetime_s: int) -> None: ...
    async def is_known(self, key: str) -> bool: ...


class KeyWatch:
    """Alerts where a key is used from a network that it was not used from within 90 days, or is refused often.

    The first network that a key is ever used from is nothing unusual. Looking is done beside the request.
    """

    def __init__(self, networks: KnownNetworks, alerts: Alerts, refusals: int) -> None:
        self._networks = networks
        self._alerts = alerts
        self._most_refusals = refusals
        self._refused = Memory(REFUSALS_WINDOW_S)
        self._seen = Memory(SEEN_S)
        self._lookups: set[asyncio.Task[None]] = set()

    def refused(self, prefix: str, address: str | None, request_id: str) -> None:
        """Count an answer that says: this key does not count, or not for that."""
        count = self._refused.see(prefix) + 1
        if count == self._most_refusals:
            self._alerts.tell(Alert.KEY_REFUSED_OFTEN, prefix, address, request_id, count=count)

    def used(self, prefix: str, caller: Principal, address: str | None, request_id: str) -> None:
        """See whether the key was used from there before, unless this process knows that."""
        if len(self._lookups) >= MOST_LOOKUPS or self._seen.see((prefix, network_of(address))):
            return
        lookup = asyncio.create_task(self._look(prefix, caller, address, request_id))
        self._lookups.add(lookup)
        lookup.add_done_callback(self._lookups.discard)

    async def close(self) -> None:
        """Return once everything that was begun is done."""
        await asyncio.gather(*self._lookups)

    async def _look(self, prefix: str, caller: Principal, address: str | None, request_id: str) -> None:
        here, anywhere = limit_key(KIND, prefix, network_of(address)), limit_key(KIND, prefix)
        try:
            is_new = not await self._networks.is_known(here) and await self._networks.is_known(anywhere)
            await asyncio.gather(*(self._networks.know(key, NETWORK_KNOWN_S) for key in (here, anywhere)))
        except TransientError as error:
            log.warning("key_networks_unknown", error=str(error))
            return
        if is_new:
            self._alerts.tell(Alert.KEY_FROM_NEW_NETWORK, prefix, address, request_id, actor=caller.account_id)

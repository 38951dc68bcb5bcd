"""How many deliveries run at the same time: at all, to one endpoint, and to endpoints that fail or are slow."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from infra.settings.webhooks import WebhookSettings
from schemas.webhooks.deliveries import Attempt

# An answer that takes longer makes an endpoint a slow one.
SLOW_MS = 2000.0


@dataclass
class _Gate:
    """One endpoint: its free places, and how its last attempt went."""

    places: asyncio.Semaphore
    is_failing: bool = False
    is_slow: bool = False


class Gates:
    """Lets deliveries pass so that no endpoint takes the places of others.

    Endpoints whose last attempt failed or was slow share half of all places, so that the rest always has the other
    half. One that fails is tried with one delivery at a time. Use from one event loop.
    """

    def __init__(self, settings: WebhookSettings) -> None:
        self._at_once_endpoint = settings.at_once_endpoint
        self._all = asyncio.Semaphore(settings.at_once)
        self._strained = asyncio.Semaphore(settings.at_once // 2)
        self._gates: dict[str, _Gate] = {}

    def is_strained(self, endpoint_id: str) -> bool:
        """Whether the last attempt failed or was slow."""
        gate = self._gates.get(endpoint_id)
        return gate is not None and (gate.is_failing or gate.is_slow)

    def room(self, endpoint_id: str) -> int:
        """Return how many deliveries the endpoint may be given at once."""
        gate = self._gates.get(endpoint_id)
        return 1 if gate is not None and gate.is_failing else self._at_once_endpoint

    @asynccontextmanager
    async def passing(self, endpoint_id: str) -> AsyncIterator[None]:
        """Hold a place for one attempt during the block; waits for it."""
        async with AsyncExitStack() as places:
            await places.enter_async_context(self._gate(endpoint_id).places)
            if self.is_strained(endpoint_id):
                await places.enter_async_context(self._strained)
            await places.enter_async_context(self._all)
            yield

    def report(self, endpoint_id: str, attempt: Attempt) -> None:
        """Take note of how an attempt went."""
        gate = self._gate(endpoint_id)
        gate.is_failing = not attempt.is_success
        gate.is_slow = attempt.duration_ms > SLOW_MS

    def suspect(self, endpoint_id: str) -> None:
        """Take note that an attempt takes long: until one ends, the endpoint counts as a slow one."""
        self._gate(endpoint_id).is_slow = True

    def forget(self, endpoint_id: str) -> None:
        """Drop what is known of an endpoint that is gone."""
        self._gates.pop(endpoint_id, None)

    def _gate(self, endpoint_id: str) -> _Gate:
        if endpoint_id not in self._gates:
            self._gates[endpoint_id] = _Gate(asyncio.Semaphore(self._at_once_endpoint))
        return self._gates[endpoint_id]

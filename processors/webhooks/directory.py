"""The endpoints as a worker knows them: read anew every second, each with its filter understood."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Protocol

from infra.elasticsearch.matching.outcome_filters import OutcomeFilter
from infra.retries import retry_transient
from schemas.webhooks.endpoints import Endpoint
from schemas.webhooks.events import OF_IMAGES, WebhookType

READ_EVERY_S = 1.0


class Endpoints(Protocol):
    """Where endpoints are kept."""

    async def list_all(self) -> tuple[Endpoint, ...]: ...


@dataclass(frozen=True)
class Listener:
    """An endpoint, and which outcomes it is told."""

    endpoint: Endpoint

    @cached_property
    def wanted(self) -> OutcomeFilter:
        endpoint = self.endpoint
        kinds = frozenset(kind for kind, told in OF_IMAGES.items() if told in endpoint.events)
        query = endpoint.filters.query(endpoint.owner)
        return OutcomeFilter(query, kinds, replayed=endpoint.replayed, unpromoted=endpoint.unpromoted)

    @property
    def wants_jobs(self) -> bool:
        return WebhookType.JOB_FINISHED in self.endpoint.events


class EndpointDirectory:
    """Endpoints by workspace and by id; use from one event loop."""

    def __init__(self, endpoints: Endpoints) -> None:
        self._endpoints = endpoints
        self._by_id: Mapping[str, Listener] = {}
        self._by_owner: Mapping[str, Sequence[Listener]] = {}
        self.since: datetime | None = None
        """When the oldest enabled endpoint was created; None where there is none. Nobody hears of what was before."""

    def of(self, owner: str) -> Sequence[Listener]:
        """Return a workspace's endpoints that an administrator has enabled."""
        return self._by_owner.get(owner, ())

    def find(self, endpoint_id: str) -> Endpoint | None:
        found = self._by_id.get(endpoint_id)
        return None if found is None else found.endpoint

    def all(self) -> Sequence[Endpoint]:
        return [listener.endpoint for listener in self._by_id.values()]

    async def read(self) -> None:
        """Read all endpoints once; waits while Cassandra does not answer."""
        found = await retry_transient(self._endpoints.list_all, doing="read the endpoints of webhooks")
        if {each.id: each for each in found} == {each.id: each for each in self.all()}:
            return
        known = self._by_id
        self._by_id = {each.id: _listener(each, known) for each in found}
        by_owner: defaultdict[str, list[Listener]] = defaultdict(list)
        for listener in self._by_id.values():
            if listener.endpoint.enabled:
                by_owner[listener.endpoint.owner].append(listener)
        self._by_owner = dict(by_owner)
        listening = [each.created_at for each in found if each.enabled]
        self.since = min(listening, default=None)

    async def follow(self) -> None:
        """Read them again and again, until cancelled."""
        while True:
            await asyncio.sleep(READ_EVERY_S)
            await self.read()


def _listener(endpoint: Endpoint, known: Mapping[str, Listener]) -> Listener:
    """Keep what is known of an endpoint that is as it was: its filters are understood once."""
    before = known.get(endpoint.id)
    return before if before is not None and before.endpoint == endpoint else Listener(endpoint)

"""Endpoints of webhooks, the log of deliveries and names of servers, in memory."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from infra.cassandra.webhooks.deliveries import Due, due_of, place_of
from infra.cursors import decode_cursor, encode_cursor
from infra.errors import AlreadyExists, ChangedMeanwhile, SourceUnavailable
from schemas.queries import Page
from schemas.webhooks.deliveries import Delivery, DeliveryState
from schemas.webhooks.endpoints import Endpoint
from tests.fakes.stores import Fallible

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


class FakeWebhookEndpointStore(Fallible):
    """A ``WebhookEndpointStore`` in memory."""

    def __init__(self) -> None:
        self.endpoints: dict[tuple[str, str], Endpoint] = {}

    async def create(self, endpoint: Endpoint) -> None:
        self.require_up()
        if (endpoint.owner, endpoint.id) in self.endpoints:
            raise AlreadyExists("this id is taken")
        self.endpoints[endpoint.owner, endpoint.id] = endpoint

    async def find(self, owner: str, endpoint_id: str) -> Endpoint | None:
        self.require_up()
        return self.endpoints.get((owner, endpoint_id))

    async def list(self, owner: str) -> tuple[Endpoint, ...]:
        self.require_up()
        found = [each for each in self.endpoints.values() if each.owner == owner]
        return tuple(sorted(found, key=lambda each: (each.created_at, each.id)))

    async def list_all(self) -> tuple[Endpoint, ...]:
        self.require_up()
        return tuple(self.endpoints.values())

    async def change(self, endpoint: Endpoint, *, enable: bool = False) -> Endpoint:
        self.require_up()
        known = self.endpoints.get((endpoint.owner, endpoint.id))
        if known is None or known.version != endpoint.version:
            raise ChangedMeanwhile("the endpoint was changed by another at the same moment")
        stands = {name: getattr(known, name) for name in ("failing_since", "disabled_at", "disabled_because")}
        afresh = dict.fromkeys(stands)
        changed = endpoint.model_copy(update={"version": endpoint.version + 1, **(afresh if enable else stands)})
        self.endpoints[endpoint.owner, endpoint.id] = changed
        return changed

    async def note_failing(self, endpoint: Endpoint, since: datetime | None) -> None:
        self.require_up()
        self._set(endpoint, failing_since=since)

    async def disable(self, endpoint: Endpoint, at: datetime, because: str) -> bool:
        self.require_up()
        known = self.endpoints.get((endpoint.owner, endpoint.id))
        if known is None or known.version != endpoint.version or known.disabled_at is not None:
            return False
        self._set(endpoint, disabled_at=at, disabled_because=because)
        return True

    async def delete(self, owner: str, endpoint_id: str) -> bool:
        self.require_up()
        return self.endpoints.pop((owner, endpoint_id), None) is not None

    def _set(self, endpoint: Endpoint, **changes: object) -> None:
        at = endpoint.owner, endpoint.id
        if at in self.endpoints:
            self.endpoints[at] = self.endpoints[at].model_copy(update=changes)


class FakeWebhookDeliveryStore(Fallible):
    """A ``WebhookDeliveryStore`` in memory."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], tuple[Delivery, str]] = {}
        self.dues: set[Due] = set()

    async def save(self, deliveries: Sequence[tuple[Delivery, str]]) -> None:
        self.require_up()
        for delivery, body in deliveries:
            self.kept[delivery.endpoint_id, delivery.id] = (delivery, body)
            if (due := due_of(delivery)) is not None:
                self.dues.add(due)

    async def find(self, endpoint_id: str, delivery_id: str) -> tuple[Delivery, str] | None:
        self.require_up()
        return self.kept.get((endpoint_id, delivery_id))

    async def page(
        self, endpoint_id: str, limit: int, cursor: str | None = None, state: DeliveryState | None = None
    ) -> Page[Delivery]:
        self.require_up()
        listing = ("webhook deliveries", endpoint_id, state)
        found = [delivery for delivery, _ in self.kept.values() if delivery.endpoint_id == endpoint_id]
        in_order = sorted(filter(lambda each: state in (None, each.state), found), key=_position, reverse=True)
        if cursor is not None:
            after = place_of(decode_cursor(listing, cursor, (int, str)))
            in_order = [each for each in in_order if (each.created_at, each.id) < after]
        items = tuple(in_order[:limit])
        more = encode_cursor(listing, _position(items[-1])) if len(items) == limit else None
        return Page(items=items, next_cursor=more)

    async def due(self, endpoint_id: str, until: datetime, most: int) -> tuple[Due, ...]:
        self.require_up()
        found = [each for each in self.dues if each.endpoint_id == endpoint_id and each.due_at <= until]
        return tuple(sorted(found, key=lambda each: (each.due_at, each.delivery_id))[:most])

    async def drop(self, due: Iterable[Due]) -> None:
        self.require_up()
        self.dues -= set(due)

    async def forget(self, delivery: Delivery) -> None:
        self.require_up()
        self.kept.pop((delivery.endpoint_id, delivery.id), None)
        self.dues -= {each for each in self.dues if each.delivery_id == delivery.id}

    async def forget_endpoint(self, endpoint_id: str) -> None:
        self.require_up()
        self.kept = {at: one for at, one in self.kept.items() if at[0] != endpoint_id}
        self.dues = {each for each in self.dues if each.endpoint_id != endpoint_id}

    async def forget_subjects(self, endpoint_id: str, subjects: frozenset[str], but: str) -> int:
        self.require_up()
        gone = [
            one
            for at, (one, _) in self.kept.items()
            if at[0] == endpoint_id and one.subject in subjects and one.type != but
        ]
        for delivery in gone:
            await self.forget(delivery)
        return len(gone)


class FakeResolver:
    """Names of servers, by what a test says; others do not exist."""

    def __init__(self) -> None:
        self.addresses: dict[str, Sequence[str]] = {}

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        if host not in self.addresses:
            raise SourceUnavailable("The name of the image's server could not be resolved.")
        return self.addresses[host]


def _position(delivery: Delivery) -> tuple[int, str]:
    return (delivery.created_at - EPOCH) // MILLISECOND, delivery.id

"""The log of deliveries of webhooks and what of it is due, in Cassandra."""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.cassandra.session import CassandraSession, Write
from infra.cursors import MESSAGE, decode_cursor, encode_cursor
from infra.errors import InvalidCursor
from schemas.queries import Page
from schemas.webhooks.deliveries import Delivery, DeliveryState, created_at_of

SAVE = (
    "INSERT INTO {keyspace}.webhook_deliveries (endpoint_id, day, created_at, id, content, body)"
    " VALUES (?, ?, ?, ?, ?, ?) USING TTL ?"
)
KEY = "endpoint_id = ? AND day = ? AND created_at = ? AND id = ?"
FIND = f"SELECT content, body FROM {{keyspace}}.webhook_deliveries WHERE {KEY}"  # noqa: S608 - our own
FORGET = f"DELETE FROM {{keyspace}}.webhook_deliveries WHERE {KEY}"  # noqa: S608 - our own
FORGET_DAY = "DELETE FROM {keyspace}.webhook_deliveries WHERE endpoint_id = ? AND day = ?"
LIST = "SELECT created_at, id, content FROM {keyspace}.webhook_deliveries WHERE endpoint_id = ? AND day = ?"
LIST_AFTER = f"{LIST} AND (created_at, id) < (?, ?)"
ADD_DUE = "INSERT INTO {keyspace}.webhook_due (endpoint_id, slice, due_at, delivery) VALUES (?, ?, ?, ?)"
ADD_SLICE = "INSERT INTO {keyspace}.webhook_due_slices (endpoint_id, slice) VALUES (?, ?)"
SLICES = "SELECT slice FROM {keyspace}.webhook_due_slices WHERE endpoint_id = ? AND slice <= ?"
ALL_SLICES = "SELECT slice FROM {keyspace}.webhook_due_slices WHERE endpoint_id = ?"
DUE = "SELECT due_at, delivery FROM {keyspace}.webhook_due WHERE endpoint_id = ? AND slice = ? AND due_at <= ? LIMIT ?"
DROP_DUE = "DELETE FROM {keyspace}.webhook_due WHERE endpoint_id = ? AND slice = ? AND due_at = ? AND delivery = ?"
DROP_SLICE = "DELETE FROM {keyspace}.webhook_due_slices WHERE endpoint_id = ? AND slice = ?"
FORGET_DUE = "DELETE FROM {keyspace}.webhook_due WHERE endpoint_id = ? AND slice = ?"

SLICE = timedelta(minutes=10)
DAY = timedelta(days=1)
# Clocks differ, and whoever was about to write into a slice is given time to have done so.
SLICE_OPEN = timedelta(hours=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
MOST_LOOKED_AT = 5000
MOST_KNOWN_SLICES = 10_000


@dataclass(frozen=True)
class Due:
    """One delivery that is due, as the list of these has it."""

    endpoint_id: str
    due_at: datetime
    delivery_id: str


class WebhookDeliveryStore:
    """Deliveries by endpoint and id. Methods raise ``TransientError`` while Cassandra does not answer."""

    def __init__(self, session: CassandraSession, retention_days: int) -> None:
        self._session = session
        self._retention = timedelta(days=retention_days)
        self._known: set[tuple[str, datetime]] = set()

    async def save(self, deliveries: Sequence[tuple[Delivery, str]]) -> None:
        """Keep deliveries with what they send; those that are due are found by ``due`` when their time has come.

        To keep one again replaces it. What it was due at before is taken away with ``drop``, after this.
        """
        now = datetime.now(UTC)
        await self._session.write([[self._saved(delivery, body, now)] for delivery, body in deliveries])
        due = [dues for delivery, _ in deliveries if (dues := due_of(delivery)) is not None]
        await self._add_slices({(each.endpoint_id, slice_of(each.due_at)) for each in due})
        await self._session.write([[Write(ADD_DUE, _due_key(each))] for each in due])

    async def find(self, endpoint_id: str, delivery_id: str) -> tuple[Delivery, str] | None:
        """Return a delivery and what it sends; None where the log has none, or no longer."""
        try:
            created_at = created_at_of(delivery_id)
        except ValueError:
            return None
        rows = await self._session.execute(FIND, (endpoint_id, day_of(created_at), created_at, delivery_id))
        if not rows or rows[0].content is None or rows[0].body is None:
            return None
        return Delivery.model_validate_json(rows[0].content), rows[0].body

    async def page(
        self, endpoint_id: str, limit: int, cursor: str | None = None, state: DeliveryState | None = None
    ) -> Page[Delivery]:
        """Return deliveries, the newest first, of one state if one is given; raises ``InvalidCursor``.

        A page may be short although there is more: then it has a cursor.
        """
        listing = ("webhook deliveries", endpoint_id, state)
        after = None if cursor is None else place_of(decode_cursor(listing, cursor, (int, str)))
        found: list[Delivery] = []
        looked_at = 0
        async for delivery in self._newest_first(endpoint_id, after):
            looked_at += 1
            if state in (None, delivery.state):
                found.append(delivery)
            if len(found) == limit or looked_at == MOST_LOOKED_AT:
                return Page(items=tuple(found), next_cursor=encode_cursor(listing, _position(delivery)))
        return Page(items=tuple(found))

    async def due(self, endpoint_id: str, until: datetime, most: int) -> tuple[Due, ...]:
        """Return what is due by ``until``, the longest due first, ``most`` at once."""
        found: list[Due] = []
        for each in await self._slices(endpoint_id, until):
            rows = await self._session.execute(DUE, (endpoint_id, each, until, most - len(found)))
            found += [Due(endpoint_id, row.due_at.replace(tzinfo=UTC), row.delivery) for row in rows]
            if not rows and each + SLICE + SLICE_OPEN < until:
                await self._session.execute(DROP_SLICE, (endpoint_id, each))
            if len(found) == most:
                break
        return tuple(found)

    async def drop(self, due: Iterable[Due]) -> None:
        """Take away what is no longer due then; harmless where it is gone."""
        await self._session.write([[Write(DROP_DUE, _due_key(each))] for each in due])

    async def forget(self, delivery: Delivery) -> None:
        """Remove one delivery and what it sends."""
        if (due := due_of(delivery)) is not None:
            await self.drop([due])
        await self._session.execute(FORGET, _key(delivery))

    async def forget_endpoint(self, endpoint_id: str) -> None:
        """Remove the whole log of an endpoint, and what was due to it."""
        slices = [row.slice async for row in self._session.stream(ALL_SLICES, (endpoint_id,))]
        await self._session.write([[Write(FORGET_DUE, (endpoint_id, each))] for each in slices])
        await self._session.write([[Write(DROP_SLICE, (endpoint_id, each))] for each in slices])
        await self._session.write([[Write(FORGET_DAY, (endpoint_id, day))] for day in self._days(None)])

    async def forget_subjects(self, endpoint_id: str, subjects: frozenset[str], but: str) -> int:
        """Remove every delivery about one of these images or jobs; returns how many there were.

        Those of the type ``but`` stay: what is still to be delivered of them.
        """
        count = 0
        async for delivery in self._newest_first(endpoint_id, None):
            if delivery.subject in subjects and delivery.type != but:
                await self.forget(delivery)
                count += 1
        return count

    def _saved(self, delivery: Delivery, body: str, now: datetime) -> Write:
        left_s = int((delivery.created_at + self._retention - now).total_seconds())
        content = delivery.model_dump_json(exclude_none=True)
        return Write(SAVE, (*_key(delivery), content, body, max(left_s, 1)))

    async def _add_slices(self, slices: set[tuple[str, datetime]]) -> None:
        new = slices - self._known
        await self._session.write([[Write(ADD_SLICE, each)] for each in new])
        if len(self._known) > MOST_KNOWN_SLICES:
            self._known.clear()
        self._known |= new

    async def _slices(self, endpoint_id: str, until: datetime) -> list[datetime]:
        rows = self._session.stream(SLICES, (endpoint_id, until))
        return [row.slice.replace(tzinfo=UTC) async for row in rows]

    async def _newest_first(self, endpoint_id: str, after: tuple[datetime, str] | None) -> AsyncIterator[Delivery]:
        for day in self._days(after and after[0]):
            is_first = after is not None and day == day_of(after[0])
            statement, place = (LIST_AFTER, after or ()) if is_first else (LIST, ())
            async for row in self._session.stream(statement, (endpoint_id, day, *place)):
                if row.content is not None:
                    yield Delivery.model_validate_json(row.content)

    def _days(self, newest: datetime | None) -> Iterable[datetime]:
        """Return the days that the log may hold, the newest first."""
        now = datetime.now(UTC)
        day, oldest = day_of(newest or now + DAY), day_of(now - self._retention)
        while day >= oldest:
            yield day
            day -= DAY


def due_of(delivery: Delivery) -> Due | None:
    """Return where a delivery stands among what is due; None where no attempt follows."""
    if delivery.state is not DeliveryState.DUE or delivery.next_at is None:
        return None
    return Due(delivery.endpoint_id, delivery.next_at, delivery.id)


def day_of(moment: datetime) -> datetime:
    return _floor(moment, DAY)


def slice_of(moment: datetime) -> datetime:
    return _floor(moment, SLICE)


def _floor(moment: datetime, step: timedelta) -> datetime:
    return EPOCH + (moment - EPOCH) // step * step


def _key(delivery: Delivery) -> tuple[Any, ...]:
    return delivery.endpoint_id, day_of(delivery.created_at), delivery.created_at, delivery.id


def _due_key(due: Due) -> tuple[Any, ...]:
    return due.endpoint_id, slice_of(due.due_at), due.due_at, due.delivery_id


def _position(delivery: Delivery) -> tuple[int, str]:
    return (delivery.created_at - EPOCH) // MILLISECOND, delivery.id


def place_of(position: Sequence[Any]) -> tuple[datetime, str]:
    """Return the place that a cursor holds; raises ``InvalidCursor`` for one at no time that there is."""
    try:
        return EPOCH + position[0] * MILLISECOND, position[1]
    except OverflowError:
        raise InvalidCursor(MESSAGE) from None

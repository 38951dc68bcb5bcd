"""Attempts that count against a limit, in Cassandra, so that every API process counts the same."""

import uuid
from collections import Counter
from collections.abc import Collection, Mapping
from datetime import UTC, datetime

from infra.cassandra_session import CassandraSession, Write

ADD = "INSERT INTO {keyspace}.attempts (key, id, counted_at) VALUES (?, ?, ?) USING TTL ?"
COUNT = "SELECT key FROM {keyspace}.attempts WHERE key IN ? PER PARTITION LIMIT ?"
REMOVE = "DELETE FROM {keyspace}.attempts WHERE key = ? AND id = ?"
CLEAR = "DELETE FROM {keyspace}.attempts WHERE key = ?"
KNOW = "INSERT INTO {keyspace}.known_networks (key, seen_at) VALUES (?, ?) USING TTL ?"
IS_KNOWN = "SELECT key FROM {keyspace}.known_networks WHERE key = ?"


class AttemptStore:
    """Attempts by key, each for a while. Methods raise ``TransientError`` while Cassandra does not answer."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    async def count(self, keys: Collection[str], at_most: int) -> Mapping[str, int]:
        """Return how many attempts count under each key now; ``at_most`` of them are looked at."""
        return Counter(row.key for row in await self._session.execute(COUNT, (list(keys), at_most)))

    async def add(self, lifetimes_s: Mapping[str, int]) -> uuid.UUID:
        """Count one attempt from now on, under each key for so many seconds; returns its name."""
        attempt, now = uuid.uuid1(), datetime.now(UTC)
        await self._session.write([Write(ADD, (key, attempt, now, seconds))] for key, seconds in lifetimes_s.items())
        return attempt

    async def remove(self, keys: Collection[str], attempt: uuid.UUID) -> None:
        await self._session.write([Write(REMOVE, (key, attempt))] for key in keys)

    async def clear(self, key: str) -> None:
        await self._session.execute(CLEAR, (key,))

    async def know(self, key: str, lifetime_s: int) -> None:
        """Remember that an account has logged in from a network."""
        await self._session.execute(KNOW, (key, datetime.now(UTC), lifetime_s))

    async def is_known(self, key: str) -> bool:
        return bool(await self._session.execute(IS_KNOWN, (key,)))

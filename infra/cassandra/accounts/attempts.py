"""Attempts that count against a limit, in Cassandra, so that every API process counts the same."""

import uuid
from collections import Counter
from collections.abc import Collection, Mapping
from datetime import UTC, datetime

from infra.cassandra.session import CassandraSession, Write

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
        """Return how many attempts count now under each key that has any; ``at_most`` of each are looked at."""
        return Counter([row.key async for row in self._session.stream(COUNT, (list(keys), at_most))])

    async def add(self, attempt: uuid.UUID, lifetimes_s: Mapping[str, int]) -> None:
        """Count an attempt from now on, under each key for so many seconds."""
        now = datetime.now(UTC)
        await self._session.write([Write(ADD, (key, attempt, now, seconds))] for key, seconds in lifetimes_s.items())

    async def remove(self, keys: Collection[str], attempt: uuid.UUID) -> None:
        await self._session.write([Write(REMOVE, (key, attempt))] for key in keys)

    async def clear(self, key: str) -> None:
        await self._session.execute(CLEAR, (key,))

    async def know(self, key: str, lifetime_s: int) -> None:
        """Remember that an account has logged in from a network."""
        await self._session.execute(KNOW, (key, datetime.now(UTC), lifetime_s))

    async def is_known(self, key: str) -> bool:
        return bool(await self._session.execute(IS_KNOWN, (key,)))

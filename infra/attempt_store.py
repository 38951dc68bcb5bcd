"""Attempts that count against a limit, in Cassandra, so that every API process counts the same."""

import uuid
from datetime import UTC, datetime

from infra.cassandra_session import CassandraSession

ADD = "INSERT INTO {keyspace}.attempts (key, id, counted_at) VALUES (?, ?, ?) USING TTL ?"
COUNT = "SELECT id FROM {keyspace}.attempts WHERE key = ? LIMIT ?"
REMOVE = "DELETE FROM {keyspace}.attempts WHERE key = ? AND id = ?"
CLEAR = "DELETE FROM {keyspace}.attempts WHERE key = ?"
KNOW = "INSERT INTO {keyspace}.known_networks (key, seen_at) VALUES (?, ?) USING TTL ?"
IS_KNOWN = "SELECT key FROM {keyspace}.known_networks WHERE key = ?"


class AttemptStore:
    """Attempts by key, each for a while. Methods raise ``TransientError`` while Cassandra does not answer."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    async def count(self, key: str, at_most: int) -> int:
        """Return how many attempts count now; ``at_most`` of them are looked at."""
        return len(await self._session.execute(COUNT, (key, at_most)))

    async def add(self, key: str, lifetime_s: int) -> uuid.UUID:
        """Count an attempt from now on, for ``lifetime_s`` seconds; returns its name."""
        attempt = uuid.uuid1()
        await self._session.execute(ADD, (key, attempt, datetime.now(UTC), lifetime_s))
        return attempt

    async def remove(self, key: str, attempt: uuid.UUID) -> None:
        await self._session.execute(REMOVE, (key, attempt))

    async def clear(self, key: str) -> None:
        await self._session.execute(CLEAR, (key,))

    async def know(self, key: str, lifetime_s: int) -> None:
        """Remember that an account has logged in from a network."""
        await self._session.execute(KNOW, (key, datetime.now(UTC), lifetime_s))

    async def is_known(self, key: str) -> bool:
        return bool(await self._session.execute(IS_KNOWN, (key,)))

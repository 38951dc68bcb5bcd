"""Single-use tickets for live streams, in Cassandra."""

from infra.cassandra.session import CassandraSession

ADD = "INSERT INTO {keyspace}.live_tickets (digest, content) VALUES (?, ?) IF NOT EXISTS USING TTL ?"
FIND = "SELECT content FROM {keyspace}.live_tickets WHERE digest = ?"
USE = "DELETE FROM {keyspace}.live_tickets WHERE digest = ? IF EXISTS"


class LiveTicketStore:
    """What tickets stand for, by their digests. Methods raise ``TransientError`` while Cassandra is away."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    async def add(self, digest: bytes, content: str, lifetime_s: int) -> None:
        """Keep what a ticket stands for until its time is over or it is used."""
        await self._session.execute(ADD, (digest, content, lifetime_s), idempotent=False)

    async def take(self, digest: bytes) -> str | None:
        """Use a ticket up and return what it stood for; None where it is gone. Of several that try one succeeds."""
        rows = await self._session.execute(FIND, (digest,))
        if not rows:
            return None
        used = await self._session.execute(USE, (digest,), idempotent=False)
        return str(rows[0].content) if used[0].applied else None

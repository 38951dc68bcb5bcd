"""Single-use tokens that are sent by mail, in Cassandra."""

from infra.cassandra.session import CassandraSession
from schemas.access.credentials import Purpose

ADD = "INSERT INTO {keyspace}.mailed_tokens (digest, purpose, content) VALUES (?, ?, ?) IF NOT EXISTS USING TTL ?"
FIND = "SELECT purpose, content FROM {keyspace}.mailed_tokens WHERE digest = ?"
USE = "DELETE FROM {keyspace}.mailed_tokens WHERE digest = ? IF EXISTS"


class MailedTokenStore:
    """What mailed tokens stand for, by their digests. Methods raise ``TransientError`` while Cassandra is away."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    async def add(self, digest: bytes, purpose: Purpose, content: str, lifetime_s: int) -> None:
        """Keep what a token stands for until its time is over or it is used."""
        await self._session.execute(ADD, (digest, purpose.value, content, lifetime_s), idempotent=False)

    async def find(self, digest: bytes, purpose: Purpose) -> str | None:
        """Return what an unused token stands for, if it is for this purpose."""
        rows = await self._session.execute(FIND, (digest,))
        return rows[0].content if rows and rows[0].purpose == purpose.value else None

    async def use(self, digest: bytes) -> bool:
        """Use a token up; False where it is gone. Of several that try at once one succeeds."""
        rows = await self._session.execute(USE, (digest,), idempotent=False)
        return bool(rows[0].applied)

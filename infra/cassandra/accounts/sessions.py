"""Sessions and their refresh tokens, in Cassandra."""

import math
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from infra.cassandra.session import CassandraSession
from schemas.access.accounts import Scope
from schemas.access.credentials import Session

BEGIN = (
    "INSERT INTO {keyspace}.sessions (id, account_id, generation, began_at, ends_at, client_id, consent_id, scopes)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?) USING TTL ?"
)
FIND = (
    "SELECT id, account_id, generation, began_at, ends_at, client_id, consent_id, scopes"
    " FROM {keyspace}.sessions WHERE id = ?"
)
END = "DELETE FROM {keyspace}.sessions WHERE id = ?"
ADD_REFRESH = "INSERT INTO {keyspace}.refresh_tokens (digest, session_id) VALUES (?, ?) IF NOT EXISTS USING TTL ?"
FIND_REFRESH = "SELECT session_id, used_at FROM {keyspace}.refresh_tokens WHERE digest = ?"
USE_REFRESH = (
    "UPDATE {keyspace}.refresh_tokens USING TTL ? SET used_at = ? WHERE digest = ? IF session_id = ? AND used_at = null"
)


class SessionStore:
    """Who is logged in. Methods raise ``TransientError`` while Cassandra does not answer.

    Everything goes by itself when its session's time is over.
    """

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    async def begin(self, session: Session, refresh_digest: bytes | None) -> None:
        """Keep a new session, and the digest of its first refresh token, if it has any."""
        if refresh_digest is not None:
            await self.add_refresh_token(session, refresh_digest)
        values = (session.id, session.account_id, session.generation, session.began_at, session.ends_at)
        of_client = (session.client_id, session.consent_id, {scope.value for scope in session.scopes} or None)
        await self._session.execute(BEGIN, (*values, *of_client, _seconds_until(session.ends_at)))

    async def find(self, session_id: UUID) -> Session | None:
        """Return a session that was neither ended nor ran out."""
        rows = await self._session.execute(FIND, (session_id,))
        return _session(rows[0]) if rows and rows[0].account_id is not None else None

    async def end(self, session_id: UUID) -> None:
        """End a session, and with it its refresh tokens; harmless where it is over already."""
        await self._session.execute(END, (session_id,))

    async def add_refresh_token(self, session: Session, digest: bytes) -> None:
        values = (digest, session.id, _seconds_until(session.ends_at))
        await self._session.execute(ADD_REFRESH, values, idempotent=False)

    async def find_session_of(self, refresh_digest: bytes) -> UUID | None:
        """Return the session of a refresh token, used or not."""
        rows = await self._session.execute(FIND_REFRESH, (refresh_digest,))
        return rows[0].session_id if rows else None

    async def use_refresh_token(self, session: Session, digest: bytes, at: datetime) -> bool:
        """Use up a refresh token; False where it was used before. Of several that try at once one succeeds."""
        values = (_seconds_until(session.ends_at), at, digest, session.id)
        rows = await self._session.execute(USE_REFRESH, values, idempotent=False)
        return bool(rows[0].applied)


def _session(row: Any) -> Session:
    return Session(
        id=row.id,
        account_id=row.account_id,
        generation=row.generation,
        began_at=row.began_at.replace(tzinfo=UTC),
        ends_at=row.ends_at.replace(tzinfo=UTC),
        client_id=row.client_id,
        consent_id=row.consent_id,
        scopes=frozenset(map(Scope, row.scopes or ())),
    )


def _seconds_until(moment: datetime) -> int:
    """At least one: a TTL of zero would be none."""
    return max(1, math.ceil((moment - datetime.now(UTC)).total_seconds()))

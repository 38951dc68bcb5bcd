"""Answers to requests that carry an idempotency key, in Cassandra, for as long as each key counts."""

from infra.cassandra.session import CassandraSession
from infra.settings.servers import CassandraSettings
from schemas.access.idempotency import Attempt, EarlierRequest

# Longer than any request takes: the key is free again then if the process that holds it died.
HELD_S = 60
KEPT_S = 86_400

# All are conditional, since Cassandra does not order conditional writes and others among each other.
BEGIN = (
    "INSERT INTO {keyspace}.idempotency_keys (account, owner, key, fingerprint, holder) VALUES (?, ?, ?, ?, ?)"
    " IF NOT EXISTS USING TTL ?"
)
FINISH = (
    "UPDATE {keyspace}.idempotency_keys USING TTL ? SET fingerprint = ?, holder = ?, answer = ?"
    " WHERE account = ? AND owner = ? AND key = ? IF holder = ?"
)
FREE = "DELETE FROM {keyspace}.idempotency_keys WHERE account = ? AND owner = ? AND key = ? IF holder = ?"


class IdempotencyStore:
    """Of requests under one key one is carried out; methods raise ``TransientError`` while Cassandra does not answer.

    A key is held for ``HELD_S`` by an attempt that neither finishes nor frees it, and counts for ``KEPT_S`` once the
    request is answered.
    """

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    @classmethod
    async def connect(cls, settings: CassandraSettings) -> "IdempotencyStore":
        """Connect to the cluster and the keyspace, which ``vedette migrate`` has set up."""
        return cls(await CassandraSession.connect(settings))

    async def begin(self, attempt: Attempt) -> EarlierRequest | None:
        """Hold the key for this attempt; returns the request that holds it already, if one does."""
        values = (*_key(attempt), attempt.fingerprint, attempt.holder, HELD_S)
        row = (await self._session.execute(BEGIN, values, idempotent=False))[0]
        # An attempt that finds itself is one whose answer got lost on the way.
        if row.applied or row.holder == attempt.holder:
            return None
        return EarlierRequest(fingerprint=row.fingerprint, answer=row.answer)

    async def finish(self, attempt: Attempt, answer: str) -> bool:
        """Keep the answer to the request; False where the attempt took so long that it holds the key no more."""
        values = (KEPT_S, attempt.fingerprint, attempt.holder, answer, *_key(attempt), attempt.holder)
        return bool((await self._session.execute(FINISH, values, idempotent=False))[0].applied)

    async def free(self, attempt: Attempt) -> None:
        """Let the key go, so that the request may be sent again; harmless where the attempt does not hold it."""
        await self._session.execute(FREE, (*_key(attempt), attempt.holder), idempotent=False)

    async def close(self) -> None:
        await self._session.close()


def _key(attempt: Attempt) -> tuple[object, ...]:
    return attempt.scope.account_id, attempt.scope.owner, attempt.scope.key

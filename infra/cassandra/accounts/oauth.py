"""OAuth clients, consents, codes and browsers' log-ins, in Cassandra."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from infra.cassandra.session import CassandraSession
from infra.errors import AlreadyExists, ChangedMeanwhile
from schemas.access.accounts import Scope
from schemas.access.oauth import AuthorizationCode, BrowserLogIn, Consent, Grant, OAuthClient
from schemas.texts.moments import in_utc

CREATE_CLIENT = (
    "INSERT INTO {keyspace}.oauth_clients (name, redirect_uris, scopes, workspaces, version, id, digest, native,"
    " grants, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) IF NOT EXISTS"
)
CLIENT = (
    "id, name, digest, native, grants, redirect_uris, scopes, workspaces, created_at, revoked_at, suspended_at, version"
)
FIND_CLIENT = f"SELECT {CLIENT} FROM {{keyspace}}.oauth_clients WHERE id = ?"  # noqa: S608 - a constant
LIST_CLIENTS = f"SELECT {CLIENT} FROM {{keyspace}}.oauth_clients"  # noqa: S608 - a constant
CHANGE_CLIENT = (
    "UPDATE {keyspace}.oauth_clients SET name = ?, redirect_uris = ?, scopes = ?, workspaces = ?, version = ?"
    " WHERE id = ? IF version = ?"
)
REVOKE_CLIENT = "UPDATE {keyspace}.oauth_clients SET revoked_at = ? WHERE id = ? IF version >= 0 AND revoked_at = null"
RELEASE_CLIENT = "UPDATE {keyspace}.oauth_clients SET suspended_at = null WHERE id = ? IF suspended_at > ?"
GIVE_CONSENT = (
    "INSERT INTO {keyspace}.oauth_consents (account_id, client_id, id, scopes, given_at) VALUES (?, ?, ?, ?, ?)"
    " IF NOT EXISTS"
)
WIDEN_CONSENT = (
    "UPDATE {keyspace}.oauth_consents SET scopes = ?, given_at = ? WHERE account_id = ? AND client_id = ? IF id = ?"
)
FIND_CONSENT = (
    "SELECT account_id, client_id, id, scopes, given_at FROM {keyspace}.oauth_consents"
    " WHERE account_id = ? AND client_id = ?"
)
LIST_CONSENTS = "SELECT account_id, client_id, id, scopes, given_at FROM {keyspace}.oauth_consents WHERE account_id = ?"
WITHDRAW_CONSENT = "DELETE FROM {keyspace}.oauth_consents WHERE account_id = ? AND client_id = ? IF EXISTS"
ADD_CODE = "INSERT INTO {keyspace}.oauth_codes (digest, session_id, content) VALUES (?, ?, ?) IF NOT EXISTS USING TTL ?"
FIND_CODE = "SELECT content, used_at FROM {keyspace}.oauth_codes WHERE digest = ?"
USE_CODE = (
    "UPDATE {keyspace}.oauth_codes USING TTL ? SET used_at = ? WHERE digest = ? IF session_id = ? AND used_at = null"
)
BEGIN_LOG_IN = "INSERT INTO {keyspace}.oauth_log_ins (digest, account_id, generation) VALUES (?, ?, ?) USING TTL ?"
FIND_LOG_IN = "SELECT account_id, generation FROM {keyspace}.oauth_log_ins WHERE digest = ?"
END_LOG_IN = "DELETE FROM {keyspace}.oauth_log_ins WHERE digest = ?"

# Longer than codes count, so that one that is shown a second time is known as used.
CODE_KEPT_S = 600
BEFORE_ALL = datetime.fromtimestamp(0, UTC)


class OAuthClientStore:
    """Applications of others. Methods raise ``TransientError`` while Cassandra does not answer."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    async def create_client(self, client: OAuthClient) -> None:
        """Keep a new client; raises ``AlreadyExists`` where its id is taken."""
        grants = {grant.value for grant in client.grants}
        values = (*_changing(client), client.id, client.digest, client.native, grants, client.created_at)
        if not await _applied(self._session, CREATE_CLIENT, values):
            raise AlreadyExists("a client of this id exists already")

    async def find_client(self, client_id: str) -> OAuthClient | None:
        """Return the client, a revoked one as well."""
        rows = await self._session.execute(FIND_CLIENT, (client_id,))
        return _client(rows[0]) if rows else None

    async def list_clients(self) -> tuple[OAuthClient, ...]:
        """Return all clients, the newest first."""
        clients = [_client(row) async for row in self._session.stream(LIST_CLIENTS)]
        return tuple(sorted(clients, key=lambda client: (client.created_at, client.id), reverse=True))

    async def change_client(self, client: OAuthClient) -> OAuthClient:
        """Keep ``client`` with its changes, and return it with its new version.

        Raises ``ChangedMeanwhile`` where it is no longer of the version that ``client`` has; then nothing changes.
        """
        changed = client.model_copy(update={"version": client.version + 1})
        if not await _applied(self._session, CHANGE_CLIENT, (*_changing(changed), client.id, client.version)):
            raise ChangedMeanwhile("the client was changed by another at the same moment")
        return changed

    async def revoke_client(self, client_id: str, at: datetime) -> bool:
        """Let a client count no longer, for good; False where there is none that counts."""
        return await _applied(self._session, REVOKE_CLIENT, (at, client_id))

    async def release_client(self, client_id: str) -> bool:
        """Let a suspended client count again; False where there is none such."""
        return await _applied(self._session, RELEASE_CLIENT, (client_id, BEFORE_ALL))


class OAuthGrantStore:
    """What people gave to clients. Methods raise ``TransientError`` while Cassandra does not answer."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    async def give_consent(self, consent: Consent) -> Consent:
        """Keep a consent, or widen the one that stands already, and return what stands now, under whose id."""
        scopes = {scope.value for scope in consent.scopes}
        values = (consent.account_id, consent.client_id, consent.id, scopes, consent.given_at)
        while not await _applied(self._session, GIVE_CONSENT, values):
            standing = await self.find_consent(consent.account_id, consent.client_id)
            # Where it was withdrawn since, ours is the first again.
            if standing is not None and (widened := await self._widen(standing, consent)) is not None:
                return widened
        return consent

    async def find_consent(self, account_id: UUID, client_id: str) -> Consent | None:
        rows = await self._session.execute(FIND_CONSENT, (account_id, client_id))
        return _consent(rows[0]) if rows else None

    async def list_consents(self, account_id: UUID) -> tuple[Consent, ...]:
        """Return all consents of an account that stand, by client."""
        return tuple([_consent(row) async for row in self._session.stream(LIST_CONSENTS, (account_id,))])

    async def withdraw_consent(self, account_id: UUID, client_id: str) -> bool:
        """Let a consent stand no longer; False where there is none. Sessions that came of it never count again."""
        return await _applied(self._session, WITHDRAW_CONSENT, (account_id, client_id))

    async def add_code(self, digest: bytes, code: AuthorizationCode) -> None:
        """Keep what a code stands for, for ten minutes."""
        await _applied(self._session, ADD_CODE, (digest, code.session_id, code.model_dump_json(), CODE_KEPT_S))

    async def find_code(self, digest: bytes) -> tuple[AuthorizationCode, bool] | None:
        """Return what a code stands for, and whether it was used."""
        rows = await self._session.execute(FIND_CODE, (digest,))
        if not rows or rows[0].content is None:
            return None
        return AuthorizationCode.model_validate_json(rows[0].content), rows[0].used_at is not None

    async def use_code(self, digest: bytes, code: AuthorizationCode, at: datetime) -> bool:
        """Use a code up; False where it was used before. Of several that try at once one succeeds."""
        return await _applied(self._session, USE_CODE, (CODE_KEPT_S, at, digest, code.session_id))

    async def begin_log_in(self, digest: bytes, log_in: BrowserLogIn, lifetime_s: int) -> None:
        """Remember who logged in, until it is ended or its time is over."""
        await self._session.execute(BEGIN_LOG_IN, (digest, log_in.account_id, log_in.generation, lifetime_s))

    async def find_log_in(self, digest: bytes) -> BrowserLogIn | None:
        rows = await self._session.execute(FIND_LOG_IN, (digest,))
        return BrowserLogIn(account_id=rows[0].account_id, generation=rows[0].generation) if rows else None

    async def end_log_in(self, digest: bytes) -> None:
        """Forget who logged in; harmless where it is forgotten already."""
        await self._session.execute(END_LOG_IN, (digest,))

    async def _widen(self, standing: Consent, consent: Consent) -> Consent | None:
        widened = standing.model_copy(update={"scopes": standing.scopes | consent.scopes, "given_at": consent.given_at})
        scopes = {scope.value for scope in widened.scopes}
        values = (scopes, widened.given_at, standing.account_id, standing.client_id, standing.id)
        return widened if await _applied(self._session, WIDEN_CONSENT, values) else None


async def _applied(session: CassandraSession, statement: str, values: Sequence[Any]) -> bool:
    """Run a conditional write; False where its condition did not hold."""
    rows = await session.execute(statement, tuple(values), idempotent=False)
    return bool(rows[0].applied)


def _changing(client: OAuthClient) -> tuple[Any, ...]:
    """The values that may change, in the order in which statements have them."""
    workspaces = None if client.workspaces is None else set(client.workspaces)
    scopes = {scope.value for scope in client.scopes}
    return client.name, list(client.redirect_uris), scopes, workspaces, client.version


def _client(row: Any) -> OAuthClient:
    return OAuthClient(
        id=row.id,
        name=row.name,
        digest=row.digest,
        native=row.native,
        grants=frozenset(map(Grant, row.grants or ())),
        redirect_uris=tuple(row.redirect_uris or ()),
        scopes=frozenset(map(Scope, row.scopes or ())),
        workspaces=None if row.workspaces is None else frozenset(row.workspaces),
        created_at=row.created_at.replace(tzinfo=UTC),
        revoked_at=in_utc(row.revoked_at),
        suspended_at=in_utc(row.suspended_at),
        version=row.version,
    )


def _consent(row: Any) -> Consent:
    return Consent(
        id=row.id,
        account_id=row.account_id,
        client_id=row.client_id,
        scopes=frozenset(map(Scope, row.scopes or ())),
        given_at=row.given_at.replace(tzinfo=UTC),
    )

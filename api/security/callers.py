"""From a token or an API key to the account behind it, as it is now."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID

import structlog

from api.admission.coalescing import SingleFlightCache
from api.oauth.directory import ClientLookup
from api.security import api_keys, oauth_clients
from api.security.proofs import Proof
from api.security.sessions import AccountsById, is_open
from api.security.tokens.access_tokens import Claims, InvalidToken, TokenSigner
from infra.errors import TransientError
from schemas.access.accounts import ROLE_SCOPES, Account, Principal
from schemas.access.credentials import ApiKey, Session
from schemas.access.oauth import Consent, OAuthClient

USE_NOTED_EVERY = timedelta(hours=1)

log = structlog.get_logger(__name__)


class SessionsById(Protocol):
    """Where sessions are found."""

    async def find(self, session_id: UUID) -> Session | None: ...


class KeysByPrefix(Protocol):
    """Where API keys are found, and where it is noted that they are used."""

    async def find(self, prefix: str) -> ApiKey | None: ...
    async def touch(self, prefix: str, at: datetime) -> None: ...


class ConsentLookup(Protocol):
    """Where it is found what a person lets a client do."""

    async def find_consent(self, account_id: UUID, client_id: str) -> Consent | None: ...


class Callers:
    """Tells who is asking; an account's new role, workspaces or end count within two seconds.

    So do the end of a session, of an API key, of an OAuth client and of a consent. Where this process makes the change,
    it forgets what it knew at once.
    """

    def __init__(
        self,
        tokens: TokenSigner,
        accounts: AccountsById,
        sessions: SessionsById,
        keys: KeysByPrefix,
        clients: ClientLookup,
        consents: ConsentLookup,
    ) -> None:
        self._tokens = tokens
        self._keys = keys
        self._accounts_read: SingleFlightCache[UUID, Account | None] = SingleFlightCache(accounts.find_account_by_id)
        self._sessions_read: SingleFlightCache[UUID, Session | None] = SingleFlightCache(sessions.find)
        self._keys_read: SingleFlightCache[str, ApiKey | None] = SingleFlightCache(keys.find)
        self._clients_read: SingleFlightCache[str, OAuthClient | None] = SingleFlightCache(clients.find_client)
        self._consents_read: SingleFlightCache[tuple[UUID, str], Consent | None] = SingleFlightCache(
            lambda place: consents.find_consent(*place)
        )
        self._noted: dict[str, datetime] = {}
        self._notes: set[asyncio.Task[None]] = set()

    async def verify(self, credential: str) -> Proof:
        """Return what a token or API key proves; whether that counts at the moment is told by ``stands_for``.

        Raises ``InvalidToken``, and ``TransientError`` while keys cannot be read.
        """
        if not api_keys.is_key(credential):
            return Proof(claims=self._tokens.verify(credential))
        key = await self._keys_read.get(api_keys.prefix_of(credential))
        if key is None or not api_keys.matches(credential, key):
            raise InvalidToken("there is no such key")
        return Proof(key_prefix=key.prefix)

    async def stands_for(self, proof: Proof) -> Principal:
        """Return the caller as of now; raises ``InvalidToken``, and ``TransientError`` while none can be read."""
        if proof.claims is not None:
            return await self._identify_session(proof.claims)
        return await self._identify_key(proof.key_prefix or "")

    async def _identify_session(self, claims: Claims) -> Principal:
        session, account = await asyncio.gather(
            self._sessions_read.get(claims.sid), self._accounts_read.get(claims.sub)
        )
        if session is not None and session.client_id is not None:
            return await self._identify_client(claims, session, session.client_id, account)
        if account is None or not is_open(session, account) or claims.client_id is not None:
            raise InvalidToken("the session is over, or the account is gone or closed")
        return Principal(
            account_id=account.id,
            role=account.role,
            workspaces=account.workspaces,
            scopes=ROLE_SCOPES[account.role],
            session_id=claims.sid,
        )

    def forget(self, *names: UUID | str) -> None:
        """Read these accounts, sessions or keys anew, since they were changed here."""
        for name in names:
            if isinstance(name, str):
                self._keys_read.forget(name)
            else:
                self._accounts_read.forget(name)
                self._sessions_read.forget(name)

    def forget_client(self, client_id: str) -> None:
        """Read this client anew, since it was changed here."""
        self._clients_read.forget(client_id)

    def forget_consent(self, account_id: UUID, client_id: str) -> None:
        """Read this consent anew, since it was given or withdrawn here."""
        self._consents_read.forget((account_id, client_id))

    async def _identify_client(
        self, claims: Claims, session: Session, client_id: str, account: Account | None
    ) -> Principal:
        client = await self._clients_read.get(client_id)
        if datetime.now(UTC) >= session.ends_at or claims.sub != session.account_id:
            raise InvalidToken("the session is over, or another's")
        if session.consent_id is None:
            return oauth_clients.act_as_itself(client, session, claims)
        consent = await self._consents_read.get((session.account_id, client_id))
        return oauth_clients.act_for(client, session, claims, account, consent)

    async def _identify_key(self, prefix: str) -> Principal:
        key = await self._keys_read.get(prefix)
        if key is None:
            raise InvalidToken("there is no such key")
        owner = await self._accounts_read.get(key.account_id)
        if owner is None:
            raise InvalidToken("the key's owner is gone")
        now = datetime.now(UTC)
        principal = api_keys.principal_of(key, owner, now)
        self._note_use(key, now)
        return principal

    def _note_use(self, key: ApiKey, now: datetime) -> None:
        """Note about when the key was used, without letting the request wait for it."""
        last = max(filter(None, (key.used_at, self._noted.get(key.prefix))), default=None)
        if last is not None and now - last < USE_NOTED_EVERY:
            return
        self._noted = {prefix: at for prefix, at in self._noted.items() if now - at < USE_NOTED_EVERY}
        self._noted[key.prefix] = now
        note = asyncio.create_task(self._write_use(key.prefix, now))
        self._notes.add(note)
        note.add_done_callback(self._notes.discard)

    async def _write_use(self, prefix: str, now: datetime) -> None:
        try:
            await self._keys.touch(prefix, now)
        except TransientError as error:
            # The next use notes it.
            self._noted.pop(prefix, None)
            log.warning("key_use_not_noted", error=str(error))

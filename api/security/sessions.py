"""Log-ins that last: a short access token, and a refresh token that is good for one use."""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog

from api.security.tokens.access_tokens import InvalidToken, TokenSigner
from api.security.tokens.opaque_tokens import digest_of, new_secret
from schemas.access.accounts import Account
from schemas.access.credentials import Session

KIND = "vdr"


class RefreshReused(InvalidToken):
    """A refresh token was shown a second time, and its session is over."""

    def __init__(self, account_id: uuid.UUID, session_id: uuid.UUID) -> None:
        super().__init__("the refresh token was used before: its session is over")
        self.account_id = account_id
        self.session_id = session_id


log = structlog.get_logger(__name__)


class SessionRegistry(Protocol):
    """Where sessions are kept."""

    async def begin(self, session: Session, refresh_digest: bytes | None) -> None: ...
    async def find(self, session_id: uuid.UUID) -> Session | None: ...
    async def end(self, session_id: uuid.UUID) -> None: ...
    async def add_refresh_token(self, session: Session, digest: bytes) -> None: ...
    async def find_session_of(self, refresh_digest: bytes) -> uuid.UUID | None: ...
    async def use_refresh_token(self, session: Session, digest: bytes, at: datetime) -> bool: ...


class AccountsById(Protocol):
    """Where a session's account is found."""

    async def find_account_by_id(self, account_id: uuid.UUID) -> Account | None: ...


@dataclass(frozen=True)
class TokenPair:
    """What a log-in gives."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    account_id: uuid.UUID


@dataclass(frozen=True)
class Refreshable:
    """A refresh token that somebody showed: its session and account, as long as both are open."""

    session: Session
    account: Account
    digest: bytes = field(repr=False)


class Sessions:
    """Begins, refreshes and ends sessions.

    A refresh token that is shown a second time ends its session and everything that came of it: one of the two who
    showed it is a thief, and nobody can tell which (RFC 9700, section 4.14.2).
    """

    def __init__(self, store: SessionRegistry, accounts: AccountsById, tokens: TokenSigner, lifetime_s: int) -> None:
        self._store = store
        self._accounts = accounts
        self._tokens = tokens
        self._lifetime = timedelta(seconds=lifetime_s)

    async def begin(self, account: Account) -> TokenPair:
        """Return the tokens of a new session."""
        now = datetime.now(UTC)
        session = Session(
            id=uuid.uuid4(),
            account_id=account.id,
            generation=account.generation,
            began_at=now,
            ends_at=now + self._lifetime,
        )
        refresh = new_secret(KIND)
        await self._store.begin(session, digest_of(refresh))
        return TokenPair(self._tokens.sign(account, session.id), refresh, account.id)

    async def find(self, refresh_token: str) -> Refreshable:
        """Return what a refresh token is good for, used or not; raises ``InvalidToken``."""
        digest = digest_of(refresh_token)
        session_id = await self._store.find_session_of(digest)
        session = None if session_id is None else await self._store.find(session_id)
        # A client's own tokens are refreshed where it must say who it is.
        if session is None or session.client_id is not None:
            raise InvalidToken("the refresh token is unknown, or its session is over")
        account = await self._accounts.find_account_by_id(session.account_id)
        if not is_open(session, account) or account is None:
            raise InvalidToken("the account is closed, or has ended its sessions")
        return Refreshable(session, account, digest)

    async def refresh(self, shown: Refreshable) -> TokenPair:
        """Return new tokens for a refresh token, which is used up by that; raises ``RefreshReused``."""
        session, account = shown.session, shown.account
        if not await self._store.use_refresh_token(session, shown.digest, datetime.now(UTC)):
            await self._store.end(session.id)
            log.warning("refresh_token_reused", account_id=str(account.id), session_id=str(session.id))
            raise RefreshReused(account.id, session.id)
        refresh = new_secret(KIND)
        await self._store.add_refresh_token(session, digest_of(refresh))
        return TokenPair(self._tokens.sign(account, session.id), refresh, account.id)

    async def end(self, session_id: uuid.UUID) -> None:
        """Log out; harmless where the session is over already."""
        await self._store.end(session_id)


def is_open(session: Session | None, account: Account | None) -> bool:
    """Whether the session lets its account in now."""
    return (
        session is not None
        and account is not None
        and account.active
        and session.account_id == account.id
        and session.generation == account.generation
        and datetime.now(UTC) < session.ends_at
    )

"""Sessions, API keys, attempts, mailed tokens and invitations, in memory."""

import asyncio
import time
import uuid
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime

from infra.cursors import decode_cursor, encode_cursor
from infra.errors import AlreadyExists
from infra.mail.sending import Letter
from schemas.access.credentials import ApiKey, Purpose, Session
from schemas.access.invitations import Invitation
from schemas.queries import Page
from tests.fakes.stores import Fallible, require_key


class FakeSessionStore(Fallible):
    """A ``SessionStore`` in memory."""

    def __init__(self) -> None:
        self.sessions: dict[uuid.UUID, Session] = {}
        self.tokens: dict[bytes, uuid.UUID] = {}
        self.used: set[bytes] = set()

    async def begin(self, session: Session, refresh_digest: bytes | None) -> None:
        self.require_up()
        self.sessions[session.id] = session
        if refresh_digest is not None:
            self.tokens[refresh_digest] = session.id

    async def find(self, session_id: uuid.UUID) -> Session | None:
        self.require_up()
        session = self.sessions.get(session_id)
        return session if session is not None and session.ends_at > datetime.now(UTC) else None

    async def end(self, session_id: uuid.UUID) -> None:
        self.require_up()
        self.sessions.pop(session_id, None)

    async def add_refresh_token(self, session: Session, digest: bytes) -> None:
        self.require_up()
        self.tokens[digest] = session.id

    async def find_session_of(self, refresh_digest: bytes) -> uuid.UUID | None:
        self.require_up()
        require_key(refresh_digest)
        return self.tokens.get(refresh_digest)

    async def use_refresh_token(self, session: Session, digest: bytes, at: datetime) -> bool:
        self.require_up()
        if self.tokens.get(digest) != session.id or digest in self.used:
            return False
        self.used.add(digest)
        return True


class FakeApiKeyStore(Fallible):
    """An ``ApiKeyStore`` in memory."""

    def __init__(self) -> None:
        self.keys: dict[str, ApiKey] = {}

    async def create(self, key: ApiKey) -> None:
        self.require_up()
        require_key(key.prefix)
        if key.prefix in self.keys:
            raise AlreadyExists("this prefix is taken")
        self.keys[key.prefix] = key

    async def find(self, prefix: str) -> ApiKey | None:
        self.require_up()
        require_key(prefix)
        return self.keys.get(prefix)

    async def list_keys(self, account_id: uuid.UUID) -> tuple[ApiKey, ...]:
        self.require_up()
        keys = (key for key in self.keys.values() if key.account_id == account_id)
        return tuple(sorted(keys, key=lambda key: (key.created_at, key.prefix), reverse=True))

    async def revoke(self, account_id: uuid.UUID, prefix: str, at: datetime) -> bool:
        self.require_up()
        key = self.keys.get(prefix)
        if key is None or key.account_id != account_id or key.revoked_at is not None:
            return False
        self.keys[prefix] = key.model_copy(update={"revoked_at": at})
        return True

    async def list_suspended(self) -> tuple[ApiKey, ...]:
        self.require_up()
        keys = (key for key in self.keys.values() if key.suspended_at is not None and key.revoked_at is None)
        return tuple(sorted(keys, key=lambda key: (key.created_at, key.prefix), reverse=True))

    async def list_confined(self, workspace: str) -> tuple[ApiKey, ...]:
        self.require_up()
        return tuple(key for key in self.keys.values() if workspace in (key.workspaces or ()))

    async def leave(self, key: ApiKey, workspace: str) -> bool:
        self.require_up()
        left = (key.workspaces or frozenset()) - {workspace}
        if not left:
            raise ValueError(f"key {key.prefix} has no workspace but {workspace}")
        known = self.keys.get(key.prefix)
        if known is None or known.workspaces != key.workspaces or known.account_id != key.account_id:
            return False
        self.keys[key.prefix] = known.model_copy(update={"workspaces": left})
        return True

    async def release(self, prefix: str) -> bool:
        self.require_up()
        require_key(prefix)
        key = self.keys.get(prefix)
        if key is None or key.suspended_at is None:
            return False
        self.keys[prefix] = key.model_copy(update={"suspended_at": None})
        return True

    async def forget(self, account_id: uuid.UUID, prefix: str) -> None:
        self.require_up()
        if prefix in self.keys and self.keys[prefix].account_id == account_id:
            del self.keys[prefix]

    async def touch(self, prefix: str, at: datetime) -> None:
        self.require_up()
        require_key(prefix)
        self.keys[prefix] = self.keys[prefix].model_copy(update={"used_at": at})


class FakeAttemptStore(Fallible):
    """An ``AttemptStore`` in memory."""

    def __init__(self) -> None:
        self.attempts: dict[str, dict[uuid.UUID, float]] = {}
        self.known: dict[str, float] = {}

    async def count(self, keys: Collection[str], at_most: int) -> Mapping[str, int]:
        self.require_up()
        now = time.time()
        alive = {key: sum(1 for ends_at in self.attempts.get(key, {}).values() if ends_at > now) for key in keys}
        # As in a store, others come in between question and answer.
        await asyncio.sleep(0)
        return {key: min(at_most, count) for key, count in alive.items() if count}

    async def add(self, attempt: uuid.UUID, lifetimes_s: Mapping[str, int]) -> None:
        self.require_up()
        for key, seconds in lifetimes_s.items():
            self.attempts.setdefault(key, {})[attempt] = time.time() + seconds

    async def remove(self, keys: Collection[str], attempt: uuid.UUID) -> None:
        self.require_up()
        for key in keys:
            self.attempts.get(key, {}).pop(attempt, None)

    async def clear(self, key: str) -> None:
        self.require_up()
        require_key(key)
        self.attempts.pop(key, None)

    async def know(self, key: str, lifetime_s: int) -> None:
        self.require_up()
        require_key(key)
        self.known[key] = time.time() + lifetime_s

    async def is_known(self, key: str) -> bool:
        self.require_up()
        require_key(key)
        return self.known.get(key, 0) > time.time()


class FakeMailedTokenStore(Fallible):
    """A ``MailedTokenStore`` in memory."""

    def __init__(self) -> None:
        self.tokens: dict[bytes, tuple[Purpose, str, float]] = {}

    async def add(self, digest: bytes, purpose: Purpose, content: str, lifetime_s: int) -> None:
        self.require_up()
        require_key(digest)
        self.tokens[digest] = (purpose, content, time.time() + lifetime_s)

    async def find(self, digest: bytes, purpose: Purpose) -> str | None:
        self.require_up()
        require_key(digest)
        kept = self.tokens.get(digest)
        return kept[1] if kept is not None and kept[0] is purpose and kept[2] > time.time() else None

    async def use(self, digest: bytes) -> bool:
        self.require_up()
        require_key(digest)
        kept = self.tokens.pop(digest, None)
        return kept is not None and kept[2] > time.time()


class FakeLiveTicketStore(Fallible):
    """A ``LiveTicketStore`` in memory."""

    def __init__(self) -> None:
        self.tickets: dict[bytes, tuple[str, float]] = {}

    async def add(self, digest: bytes, content: str, lifetime_s: int) -> None:
        self.require_up()
        require_key(digest)
        self.tickets[digest] = (content, time.time() + lifetime_s)

    async def take(self, digest: bytes) -> str | None:
        self.require_up()
        require_key(digest)
        content, ends_at = self.tickets.pop(digest, ("", 0.0))
        return content if ends_at > time.time() else None


class FakeInvitationStore(Fallible):
    """An ``InvitationStore`` in memory."""

    def __init__(self) -> None:
        self.invitations: dict[uuid.UUID, tuple[Invitation, float]] = {}

    async def add(self, invitation: Invitation, lifetime_s: int) -> None:
        self.require_up()
        self.invitations[invitation.id] = (invitation, time.time() + lifetime_s)

    async def find(self, invitation_id: uuid.UUID) -> Invitation | None:
        self.require_up()
        kept = self.invitations.get(invitation_id)
        return kept[0] if kept is not None and kept[1] > time.time() else None

    async def page(self, limit: int, cursor: str | None = None) -> Page[Invitation]:
        self.require_up()
        start = 0 if cursor is None else int(decode_cursor(["invitations"], cursor, (int,))[0] or 0)
        kept = [invitation for invitation, until in self.invitations.values() if until > time.time()]
        shown = tuple(kept[max(start, 0) :][:limit])
        more = encode_cursor(["invitations"], [start + limit]) if len(shown) == limit else None
        return Page(items=shown, next_cursor=more)

    async def remove(self, invitation_id: uuid.UUID) -> bool:
        self.require_up()
        kept = self.invitations.pop(invitation_id, None)
        return kept is not None and kept[1] > time.time()


class FakeSubmittedImagesStore(Fallible):
    """A ``SubmittedImagesStore`` in memory."""

    def __init__(self) -> None:
        self.counts: dict[tuple[str, date], dict[uuid.UUID, int]] = {}

    async def save(self, subject: str, day: date, process: uuid.UUID, images: int) -> None:
        self.require_up()
        self.counts.setdefault((subject, day), {})[process] = images

    async def read(self, subject: str, day: date) -> dict[uuid.UUID, int]:
        self.require_up()
        return dict(self.counts.get((subject, day), {}))


class FakeMail(Fallible):
    """Keeps the letters that are posted."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []

    def require_room(self) -> None:
        self.require_up()

    def post(self, letter: Letter) -> None:
        self.require_up()
        self.letters.append(letter)

"""OAuth clients, consents, codes and browsers' log-ins, in memory."""

import time
import uuid
from datetime import datetime

from infra.errors import AlreadyExists, ChangedMeanwhile
from schemas.access.oauth import AuthorizationCode, BrowserLogIn, Consent, OAuthClient
from tests.fakes.stores import Fallible, require_key


class FakeOAuthClientStore(Fallible):
    """An ``OAuthClientStore`` in memory."""

    def __init__(self) -> None:
        self.clients: dict[str, OAuthClient] = {}

    async def create_client(self, client: OAuthClient) -> None:
        self.require_up()
        require_key(client.id)
        if client.id in self.clients:
            raise AlreadyExists("a client of this id exists already")
        self.clients[client.id] = client

    async def find_client(self, client_id: str) -> OAuthClient | None:
        self.require_up()
        require_key(client_id)
        return self.clients.get(client_id)

    async def list_clients(self) -> tuple[OAuthClient, ...]:
        self.require_up()
        return tuple(sorted(self.clients.values(), key=lambda client: (client.created_at, client.id), reverse=True))

    async def change_client(self, client: OAuthClient) -> OAuthClient:
        self.require_up()
        if client.id not in self.clients or self.clients[client.id].version != client.version:
            raise ChangedMeanwhile("the client was changed by another at the same moment")
        changed = client.model_copy(update={"version": client.version + 1})
        self.clients[client.id] = changed
        return changed

    async def revoke_client(self, client_id: str, at: datetime) -> bool:
        self.require_up()
        require_key(client_id)
        client = self.clients.get(client_id)
        if client is None or not client.lasts:
            return False
        self.clients[client_id] = client.model_copy(update={"revoked_at": at})
        return True

    async def release_client(self, client_id: str) -> bool:
        self.require_up()
        require_key(client_id)
        client = self.clients.get(client_id)
        if client is None or client.suspended_at is None:
            return False
        self.clients[client_id] = client.model_copy(update={"suspended_at": None})
        return True


class FakeOAuthGrantStore(Fallible):
    """An ``OAuthGrantStore`` in memory."""

    def __init__(self) -> None:
        self.consents: dict[tuple[uuid.UUID, str], Consent] = {}
        self.codes: dict[bytes, AuthorizationCode] = {}
        self.used: set[bytes] = set()
        self.log_ins: dict[bytes, tuple[BrowserLogIn, float]] = {}

    async def give_consent(self, consent: Consent) -> Consent:
        self.require_up()
        place = (consent.account_id, consent.client_id)
        standing = self.consents.get(place, consent)
        changes = {"scopes": standing.scopes | consent.scopes, "given_at": consent.given_at}
        self.consents[place] = standing.model_copy(update=changes)
        return self.consents[place]

    async def find_consent(self, account_id: uuid.UUID, client_id: str) -> Consent | None:
        self.require_up()
        return self.consents.get((account_id, client_id))

    async def list_consents(self, account_id: uuid.UUID) -> tuple[Consent, ...]:
        self.require_up()
        of_account = (consent for consent in self.consents.values() if consent.account_id == account_id)
        return tuple(sorted(of_account, key=lambda consent: consent.client_id))

    async def withdraw_consent(self, account_id: uuid.UUID, client_id: str) -> bool:
        self.require_up()
        return self.consents.pop((account_id, client_id), None) is not None

    async def add_code(self, digest: bytes, code: AuthorizationCode) -> None:
        self.require_up()
        require_key(digest)
        self.codes.setdefault(digest, code)

    async def find_code(self, digest: bytes) -> tuple[AuthorizationCode, bool] | None:
        self.require_up()
        require_key(digest)
        code = self.codes.get(digest)
        return None if code is None else (code, digest in self.used)

    async def use_code(self, digest: bytes, code: AuthorizationCode, at: datetime) -> bool:
        self.require_up()
        kept = self.codes.get(digest)
        if kept is None or kept.session_id != code.session_id or digest in self.used:
            return False
        self.used.add(digest)
        return True

    async def begin_log_in(self, digest: bytes, log_in: BrowserLogIn, lifetime_s: int) -> None:
        self.require_up()
        self.log_ins[digest] = (log_in, time.time() + lifetime_s)

    async def find_log_in(self, digest: bytes) -> BrowserLogIn | None:
        self.require_up()
        require_key(digest)
        kept = self.log_ins.get(digest)
        return kept[0] if kept is not None and kept[1] > time.time() else None

    async def end_log_in(self, digest: bytes) -> None:
        self.require_up()
        self.log_ins.pop(digest, None)

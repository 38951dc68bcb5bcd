"""The ways to get tokens that are open to clients, as Authlib checks them and we keep them."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError, InvalidScopeError, grants
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc7636.challenge import compare_s256_code_challenge

from api.oauth.conversation import ClientOnline, Conversation, OAuthRequest
from api.security.oauth_clients import stands
from api.security.sessions import is_open
from api.security.tokens.access_tokens import InvalidToken
from api.security.tokens.opaque_tokens import digest_of, new_secret
from schemas.access.accounts import Account, Scope
from schemas.access.credentials import Session
from schemas.access.oauth import CODE_LIFETIME_S, FOR_CLIENTS_THEMSELVES, AuthorizationCode, Consent
from schemas.activity import Action

CODE_KIND = "vdc"
WITH_SECRET = ["client_secret_basic", "client_secret_post"]
WITH_OR_WITHOUT = [*WITH_SECRET, "none"]


@dataclass(frozen=True)
class Consented:
    """A person who has just consented, and to what."""

    account: Account
    consent: Consent
    scopes: frozenset[Scope]


@dataclass(frozen=True)
class ShownCode:
    """A code as a client shows it."""

    digest: bytes
    code: AuthorizationCode
    used: bool
    code_challenge_method = "S256"

    @property
    def code_challenge(self) -> str:
        return self.code.challenge

    def get_redirect_uri(self) -> str:
        return self.code.redirect_uri

    def get_scope(self) -> str:
        return _listed(self.code.scopes)


@dataclass(frozen=True)
class ShownToken:
    """A token as a client shows it, and the session that it belongs to."""

    digest: bytes | None
    session: Session

    def check_client(self, client: ClientOnline) -> bool:
        return self.session.client_id == client.client.id

    def get_scope(self) -> str:
        return _listed(self.session.scopes)


class S256(CodeChallenge):
    """PKCE, for every client and by S256 alone: RFC 9700, section 2.1.1."""

    CODE_CHALLENGE_METHODS = {"S256": compare_s256_code_challenge}  # noqa: RUF012 - as Authlib has it

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        given = grant.request.payload.data
        if not given.get("code_challenge"):
            raise InvalidRequestError("Missing 'code_challenge': PKCE is required.")
        if given.get("code_challenge_method") != "S256":
            raise InvalidRequestError("'code_challenge_method' must be S256.")
        super().validate_code_challenge(grant, redirect_uri)


class CodeGrant(grants.AuthorizationCodeGrant):
    """Authorization codes. One that is rightly shown a second time ends the session that it began."""

    TOKEN_ENDPOINT_AUTH_METHODS = WITH_OR_WITHOUT
    server: Conversation
    request: OAuthRequest

    def generate_authorization_code(self) -> str:
        return new_secret(CODE_KIND)

    def save_authorization_code(self, code: str, request: OAuthRequest) -> None:
        consented: Consented = request.user
        kept = AuthorizationCode(
            client_id=request.client.client.id,
            account_id=consented.account.id,
            generation=consented.account.generation,
            consent_id=consented.consent.id,
            session_id=uuid.uuid4(),
            redirect_uri=request.payload.redirect_uri,
            scopes=consented.scopes,
            challenge=request.payload.data["code_challenge"],
            issued_at=datetime.now(UTC),
        )
        self.server.wait(self.server.stores.grants.add_code(digest_of(code), kept))

    def query_authorization_code(self, code: str, client: ClientOnline) -> ShownCode | None:
        digest = digest_of(code)
        found = self.server.wait(self.server.stores.grants.find_code(digest))
        if found is None or found[0].client_id != client.client.id:
            return None
        kept, used = found
        late = datetime.now(UTC) >= kept.issued_at + timedelta(seconds=CODE_LIFETIME_S)
        return ShownCode(digest, kept, used) if used or not late else None

    def authenticate_user(self, shown: ShownCode) -> Account:
        """Return who consented, after the client, the address and the verifier were found right."""
        if shown.used:
            self._end(shown)
        code, now = shown.code, datetime.now(UTC)
        session = Session(
            id=code.session_id,
            account_id=code.account_id,
            generation=code.generation,
            began_at=now,
            ends_at=now + self.server.lifetime,
            client_id=code.client_id,
            consent_id=code.consent_id,
            scopes=code.scopes,
        )
        account = _person_of(self.server, session)
        self.server.session = session
        return account

    def delete_authorization_code(self, shown: ShownCode) -> None:
        """Use the code up. The session has begun: of two who show a code at once, the later one ends it for both."""
        if not self.server.wait(self.server.stores.grants.use_code(shown.digest, shown.code, datetime.now(UTC))):
            self._end(shown)
        code = shown.code
        self.server.note(Action.CLIENT_SESSION_BEGUN, code.client_id, code.account_id, f"session {code.session_id}")

    def _end(self, shown: ShownCode) -> NoReturn:
        code = shown.code
        self.server.end_session(code.session_id)
        self.server.note(Action.CODE_REUSED, code.client_id, code.account_id, f"session {code.session_id}")
        raise InvalidGrantError("Invalid 'code' in request.")


class RefreshGrant(grants.RefreshTokenGrant):
    """Refresh tokens: each counts once, and one that is shown again ends the session (RFC 9700, section 4.14.2)."""

    TOKEN_ENDPOINT_AUTH_METHODS = WITH_OR_WITHOUT
    INCLUDE_NEW_REFRESH_TOKEN = True
    server: Conversation

    def authenticate_refresh_token(self, refresh_token: str) -> ShownToken | None:
        return _shown_refresh(self.server, refresh_token)

    def authenticate_user(self, shown: ShownToken) -> Account:
        account = _person_of(self.server, shown.session)
        self.server.take_turn(account.id, shown.session.client_id)
        self.server.session = shown.session
        return account

    def revoke_old_credential(self, shown: ShownToken) -> None:
        session, digest = shown.session, shown.digest or b""
        at = datetime.now(UTC)
        if not self.server.wait(self.server.stores.sessions.use_refresh_token(session, digest, at)):
            self.server.end_session(session.id)
            self.server.note(Action.REFRESH_REUSED, session.client_id, session.account_id, f"session {session.id}")
            raise InvalidGrantError
        self.server.note(Action.SESSION_REFRESHED, session.client_id, session.account_id, f"session {session.id}")


class ItselfGrant(grants.ClientCredentialsGrant):
    """Client credentials: a client that acts as itself, within its scopes and workspaces."""

    TOKEN_ENDPOINT_AUTH_METHODS = WITH_SECRET
    server: Conversation
    request: OAuthRequest

    def validate_token_request(self) -> None:
        super().validate_token_request()
        client = self.request.client.client
        own = {scope.value for scope in client.scopes & FOR_CLIENTS_THEMSELVES}
        wanted = set((self.request.payload.scope or "").split()) or own
        if not wanted or not wanted <= own:
            raise InvalidScopeError
        self.server.take_turn(uuid.UUID(client.id), client.id)
        self.request.scope = " ".join(sorted(wanted))

    def generate_token(self, **wanted: Any) -> dict[str, Any]:
        client, now = self.request.client.client, datetime.now(UTC)
        self.server.session = Session(
            id=uuid.uuid4(),
            account_id=uuid.UUID(client.id),
            generation=0,
            began_at=now,
            ends_at=now + timedelta(seconds=self.server.stores.tokens.lifetime_s),
            client_id=client.id,
            scopes=frozenset(map(Scope, self.request.scope.split())),
        )
        self.server.note(Action.CLIENT_SESSION_BEGUN, client.id, client.id, f"session {self.server.session.id}")
        token: dict[str, Any] = super().generate_token(**{**wanted, "scope": self.request.scope})
        return token


class Revocation(RevocationEndpoint):
    """RFC 7009: an access or refresh token that a client gives back ends its whole session."""

    CLIENT_AUTH_METHODS = WITH_OR_WITHOUT
    server: Conversation

    def check_params(self, request: OAuthRequest, client: ClientOnline) -> None:
        """Ask for a token; a hint that is none of ours is passed over (section 2.2), where Authlib refuses it."""
        if "token" not in request.form:
            raise InvalidRequestError("Missing 'token' in request.")

    def query_token(self, token: str, _hint: str | None) -> ShownToken | None:
        return _shown_refresh(self.server, token) or _shown_access(self.server, token)

    def revoke_token(self, shown: ShownToken, _request: OAuthRequest) -> None:
        session = shown.session
        self.server.end_session(session.id)
        self.server.note(Action.CLIENT_SESSION_ENDED, session.client_id, session.account_id, f"session {session.id}")


def _shown_refresh(server: Conversation, token: str) -> ShownToken | None:
    digest = digest_of(token)
    session_id = server.wait(server.stores.sessions.find_session_of(digest))
    session = None if session_id is None else server.wait(server.stores.sessions.find(session_id))
    # A person's own log-in is none of a client's business.
    return None if session is None or session.client_id is None else ShownToken(digest, session)


def _shown_access(server: Conversation, token: str) -> ShownToken | None:
    try:
        claims = server.stores.tokens.verify(token)
    except InvalidToken:
        return None
    session = server.wait(server.stores.sessions.find(claims.sid))
    return None if session is None or session.client_id is None else ShownToken(None, session)


def _person_of(server: Conversation, session: Session) -> Account:
    """Return for whom a session is, as long as the account is open and the consent stands."""
    account = server.wait(server.stores.accounts.find_account_by_id(session.account_id))
    consent = server.wait(server.stores.grants.find_consent(session.account_id, session.client_id or ""))
    if account is None or not is_open(session, account) or not stands(consent, session.consent_id):
        raise InvalidGrantError
    return account


def _listed(scopes: frozenset[Scope]) -> str:
    return " ".join(sorted(scopes))

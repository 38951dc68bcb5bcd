"""Authlib's authorization server on our stores: one for each request, in a thread of its own.

Authlib decides by blocking calls in a fixed order; our stores are awaited. So a request's conversation runs in a
thread, and each of its calls of a store is made on the event loop, which meanwhile serves others.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

from authlib.common.urls import add_params_to_uri
from authlib.oauth2 import AuthorizationServer, OAuth2Error, OAuth2Request
from authlib.oauth2.rfc6749 import UnauthorizedClientError
from authlib.oauth2.rfc6749.requests import OAuth2Payload

from api.security.oauth_clients import secret_matches
from api.security.sessions import AccountsById, SessionRegistry
from api.security.tokens.access_tokens import TokenSigner
from api.security.tokens.opaque_tokens import digest_of, new_secret
from schemas.access.accounts import Account, Scope, bucket_of
from schemas.access.credentials import Session
from schemas.access.oauth import FOR_CLIENTS, AuthorizationCode, Consent, Grant, OAuthClient
from schemas.access.redirects import is_same_redirect
from schemas.activity import Action

Value = TypeVar("Value")
Pairs = Sequence[tuple[str, str]]
TakeTurn = Callable[[str], None]

REFRESH_KIND = "vdo"
CLIENT_SUSPENDED = "The client has been suspended since a backup was restored. An administrator must release it."
CLIENT_REFUSED = "The client is unknown, or did not authenticate as required."


class Clients(Protocol):
    """Where clients are found."""

    async def find_client(self, client_id: str) -> OAuthClient | None: ...


class Grants(Protocol):
    """What people gave to clients."""

    async def find_consent(self, account_id: UUID, client_id: str) -> Consent | None: ...
    async def add_code(self, digest: bytes, code: AuthorizationCode) -> None: ...
    async def find_code(self, digest: bytes) -> tuple[AuthorizationCode, bool] | None: ...
    async def use_code(self, digest: bytes, code: AuthorizationCode, at: datetime) -> bool: ...


@dataclass(frozen=True)
class Stores:
    """Everything that a conversation reads and writes."""

    clients: Clients
    grants: Grants
    sessions: SessionRegistry
    accounts: AccountsById
    tokens: TokenSigner


@dataclass(frozen=True)
class Happened:
    """Something for the audit trail."""

    action: Action
    actor: str
    subject: str
    detail: str


@dataclass
class Answer:
    """What Authlib answers, and what happened on the way."""

    status: int
    body: dict[str, Any]
    location: str | None
    headers: dict[str, str]
    happened: list[Happened] = field(default_factory=list)
    ended: list[UUID] = field(default_factory=list)


class Issued(dict[str, Any]):
    """New tokens. Authlib writes them to its log for finding faults, where no token may ever stand."""

    def __repr__(self) -> str:
        return "tokens"


class Parameters(OAuth2Payload):
    """The parameters of a request, as Authlib reads them; of one that is given twice, the first."""

    def __init__(self, pairs: Pairs) -> None:
        self._datalist: defaultdict[str, list[str]] = defaultdict(list)
        for name, value in pairs:
            self._datalist[name].append(value)

    @property
    def data(self) -> dict[str, str]:
        return {name: values[0] for name, values in self._datalist.items()}

    @property
    def datalist(self) -> defaultdict[str, list[str]]:
        return self._datalist


class OAuthRequest(OAuth2Request):
    """A request. ``uri`` is our own https address: whether the way was safe is what the settings promise."""

    def __init__(self, method: str, pairs: Pairs, authorization: str | None = None) -> None:
        super().__init__(method, "https://vedette", headers={"Authorization": authorization or ""})
        self.payload = Parameters(pairs)

    @property
    def form(self) -> dict[str, str]:
        return self.payload.data


class ClientOnline:
    """A client as Authlib asks about it."""

    def __init__(self, client: OAuthClient) -> None:
        self.client = client

    def get_client_id(self) -> str:
        return self.client.id

    def get_default_redirect_uri(self) -> None:
        """None: every request must say where it is to be answered."""

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """Return what is asked for, all that the client may ask for if nothing is, or None if it is too much."""
        allowed = self.client.scopes & FOR_CLIENTS
        wanted = set((scope or "").split()) or {each.value for each in allowed}
        return " ".join(sorted(wanted)) if wanted <= {each.value for each in allowed} else None

    def check_redirect_uri(self, uri: str) -> bool:
        return any(is_same_redirect(each, uri, native=self.client.native) for each in self.client.redirect_uris)

    def check_client_secret(self, secret: str) -> bool:
        return secret_matches(secret, self.client)

    def check_endpoint_auth_method(self, method: str, _endpoint: str) -> bool:
        """Whoever has a secret must show it, and nobody else may."""
        return (method == "none") == (self.client.digest is None)

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code" and Grant.AUTHORIZATION_CODE in self.client.grants

    def check_grant_type(self, grant: str) -> bool:
        return grant in self.client.grants


class Conversation(AuthorizationServer):
    """One request of a client or of a browser, from a thread; store errors come through as they are."""

    def __init__(self, stores: Stores, issuer: str, lifetime: timedelta, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(scopes_supported=[scope.value for scope in FOR_CLIENTS])
        self.stores = stores
        self.lifetime = lifetime
        self.happened: list[Happened] = []
        self.ended: list[UUID] = []
        self.session: Session | None = None
        self.turn: TakeTurn | None = None
        self._issuer = issuer
        self._loop = loop
        self.register_token_generator("default", self._make_tokens)

    def wait(self, call: Coroutine[Any, Any, Value]) -> Value:
        """Return what ``call`` returns on the event loop."""
        return asyncio.run_coroutine_threadsafe(call, self._loop).result()

    def take_turn(self, account_id: UUID, client_id: str | None) -> None:
        """Count a request of a client that showed who it is; raises what the API answers to one that is too many."""

        async def take() -> None:
            if self.turn is not None:
                self.turn(bucket_of(account_id, client_id))

        self.wait(take())

    def query_client(self, client_id: str) -> ClientOnline | None:
        client = self.wait(self.stores.clients.find_client(client_id))
        if client is not None and client.lasts and not client.counts:
            raise UnauthorizedClientError(CLIENT_SUSPENDED)
        return ClientOnline(client) if client is not None and client.counts else None

    def create_oauth2_request(self, request: OAuthRequest) -> OAuthRequest:
        return request

    def send_signal(self, name: str, *arguments: Any, **named: Any) -> None:
        """Nobody listens."""

    def save_token(self, token: dict[str, Any], request: OAuthRequest) -> None:
        """Keep the session that the grant has prepared, or the next refresh token of the one that goes on."""
        session = self.session
        if session is None:
            raise RuntimeError("a token was made without a session")
        refresh = token.get("refresh_token")
        digest = None if refresh is None else digest_of(refresh)
        if request.refresh_token is None:
            self.wait(self.stores.sessions.begin(session, digest))
        elif digest is not None:
            self.wait(self.stores.sessions.add_refresh_token(session, digest))

    def end_session(self, session_id: UUID) -> None:
        """End a session and all that came of it."""
        self.wait(self.stores.sessions.end(session_id))
        self.ended.append(session_id)

    def note(self, action: Action, actor: object, subject: object, detail: str) -> None:
        self.happened.append(Happened(action, str(actor), str(subject), detail))

    def handle_error_response(self, request: OAuthRequest, error: OAuth2Error) -> Answer:
        if error.error == "invalid_client":
            # The same for a client that there is not and for a wrong secret.
            error.description = CLIENT_REFUSED
        answer: Answer = super().handle_error_response(request, error)
        return answer

    def handle_response(self, status: int, body: Any, headers: Sequence[tuple[str, str]]) -> Answer:
        given = dict(headers)
        location = given.pop("Location", None)
        if location is not None:
            # RFC 9207: a client that talks to several servers learns which one has answered.
            location = add_params_to_uri(location, {"iss": self._issuer})
        shown = dict(body) if isinstance(body, dict | list) else {}
        return Answer(status, shown, location, given, self.happened, self.ended)

    def _make_tokens(
        self, *, scope: str, user: Account | None, include_refresh_token: bool, **_: Any
    ) -> dict[str, Any]:
        session = self.session
        if session is None:
            raise RuntimeError("a token was asked for without a session")
        scopes = [Scope(name) for name in scope.split()]
        token = Issued(
            token_type="Bearer",  # noqa: S106 - the scheme's name, nothing secret
            access_token=self.stores.tokens.sign_for_client(session, user, scopes),
            expires_in=self.stores.tokens.lifetime_s,
            scope=scope,
        )
        if include_refresh_token:
            token["refresh_token"] = new_secret(REFRESH_KIND)
        return token


def origin_of(uri: str) -> str:
    """Return the part of a redirect URI that a policy for browsers can name: no host where it is https or IPv6."""
    parts = urlsplit(uri)
    if parts.scheme != "http" or "[" in parts.netloc:
        return f"{parts.scheme}:"
    return f"{parts.scheme}://{parts.netloc}"

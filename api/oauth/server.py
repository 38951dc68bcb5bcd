"""What the routes of OAuth ask for: is a request sound, what does a decision lead to, what does a client get."""

import asyncio
import base64
import re
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar
from urllib.parse import unquote

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidClientError, InvalidRequestError

from api.oauth.conversation import Answer, Conversation, Grants, OAuthRequest, Pairs, Stores, TakeTurn
from api.oauth.grants import S256, CodeGrant, Consented, ItselfGrant, RefreshGrant, Revocation
from api.security.alerts import QUIET_S, Memory
from api.security.throttle import network_of
from infra.errors import VedetteError
from infra.settings.api import ApiSettings
from schemas.access.accounts import ROLE_SCOPES, Account, Scope
from schemas.access.oauth import Consent, OAuthClient
from schemas.activity import Action

Value = TypeVar("Value")

THREADS = 8
LONGEST_PARAMETER = 2048
# What Authlib may repeat in the description of an error (RFC 6749, section 4.1.2.1); a state is only passed back.
REPEATABLE = re.compile(r"[\x20-\x21\x23-\x5B\x5D-\x7E]*")
PRINTABLE = re.compile(r"[\x20-\x7E]*")


class ConsentRegistry(Grants, Protocol):
    """What people gave to clients, and what they give now."""

    async def give_consent(self, consent: Consent) -> Consent: ...


class NotToBeSentBack(VedetteError):
    """The request is unsound in a way that makes its address of no trust: the person is told, and sent nowhere."""


class SentBack(VedetteError):
    """The request is unsound: the client is told at ``location``, an address of its own."""

    def __init__(self, location: str) -> None:
        super().__init__("the request is answered with an error")
        self.location = location


@dataclass(frozen=True)
class AuthorizationRequest:
    """A sound request of a client for a person's consent."""

    pairs: Pairs
    client: OAuthClient
    scopes: frozenset[Scope]
    redirect_uri: str

    def grantable_by(self, account: Account) -> frozenset[Scope]:
        """Return what is asked for and the person has to give."""
        return self.scopes & ROLE_SCOPES[account.role]


class OAuth:
    """The authorization server. Methods raise ``TransientError`` while a store does not answer."""

    def __init__(self, stores: Stores, consents: ConsentRegistry, settings: ApiSettings, issuer: str) -> None:
        self.issuer = issuer
        self._stores = stores
        self._consents = consents
        self._lifetime = timedelta(seconds=settings.session_lifetime_s)
        self._refusals = Memory(QUIET_S)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="oauth")

    async def check(self, pairs: Pairs) -> AuthorizationRequest:
        """Return what a client asks a person for; raises ``NotToBeSentBack`` or ``SentBack``."""
        _require_plain(pairs)
        return await self._in_thread(lambda server: _checked(server, pairs))

    async def allow(self, request: AuthorizationRequest, account: Account) -> str:
        """Keep the person's consent, and return where the browser goes with a code."""
        scopes = request.grantable_by(account)
        wish = Consent(
            id=uuid.uuid4(),
            account_id=account.id,
            client_id=request.client.id,
            scopes=scopes,
            given_at=datetime.now(UTC),
        )
        consented = Consented(account, await self._consents.give_consent(wish), scopes)
        return await self._decide(request, consented)

    async def deny(self, request: AuthorizationRequest) -> str:
        """Return where the browser goes with the news that nothing was allowed."""
        return await self._decide(request, None)

    async def give_token(self, pairs: Pairs, authorization: str | None, take_turn: TakeTurn) -> Answer:
        """Answer a request for a token, once ``take_turn`` has let its caller; what that raises comes through."""

        def give(server: Conversation, asked: OAuthRequest) -> Answer:
            server.turn = take_turn
            answer: Answer = server.create_token_response(asked)
            return answer

        return await self._answer(pairs, authorization, give)

    async def revoke(self, pairs: Pairs, authorization: str | None) -> Answer:
        """Answer a client that gives a token back."""
        return await self._answer(
            pairs, authorization, lambda server, asked: server.create_endpoint_response("revocation", asked)
        )

    def is_news(self, client_id: str, address: str | None) -> bool:
        """Whether a client's refusal was not recorded lately for this network: anybody can cause any number."""
        return not self._refusals.see((client_id, network_of(address)))

    async def _decide(self, request: AuthorizationRequest, consented: Consented | None) -> str:
        def decide(server: Conversation) -> str:
            asked = OAuthRequest("GET", request.pairs)
            grant = server.get_consent_grant(asked)
            answer: Answer = server.create_authorization_response(asked, grant_user=consented, grant=grant)
            if answer.location is None:
                raise NotToBeSentBack("the request does not count any more")
            return answer.location

        return await self._in_thread(decide)

    async def _answer(
        self, pairs: Pairs, authorization: str | None, answer: Callable[[Conversation, OAuthRequest], Answer]
    ) -> Answer:
        def speak(server: Conversation) -> Answer:
            asked = OAuthRequest("POST", pairs, authorization)
            try:
                _require_one_identity(pairs, authorization)
            except OAuth2Error as error:
                return server.handle_error_response(asked, error)
            answered = answer(server, asked)
            _note_refusal(server, asked, answered)
            return answered

        return await self._in_thread(speak)

    async def _in_thread(self, speak: Callable[[Conversation], Value]) -> Value:
        loop = asyncio.get_running_loop()
        server = Conversation(self._stores, self.issuer, self._lifetime, loop)
        server.register_grant(CodeGrant, [S256(required=True)])
        server.register_grant(RefreshGrant)
        server.register_grant(ItselfGrant)
        server.register_endpoint(Revocation(server))
        return await loop.run_in_executor(self._threads, speak, server)


def _checked(server: Conversation, pairs: Pairs) -> AuthorizationRequest:
    asked = OAuthRequest("GET", pairs)
    try:
        grant = server.get_consent_grant(asked)
    except OAuth2Error as error:
        answer = server.handle_error_response(asked, error)
        if answer.location is None:
            raise NotToBeSentBack(_told(error)) from None
        raise SentBack(answer.location) from None
    scopes = frozenset(map(Scope, asked.scope.split()))
    return AuthorizationRequest(tuple(pairs), asked.client.client, scopes, grant.redirect_uri)


def _told(error: OAuth2Error) -> str:
    return error.description or error.error or "the request is unsound"


def _require_plain(pairs: Pairs) -> None:
    """Refuse what Authlib could not repeat, and parameters that are given twice (RFC 6749, section 3.1)."""
    for name, value in pairs:
        allowed = PRINTABLE if name == "state" else REPEATABLE
        if len(value) > LONGEST_PARAMETER or not allowed.fullmatch(value):
            raise NotToBeSentBack("A parameter is too long, or contains characters that are not allowed.")
    _require_each_once(pairs, NotToBeSentBack)


def _require_each_once(pairs: Pairs, error: type[Exception]) -> None:
    if any(count > 1 for count in Counter(name for name, _ in pairs).values()):
        raise error("A parameter is given more than once.")


def _require_one_identity(pairs: Pairs, authorization: str | None) -> None:
    """Refuse a client that says in two ways who it is (RFC 6749, section 2.3)."""
    _require_each_once(pairs, InvalidRequestError)
    if not all(REPEATABLE.fullmatch(value) and len(value) <= LONGEST_PARAMETER for _, value in pairs):
        raise InvalidRequestError("A parameter is too long, or contains characters that are not allowed.")
    if authorization is None:
        return
    form = dict(pairs)
    name = _name_in(authorization)
    if name is None:
        raise InvalidClientError(status_code=401)
    if "client_secret" in form or form.get("client_id", name) != name:
        raise InvalidRequestError("The client must authenticate in exactly one way.")


def _name_in(authorization: str) -> str | None:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, _secret = base64.b64decode(encoded.strip(), validate=True).decode("ascii").partition(":")
    except ValueError:
        return None
    return unquote(name) if colon else None


def _note_refusal(server: Conversation, asked: OAuthRequest, answered: Answer) -> None:
    """Tell the audit trail of somebody who has a client's name and not its secret; of names that are none, nothing."""
    if answered.body.get("error") != "invalid_client":
        return
    name = _name_in(asked.headers["Authorization"]) or asked.payload.client_id
    if not name:
        return
    found = server.wait(server.stores.clients.find_client(name))
    if found is not None:
        server.note(Action.CLIENT_REFUSED, "anonymous", found.id, "" if found.lasts else "revoked")

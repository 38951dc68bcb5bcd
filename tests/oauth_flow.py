"""An application and its user, who go through the authorization code flow by hand."""

import base64
import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from api.security.tokens.opaque_tokens import digest_of
from schemas.access.accounts import Account, Scope
from schemas.access.oauth import Grant, OAuthClient
from tests import samples
from tests.api_world import PASSWORD, ApiWorld

BACK = "https://album.example/back"
STATE = 'state "of/the app'
FORM_TOKEN = re.compile(r'name="form_token" value="([0-9a-f]{64})"')


def challenge_of(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


@dataclass
class Application:
    """A client, its secret where it has one, and the browser of one person."""

    world: ApiWorld
    client: OAuthClient
    secret: str | None = None
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    def __post_init__(self) -> None:
        self.browser = self.world.client()

    def asks(self, **changes: str | None) -> dict[str, str]:
        """Return the parameters of a sound request, but for ``changes``."""
        sound = {
            "response_type": "code",
            "client_id": self.client.id,
            "redirect_uri": (self.client.redirect_uris or (BACK,))[0],
            "scope": "profile:read results:read",
            "state": STATE,
            "code_challenge": challenge_of(self.verifier),
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in {**sound, **changes}.items() if value is not None}

    async def open(self, **changes: str | None) -> httpx.Response:
        return await self.browser.get(f"/oauth/authorize?{urlencode(self.asks(**changes))}")

    async def press(self, page: httpx.Response, action: str, **more: str) -> httpx.Response:
        """Send the form of a page."""
        found = FORM_TOKEN.search(page.text)
        assert found is not None, page.text
        return await self.browser.post(page.url, data={"form_token": found[1], "action": action, **more})

    async def log_in(self, account: Account, password: str = PASSWORD, **changes: str | None) -> httpx.Response:
        """Return what comes after a log-in: the question, if the password is right."""
        page = await self.open(**changes)
        sent = await self.press(page, "log-in", email=account.email, password=password)
        return await self.browser.get(sent.headers["Location"]) if sent.status_code == 303 else sent

    async def decided(self, account: Account, action: str = "allow", **changes: str | None) -> dict[str, str]:
        """Return what the application is told after the person has decided."""
        sent = await self.press(await self.log_in(account, **changes), action)
        assert sent.status_code == 303, sent.text
        return answer_in(sent.headers["Location"])

    async def code(self, account: Account, **changes: str | None) -> str:
        return (await self.decided(account, **changes))["code"]

    async def exchange(self, code: str, /, **changes: str | None) -> httpx.Response:
        sound = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.client.redirect_uris[0],
            "code_verifier": self.verifier,
        }
        return await self.token(**{**sound, **changes})

    async def refresh(self, refresh_token: str, **changes: str | None) -> httpx.Response:
        return await self.token(**{"grant_type": "refresh_token", "refresh_token": refresh_token, **changes})

    async def token(self, path: str = "/oauth/token", **form: str | None) -> httpx.Response:
        """Ask for a token as this client: with its secret by Basic, or with its name alone."""
        sent: Mapping[str, Any] = {name: value for name, value in form.items() if value is not None}
        async with self.world.client() as client:
            if self.secret is None:
                return await client.post(path, data={"client_id": self.client.id, **sent})
            return await client.post(path, data=sent, auth=(self.client.id, self.secret))

    async def tokens(self, account: Account, **changes: str | None) -> dict[str, Any]:
        """Return the tokens of a flow that ends well."""
        answer = await self.exchange(await self.code(account, **changes))
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def status(self, access_token: str, path: str = "/v1/me") -> int:
        async with self.world.client(access_token) as client:
            return (await client.get(path)).status_code


def answer_in(location: str) -> dict[str, str]:
    """Return the parameters that a redirect carries."""
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query, strict_parsing=True).items()}


async def application(world: ApiWorld, *, confidential: bool = False, **fields: Any) -> Application:
    """Return a new client's application."""
    secret = f"vds_{secrets.token_urlsafe(32)}" if confidential else None
    client = samples.client(digest=None if secret is None else digest_of(secret), **fields)
    await world.oauth_clients.create_client(client)
    return Application(world, client, secret)


async def machine(world: ApiWorld, *scopes: Scope, **fields: Any) -> Application:
    """Return a client that acts as itself."""
    itself = {"grants": frozenset({Grant.CLIENT_CREDENTIALS}), "redirect_uris": (), "scopes": frozenset(scopes)}
    return await application(world, confidential=True, **{**itself, **fields})

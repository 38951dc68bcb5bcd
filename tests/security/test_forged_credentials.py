"""Forged, stale and misused tokens and keys, each sent to the API: none lets anybody in.

Every forgery differs in one thing from a credential that does let in, of an account and a session that exist.
"""

import base64
import hashlib
import hmac
import inspect
import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from api.admission import coalescing
from api.security.tokens.opaque_tokens import digest_of
from api.security.tokens.signing_keys import key_id
from schemas.access.accounts import Account, Role, Scope
from schemas.access.credentials import Purpose
from tests import samples
from tests.api_world import PASSWORD, RIVAL, SHOP, ApiWorld

STRANGE = Ed25519PrivateKey.generate()
RSA = rsa.generate_private_key(65537, 2048)
CURVE = ec.generate_private_key(ec.SECP256R1())
READ = frozenset({Scope.RESULTS_READ})


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def ago(**span: int) -> datetime:
    return datetime.now(UTC) - timedelta(**span)


@dataclass
class Forger:
    """Somebody who knows everything of an account but what would open it."""

    world: ApiWorld
    account: Account
    session: uuid.UUID

    @property
    def key_id(self) -> str:
        return key_id(self.world.key)

    def claims(self, **changes: Any) -> dict[str, Any]:
        now = datetime.now(UTC)
        good = {
            "iss": "vedette",
            "aud": "vedette-api",
            "sub": str(self.account.id),
            "sid": str(self.session),
            "role": "user",
            "workspaces": [SHOP],
            "iat": now,
            "nbf": now,
            "exp": now + timedelta(minutes=5),
            "jti": str(uuid.uuid4()),
        }
        return {name: value for name, value in (good | changes).items() if value is not None}

    def token(self, header: dict[str, Any] | None = None, key: Any = None, alg: str = "EdDSA", **changes: Any) -> str:
        """Return a token that is good but for what is named; with the API's own key unless another is given."""
        wanted = {"typ": "at+jwt", "kid": self.key_id} | (header or {})
        headers = {name: value for name, value in wanted.items() if value is not None or name == "typ"}
        return jwt.encode(self.claims(**changes), key or self.world.key, alg, headers=headers)

    def by_hand(self, header: dict[str, Any], sign: Callable[[bytes], bytes] = lambda _: b"", **changes: Any) -> str:
        """Return a token with any header, and the signature that ``sign`` makes."""
        claims = {
            name: int(value.timestamp()) if isinstance(value, datetime) else value
            for name, value in self.claims(**changes).items()
        }
        body = ".".join(base64url(json.dumps(part).encode()) for part in (header, claims))
        return f"{body}.{base64url(sign(body.encode()))}"

    def keyed_with(self, secret: bytes, digest: str = "sha256") -> str:
        """The classic confusion: the public key as the secret of an HMAC."""
        header = {"alg": f"HS{digest.removeprefix('sha')}", "typ": "at+jwt", "kid": self.key_id}
        return self.by_hand(header, lambda body: hmac.new(secret, body, getattr(hashlib, digest)).digest())

    def pem(self) -> bytes:
        return self.world.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def raw(self) -> bytes:
        return self.world.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def strange_jwk(self) -> dict[str, str]:
        public = STRANGE.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return {"kty": "OKP", "crv": "Ed25519", "x": base64url(public), "kid": self.key_id}

    def tampered(self, part: int, change: dict[str, Any]) -> str:
        """Return a signed token of which one part was changed afterwards."""
        parts = self.token().split(".")
        content = json.loads(base64.urlsafe_b64decode(parts[part] + "=="))
        parts[part] = base64url(json.dumps(content | change).encode())
        return ".".join(parts)

    async def pair(self) -> dict[str, str]:
        async with self.world.client() as client:
            answer = await client.post("/v1/auth/token", json={"email": self.account.email, "password": PASSWORD})
        return dict(answer.json())

    async def refreshed(self, token: str) -> dict[str, Any]:
        async with self.world.client() as client:
            return dict((await client.post("/v1/auth/refresh", json={"refresh_token": token})).json())

    async def of_a_revoked_family(self) -> str:
        first = await self.pair()
        second = await self.refreshed(first["refresh_token"])
        await self.refreshed(first["refresh_token"])
        return str(second["access_token"])

    async def after_log_out(self) -> str:
        token = (await self.pair())["access_token"]
        async with self.world.client(token) as client:
            assert (await client.post("/v1/auth/logout")).status_code == 204
        return token

    async def after(self, **changes: Any) -> str:
        """A token that was good until its account changed."""
        token = self.token()
        await self.world.accounts.change_account(self.account.model_copy(update=changes))
        return token

    async def of_anothers_session(self) -> str:
        other = await self.world.add_account(Role.ADMIN)
        session = samples.session(account_id=other.id, generation=other.generation)
        await self.world.sessions.begin(session, session.id.bytes)
        return self.token(sid=str(session.id))

    async def for_anothers_account(self) -> str:
        return self.token(sub=str((await self.world.add_account(Role.ADMIN)).id), role="admin")

    async def of_a_session_that_ran_out(self) -> str:
        stale = samples.session(account_id=self.account.id, generation=0, ends_at=ago(seconds=1))
        await self.world.sessions.begin(stale, stale.id.bytes)
        return self.token(sid=str(stale.id))

    async def key(self, **fields: Any) -> str:
        return await self.world.key_of(self.account, READ, **fields)

    async def key_after(self, **changes: Any) -> str:
        text = await self.key()
        await self.world.accounts.change_account(self.account.model_copy(update=changes))
        return text

    async def key_with_anothers_secret(self) -> str:
        mine, other = await self.key(), await self.key()
        return f"vdt_{mine[4:14]}_{other[15:]}"

    async def mailed_token(self) -> str:
        token = "vdm_" + "A" * 43
        await self.world.mailed_tokens.add(digest_of(token), Purpose.PASSWORD_RESET, "{}", 60)
        return token


Forge = Callable[[Forger], str | Awaitable[str]]

FORGED: dict[str, Forge] = {
    "algorithm none": lambda f: f.by_hand({"alg": "none", "typ": "at+jwt", "kid": f.key_id}),
    "algorithm none in capitals": lambda f: f.by_hand({"alg": "NONE", "typ": "at+jwt", "kid": f.key_id}),
    "algorithm none with the good signature": lambda f: f.by_hand(
        {"alg": "none", "typ": "at+jwt", "kid": f.key_id}, f.world.key.sign
    ),
    "no algorithm": lambda f: f.by_hand({"typ": "at+jwt", "kid": f.key_id}, f.world.key.sign),
    "hs256 with the public key as pem": lambda f: f.keyed_with(f.pem()),
    "hs256 with the public key as bytes": lambda f: f.keyed_with(f.raw()),
    "hs512 with the published key set": lambda f: f.keyed_with(json.dumps(f.world.tokens.jwks()).encode(), "sha512"),
    "hs256 with nothing as the key": lambda f: f.keyed_with(b""),
    "rs256 under our key id": lambda f: f.token(key=RSA, alg="RS256"),
    "es256 under our key id": lambda f: f.token(key=CURVE, alg="ES256"),
    "another key under our key id": lambda f: f.token(key=STRANGE),
    "another key under its own id": lambda f: f.token({"kid": key_id(STRANGE)}, STRANGE),
    "a key id that is a path": lambda f: f.token({"kid": "../../../../../../dev/null"}),
    "a key id that is the key's file": lambda f: f.token({"kid": "secrets/api-signing-key.pem"}),
    "a key id that is a query": lambda f: f.token({"kid": "' OR '1'='1"}),
    "a key id that is a list": lambda f: f.by_hand(
        {"alg": "EdDSA", "typ": "at+jwt", "kid": [f.key_id]}, f.world.key.sign
    ),
    "no key id": lambda f: f.token({"kid": None}),
    "jku of a strange key set": lambda f: f.token({"jku": "https://thief.example/jwks.json"}, STRANGE),
    "x5u of a strange certificate": lambda f: f.token({"x5u": "https://thief.example/a.pem"}, STRANGE),
    "x5c with a strange certificate": lambda f: f.token({"x5c": ["MIIB"]}, STRANGE),
    "a strange key embedded": lambda f: f.token({"jwk": f.strange_jwk()}, STRANGE),
    "a critical extension": lambda f: f.token({"crit": ["exp"]}),
    "type jwt": lambda f: f.token({"typ": "JWT"}),
    "no type": lambda f: f.token({"typ": None}),
    "a log-out token": lambda f: f.token({"typ": "logout+jwt"}),
    "another issuer": lambda f: f.token(iss="https://thief.example"),
    "no issuer": lambda f: f.token(iss=None),
    "another audience": lambda f: f.token(aud="billing"),
    "our audience among others": lambda f: f.token(aud=["vedette-api", "billing"]),
    "no audience": lambda f: f.token(aud=None),
    "expired": lambda f: f.token(iat=ago(hours=2), nbf=ago(hours=2), exp=ago(hours=1)),
    "expired for six seconds": lambda f: f.token(iat=ago(hours=1), nbf=ago(hours=1), exp=ago(seconds=6)),
    "no expiry": lambda f: f.token(exp=None),
    "an expiry that is no number": lambda f: f.by_hand(
        {"alg": "EdDSA", "typ": "at+jwt", "kid": f.key_id}, f.world.key.sign, exp="tomorrow"
    ),
    "not yet valid": lambda f: f.token(nbf=ago(hours=-1)),
    "issued in the future": lambda f: f.token(iat=ago(hours=-1)),
    "no subject": lambda f: f.token(sub=None),
    "a subject that is no account's id": lambda f: f.token(sub="admin"),
    "the subject of nobody": lambda f: f.token(sub=str(uuid.uuid4())),
    "another's subject in one's own session": Forger.for_anothers_account,
    "one's own subject in another's session": Forger.of_anothers_session,
    "no session": lambda f: f.token(sid=None),
    "a session that never was": lambda f: f.token(sid=str(uuid.uuid4())),
    "a session that ran out": Forger.of_a_session_that_ran_out,
    "a role that is none": lambda f: f.token(role="root"),
    "workspaces that are none": lambda f: f.token(workspaces=["../rival"]),
    "tampered: another role": lambda f: f.tampered(1, {"role": "admin"}),
    "tampered: other workspaces": lambda f: f.tampered(1, {"workspaces": [RIVAL]}),
    "tampered: a later expiry": lambda f: f.tampered(1, {"exp": 4_000_000_000}),
    "tampered: another header": lambda f: f.tampered(0, {"cty": "x"}),
    "no signature": lambda f: f.token().rpartition(".")[0] + ".",
    "half a signature": lambda f: f.token()[:-40],
    "the signature of another token": lambda f: f"{f.token().rpartition('.')[0]}.{f.token().rpartition('.')[2]}",
    "a second spelling: padding": lambda f: f.token() + "==",
    "a second spelling: a line break within": lambda f: f.token().replace(".", ".%0A", 1),
    "five parts": lambda f: f.token() + ".e30.e30",
    "huge": lambda f: f.token(workspaces=[f"w{number}" for number in range(5000)]),
    "nested beyond reason": lambda _: base64url(b"[" * 8000) + ".e30.AAAA",
    "a refresh token as an access token": lambda f: _part(f.pair(), "refresh_token"),
    "a mailed token as an access token": Forger.mailed_token,
    "the log-in of a refresh token that was used twice": Forger.of_a_revoked_family,
    "after log-out": Forger.after_log_out,
    "after its account was closed": lambda f: f.after(active=False),
    "after its account ended all log-ins": lambda f: f.after(generation=1),
    "a key that ran out": lambda f: f.key(expires_at=ago(seconds=1)),
    "a key that was revoked": lambda f: f.key(revoked_at=ago(seconds=1)),
    "a key whose owner is closed": lambda f: f.key_after(active=False),
    "a key of nobody": lambda f: f.world.key_of(samples.account("gone@shop.example"), READ),
    "a key with the secret of another": Forger.key_with_anothers_secret,
    "a key that never was": lambda _: "vdt_" + "a" * 10 + "_" + "A" * 43,
    "a key cut short": lambda f: _changed(f.key(), lambda text: text[:-1]),
    "a key with more behind": lambda f: _changed(f.key(), lambda text: text + "A"),
    "a key in capitals": lambda f: _changed(f.key(), str.upper),
    "a key without its secret": lambda f: _changed(f.key(), lambda text: text[:15]),
    "the password itself": lambda _: PASSWORD,
}


async def _part(pair: Awaitable[dict[str, str]], name: str) -> str:
    return (await pair)[name]


async def _changed(text: Awaitable[str], change: Callable[[str], str]) -> str:
    return change(await text)


@pytest.fixture
async def forger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Forger]:
    monkeypatch.setattr(coalescing, "REMEMBERED_S", 0.0)
    world = ApiWorld(tmp_path)
    await world.add_workspace(SHOP)
    await world.add_workspace(RIVAL)
    account = await world.add_account(Role.USER, SHOP)
    session = samples.session(account_id=account.id, generation=account.generation)
    await world.sessions.begin(session, session.id.bytes)
    yield Forger(world, account, session.id)
    world.passwords.close()


async def status_of(forger: Forger, credential: str, path: str = "/v1/workspaces") -> int:
    async with forger.world.client(credential) as client:
        return (await client.get(path)).status_code


def test_there_are_at_least_forty() -> None:
    assert len(FORGED) >= 40


async def test_the_good_token_and_the_good_key_let_in_so_that_the_forgeries_mean_something(forger: Forger) -> None:
    good = {"alg": "EdDSA", "typ": "at+jwt", "kid": forger.key_id}
    for credential in (forger.token(), forger.by_hand(good, forger.world.key.sign), await forger.key()):
        assert await status_of(forger, credential) == 200


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED.keys())
async def test_a_forged_stale_or_misused_credential_lets_nobody_in(forger: Forger, forge: Forge) -> None:
    made = forge(forger)
    credential = await made if inspect.isawaitable(made) else made
    assert isinstance(credential, str)
    async with forger.world.client(credential) as client:
        answer = await client.get("/v1/workspaces")
    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="vedette", error="invalid_token"'
    assert answer.json()["detail"] == (
        "The token or API key is not valid, or no longer valid. Log in again, or create another key."
    )


async def test_a_token_of_a_key_that_was_dropped_counts_no_longer(forger: Forger, tmp_path: Path) -> None:
    token = forger.token()
    other = ApiWorld(tmp_path, accounts=forger.world.accounts, sessions=forger.world.sessions)
    async with other.client(token) as client:
        assert (await client.get("/v1/workspaces")).status_code == 401
    other.passwords.close()


async def test_an_access_token_and_a_key_refresh_nothing(forger: Forger) -> None:
    pair = await forger.pair()
    async with forger.world.client() as client:
        for credential in (await forger.key(), pair["refresh_token"][:-1], pair["refresh_token"] + "A"):
            answer = await client.post("/v1/auth/refresh", json={"refresh_token": credential})
            assert answer.status_code == 401
        too_long = await client.post("/v1/auth/refresh", json={"refresh_token": pair["access_token"]})
        assert too_long.status_code == 422


async def test_a_key_of_one_workspace_opens_no_other_and_a_key_without_the_scope_nothing(forger: Forger) -> None:
    owner = await forger.world.add_account(Role.ADMIN)
    confined = await forger.world.key_of(owner, READ, SHOP)
    assert await status_of(forger, confined, f"/v1/images?owner={SHOP}") == 200
    assert await status_of(forger, confined, f"/v1/images?owner={RIVAL}") == 403
    writer = await forger.world.key_of(owner, frozenset({Scope.IMAGES_WRITE}))
    assert await status_of(forger, writer) == 403


async def test_a_mailed_token_counts_for_no_other_purpose(forger: Forger) -> None:
    token = await forger.mailed_token()
    body = {"token": token, "password": "orchids whisper at noon"}
    async with forger.world.client() as client:
        answer = await client.post("/v1/auth/register/confirm", json=body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["token"]


async def test_two_credentials_and_other_schemes_let_nobody_in(forger: Forger) -> None:
    token = forger.token()
    async with forger.world.client() as client:
        for scheme in ("Basic", "Token", "bearer,", ""):
            answer = await client.get("/v1/workspaces", headers={"Authorization": f"{scheme} {token}".strip()})
            assert answer.status_code == 401
        assert (await client.get(f"/v1/workspaces?access_token={token}")).status_code == 401
        assert (await client.get("/v1/workspaces", headers={"Cookie": f"access_token={token}"})).status_code == 401

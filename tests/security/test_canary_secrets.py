"""Secrets put wherever a caller can put one, into every route that there is: none is in a log, a topic or a store.

The one place where a signed address stands is the reference itself, on the topic that it was sent for: without its
signature a worker could not fetch the image.
"""

import dataclasses
import json
import logging
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, SecretStr
from structlog.testing import capture_logs

from api.security.passwords.hashing import hash_password
from infra.settings.api import ApiSettings
from schemas.access.accounts import Role, Scope
from schemas.answers import EmbeddingAnswer, FeatureAnswers, Label, LabelsAnswer
from schemas.topics import REFERENCE_TOPICS
from tests import samples
from tests.api_world import SHOP, ApiWorld
from tests.fakes.pictures import encoded, quarters

PASSWORD = "canary warbles beneath 7341 chimneys"  # noqa: S105 - the point of this file
SIGNATURE = "CanarySignature5f2b9c"
SIGNED = f"https://img.shop.example/a.jpg?X-Amz-Credential=canary&X-Amz-Signature={SIGNATURE}"
LENIENT = ApiSettings(
    registration="open", log_in_failures=1000, log_in_failures_network=100_000, requests_per_s=9999, request_burst=9999
)
PICTURE = encoded(quarters(16), "PNG")
SEEN = FeatureAnswers(
    labels=LabelsAnswer(model="lite0@1", labels=(Label(name="cat", confidence=0.9),)),
    embedding=EmbeddingAnswer(model="lite0@1", dimensions=256, values=samples.EMBEDDING),
    hash=samples.HASH,
)


@dataclass
class Canaries:
    """The secrets, each by its name, and what is sent of them where a caller fills something in."""

    world: ApiWorld
    secrets: dict[str, str] = field(default_factory=dict)

    def body(self, secret: str) -> dict[str, Any]:
        """Return a body that has the secret under every name that any route knows, and under one that none does."""
        names = ("password", "new_password", "token", "refresh_token", "name", "owner", "role", "workspace", "id", "x")
        images = [{"uri": secret, "image_id": "canary"}, {"uri": SIGNED, secret[:60]: secret}]
        return {**dict.fromkeys(names, secret), "email": f"{secret[:20]}@shop.example", "images": images}


@pytest.fixture
async def canaries(tmp_path: Path) -> AsyncIterator[Canaries]:
    settings = ApiSettings(
        registration="open", log_in_failures=1000, log_in_failures_network=100_000, request_burst=9999
    )
    world = ApiWorld(tmp_path, api=settings)
    await world.add_workspace(SHOP, "https://img.shop.example/", "s3://shop-*/")
    await world.recognise(SHOP, "mug-1", features=SEEN)
    world.let_workers_see(SEEN)
    account = await world.add_account(Role.ADMIN, SHOP)
    changed = account.model_copy(update={"password_hash": hash_password(PASSWORD)})
    await world.accounts.change_account(changed)
    async with world.client() as client:
        pair = (await client.post("/v1/auth/token", json={"email": account.email, "password": PASSWORD})).json()
    secrets = {
        "password": PASSWORD,
        "access token": pair["access_token"],
        "refresh token": pair["refresh_token"],
        "API key": await world.key_of(changed, frozenset(Scope) - {Scope.ACCOUNT}),
        "signature": SIGNATURE,
    }
    yield Canaries(world, secrets)
    world.passwords.close()


def routes_of(world: ApiWorld) -> Iterator[tuple[str, str]]:
    for route in iter_route_contexts(world.app.routes):
        for method in sorted((route.methods or set()) - {"HEAD"}):
            yield method, str(route.path_format)


async def send_everywhere(client: httpx.AsyncClient, method: str, path: str, secret: str, canaries: Canaries) -> None:
    """Put the secret where the path, the query string, the body or a picture has a place for it."""
    filled = re.sub(r"\{\w+\}", quote(secret, safe=""), path)
    plain = re.sub(r"\{\w+\}", "mug-1", path)
    await client.request(method, filled)
    await client.request(
        method, plain, params={"q": secret, "owner": secret, "cursor": secret, "uri": SIGNED, "x": secret}
    )
    await client.request(method, plain, json=canaries.body(secret))
    await client.request(method, plain, content=secret.encode() + PICTURE)
    await client.request(method, f"{plain}?owner={SHOP}", content=PICTURE, headers={"Cookie": f"token={secret}"})


def texts(value: object, seen: set[int] | None = None) -> Iterator[str]:
    """Yield every text and all bytes that can be reached from ``value``."""
    seen = set() if seen is None else seen
    if isinstance(value, (str, bytes)):
        yield value if isinstance(value, str) else value.decode("latin-1")
    if isinstance(value, (str, bytes, int, float, SecretStr)) or value is None or id(value) in seen:
        return
    seen.add(id(value))
    for part in parts_of(value):
        yield from texts(part, seen)


def parts_of(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return [*value.keys(), *value.values()]
    if isinstance(value, (list, tuple, set, frozenset)):
        return [*value]
    if isinstance(value, BaseModel) or dataclasses.is_dataclass(value):
        return [*vars(value).values()] if hasattr(value, "__dict__") else [repr(value)]
    return [*vars(value).values()] if type(value).__module__.startswith("tests.") else []


def stored(world: ApiWorld) -> str:
    """Return all that the stores and the letters hold."""
    stores = (
        *(world.images, world.accounts, world.sessions, world.api_keys, world.attempts, world.mailed_tokens),
        *(world.mail, world.index, world.answers, world.uploads),
    )
    return "\n".join(text for store in stores for text in texts(store))


def published(world: ApiWorld) -> str:
    """Return all that is on topics, but for the addresses of references on the topics that they were sent for."""
    told = []
    for record in world.publisher.records:
        value = (record.value or b"").decode("latin-1")
        if record.topic in REFERENCE_TOPICS:
            value = json.dumps({name: part for name, part in json.loads(value).items() if name != "uri"})
        told.append(f"{record.topic} {record.key!r} {value} {record.headers!r}")
    return "\n".join(told)


def test_what_the_search_reaches(tmp_path: Path) -> None:
    world = ApiWorld(tmp_path)
    world.accounts.accounts[samples.account("a@b.example").id] = samples.account("findme@shop.example")
    world.passwords.close()
    assert "findme@shop.example" in stored(world)


@pytest.mark.parametrize("name", ["password", "access token", "refresh token", "API key", "signature"])
async def test_a_secret_put_everywhere_is_kept_nowhere(
    canaries: Canaries, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    """Sent by nobody and by an administrator, since the two come differently far."""
    world, secret = canaries.world, canaries.secrets[name]
    sent = SIGNED if name == "signature" else secret
    caplog.set_level(logging.DEBUG)
    with capture_logs() as logs:
        for token in (None, canaries.secrets["access token"], canaries.secrets["API key"]):
            for method, path in routes_of(world):
                if path.endswith(("/logout", "/close")) and token is not None:
                    continue  # would end the log-in that all the rest is sent with
                async with world.client(token) as client:
                    await send_everywhere(client, method, path, sent, canaries)
        await world.app.state.audit.close()
    assert len(logs) > 500
    for secret_part in parts_that_count(name, secret):
        assert secret_part not in str(logs)
        assert secret_part not in logged(caplog)
        assert secret_part not in published(world)
        assert secret_part not in stored(world)


def logged(caplog: pytest.LogCaptureFixture) -> str:
    """Return what the standard library's loggers got, but for the client with which the test itself asks."""
    records = (record for record in caplog.records if not record.name.startswith(("httpx", "httpcore")))
    return "\n".join(f"{record.getMessage()} {record.exc_text}" for record in records)


def parts_that_count(name: str, secret: str) -> list[str]:
    """Return the secret, and of those with parts the one that is secret by itself."""
    return {"API key": [secret, secret[15:]], "access token": [secret, secret.rpartition(".")[2]]}.get(name, [secret])


async def test_a_signed_address_reaches_the_worker_and_nobody_else(canaries: Canaries) -> None:
    world = canaries.world
    async with world.client(canaries.secrets["API key"]) as client:
        body = {"owner": SHOP, "images": [{"uri": SIGNED}]}
        sent = await client.post("/v1/images", json=body, headers={"Idempotency-Key": "canary-1"})
        assert sent.status_code == 202
        name = sent.json()["images"][0]["image_id"]
        answers = [sent.text, *[(await client.get(path)).text for path in paths_about(name)]]
    [reference] = [record for record in world.publisher.records if record.topic in REFERENCE_TOPICS]
    assert json.loads(reference.value or b"")["uri"] == SIGNED
    for text in (*answers, published(world), stored(world)):
        assert SIGNATURE not in text


def paths_about(image_id: str) -> list[str]:
    name = quote(image_id, safe="")
    return [f"/v1/images/{name}?owner={SHOP}", f"/v1/images/{name}/history?owner={SHOP}", f"/v1/results?owner={SHOP}"]


async def test_secrets_that_count_are_kept_nowhere_either(canaries: Canaries, caplog: pytest.LogCaptureFixture) -> None:
    """Log-ins, keys and passwords on the ways that they are meant for, each of which succeeds."""
    world = canaries.world
    caplog.set_level(logging.DEBUG)
    with capture_logs() as logs:
        secrets = [secret for step in STEPS for secret in await step(world)]
        await world.app.state.audit.close()
    assert len(logs) > len(STEPS)
    for secret in (*secrets, PASSWORD):
        assert secret not in str(logs) + logged(caplog)
        assert secret not in published(world) + stored(world).replace(letters_of(world), "")


def letters_of(world: ApiWorld) -> str:
    """Return the text of the letters, which hold tokens for those who read them."""
    return "\n".join(text for letter in world.mail.letters for text in texts(letter))


async def log_in_and_refresh(world: ApiWorld) -> list[str]:
    account = await world.add_account(Role.USER, SHOP)
    changed = account.model_copy(update={"password_hash": hash_password(PASSWORD)})
    await world.accounts.change_account(changed)
    async with world.client() as client:
        wrong = await client.post("/v1/auth/token", json={"email": account.email, "password": PASSWORD + "!"})
        first = await client.post("/v1/auth/token", json={"email": account.email, "password": PASSWORD})
        again = await client.post("/v1/auth/refresh", json={"refresh_token": first.json()["refresh_token"]})
        stolen = await client.post("/v1/auth/refresh", json={"refresh_token": first.json()["refresh_token"]})
    assert [answer.status_code for answer in (wrong, first, again, stolen)] == [401, 200, 200, 401]
    return [answer.json()[name] for answer in (first, again) for name in ("access_token", "refresh_token")]


async def make_and_use_a_key(world: ApiWorld) -> list[str]:
    async with await world.log_in(Role.USER, SHOP) as client:
        made = await client.post("/v1/api-keys", json={"name": "Scanner", "scopes": ["results:read"]})
    key = str(made.json()["key"])
    async with world.client(key) as client:
        assert (await client.get("/v1/workspaces")).status_code == 200
    return [key, key[15:]]


async def make_and_change_passwords(world: ApiWorld) -> list[str]:
    async with await world.log_in(Role.ADMIN) as admin:
        wish = {"email": "new@shop.example", "password": PASSWORD, "workspaces": [SHOP]}
        assert (await admin.post("/v1/accounts", json=wish)).status_code == 201
    account = await world.accounts.find_account("new@shop.example")
    assert account is not None
    changed = "canary moults before 88 windows"
    async with await world.client_of(account) as client:
        answer = await client.put("/v1/me/password", json={"password": PASSWORD, "new_password": changed})
    assert answer.status_code == 204
    return [changed]


async def register_by_letter(world: ApiWorld) -> list[str]:
    async with world.client() as client:
        assert (await client.post("/v1/auth/register", json={"email": "ada@shop.example"})).status_code == 202
        [token] = re.findall(r"vd[a-z]_[\w-]{43}", letters_of(world))
        confirmed = {"token": token, "password": PASSWORD}
        assert (await client.post("/v1/auth/register/confirm", json=confirmed)).status_code == 201
    return [token]


STEPS = [log_in_and_refresh, make_and_use_a_key, make_and_change_passwords, register_by_letter]

"""Whatever is wrong with a request, the answer names the field, says what is wrong, and shows what is right."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cassandra.cluster import NoHostAvailable

from api.http.plain_words import told
from infra.cassandra.errors import explain
from infra.errors import OutsideSystem, TransientError
from infra.settings.api import ApiSettings
from schemas.access.accounts import Role
from tests.api_world import SHOP, ApiWorld

BARE = re.compile(
    r"(Input should|String should|Field required|Value error|value is not|Extra|\w+ should have|JSON decode|Unable)"
)
SENTENCE = re.compile(r"[A-Z].*[.?!)](?: For example: .+)?$", re.DOTALL)
WRONG = ["yesterday", "", "-1", "9" * 400, "NaN", "2026-03-01T00:00:00", "Ünï côdé", "x" * 20_000, "a=b", "[]"]
WRONG_JSON: list[Any] = [None, True, -1, 1e300, "", "yesterday", "x" * 20_000, [], [1], {}, {"no": "such"}, [[{}]]]
BODY = {"images": [{"uri": "s3://shop-media/a.jpg"}]}


@pytest.fixture
async def world(tmp_path: Path) -> Any:
    settings = ApiSettings(registration="open", requests_per_s=10_000, request_burst=10_000)
    world = ApiWorld(tmp_path, api=settings)
    await world.add_workspace(SHOP)
    yield world
    world.passwords.close()


def require_plain(answer: httpx.Response, sent: object = None) -> list[dict[str, str]]:
    """Return what is wrong, having seen that it is said as people say it."""
    errors: list[dict[str, str]] = answer.json()["errors"]
    assert errors
    for error in errors:
        assert error["field"], answer.text
        assert not BARE.match(error["message"]), answer.text
        assert SENTENCE.match(error["message"]), answer.text
    if isinstance(sent, str) and len(sent) > 300:
        assert sent[:300] not in answer.text
    return errors


def operations(world: ApiWorld) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in world.app.openapi()["paths"].items():
        for method, operation in methods.items():
            if not path.startswith(("/oauth", "/.well-known")):
                yield method, path, operation


async def test_every_parameter_of_every_route_says_what_is_wrong_with_it(world: ApiWorld) -> None:
    seen = 0
    async with await world.log_in(Role.ADMIN, SHOP) as admin:
        for method, path, operation in operations(world):
            names = [one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"]
            for name in names:
                for wrong in WRONG:
                    answer = await admin.request(method, re.sub(r"{.*?}", "x", path), params={name: wrong})
                    if answer.status_code == 422:
                        require_plain(answer, wrong)
                        seen += 1
    assert seen > 300


def bodies(schema: dict[str, Any], schemas: dict[str, Any]) -> Iterator[Any]:
    """Whole bodies that are wrong, and a body of one wrong field at a time."""
    yield from WRONG_JSON
    kind = schemas.get(schema.get("$ref", "").rpartition("/")[2], {})
    for name in kind.get("properties", {}):
        for wrong in WRONG_JSON:
            yield {name: wrong}


async def test_every_field_of_every_body_says_what_is_wrong_with_it(world: ApiWorld) -> None:
    seen, schemas = 0, world.app.openapi()["components"]["schemas"]
    async with await world.log_in(Role.ADMIN, SHOP) as admin:
        for method, path, operation in operations(world):
            content = operation.get("requestBody", {}).get("content", {}).get("application/json")
            for body in bodies(content["schema"], schemas) if content else ():
                sent = httpx.Request("POST", "http://x", json=body).content
                address = path.replace("{account_id}", "0b8f4a5e-6c7d-4e5f-8a9b-0c1d2e3f4a5b")
                answer = await admin.request(
                    method, re.sub(r"{.*?}", "x", address), content=sent, headers={"Content-Type": "application/json"}
                )
                if answer.status_code == 422:
                    require_plain(answer, body)
                    seen += 1
    assert seen > 300


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "json"])
async def test_json_that_is_not_said_to_be_json_is_told_which_header_to_send(world: ApiWorld, kind: str | None) -> None:
    async with await world.log_in(Role.USER, SHOP) as client:
        headers = {} if kind is None else {"Content-Type": kind}
        answer = await client.post(
            "/v1/images", content=httpx.Request("POST", "http://x", json=BODY).content, headers=headers
        )
    [error] = require_plain(answer)
    assert error["field"] == "Content-Type"
    assert "application/json" in error["message"]


async def test_a_body_of_the_right_type_and_the_wrong_shape_is_not_told_of_a_header(world: ApiWorld) -> None:
    async with await world.log_in(Role.USER, SHOP) as client:
        answers = [await client.post("/v1/images", json=body) for body in ([], "text", 7)]
        nothing = await client.post("/v1/images")
    for answer in answers:
        [error] = require_plain(answer)
        assert (error["field"], "JSON object" in error["message"]) == ("body", True)
    assert "The body is missing" in require_plain(nothing)[0]["message"]


@pytest.mark.parametrize(
    ("path", "params", "words"),
    [
        ("/v1/results", {"since": "yesterday"}, ["point in time", "2026-03-01T12:00:00Z"]),
        ("/v1/results", {"since": "2026-03-01T00:00:00"}, ["time zone", "2026-03-01T12:00:00Z"]),
        ("/v1/results", {"limit": "many"}, ["whole number", "50"]),
        ("/v1/results", {"limit": "0"}, ["at least 1"]),
        ("/v1/results", {"min_confidence": "2"}, ["at most 1"]),
        ("/v1/results", {"status": "lost"}, ["'recognised'", "'rejected'"]),
        ("/v1/results", {"pipeline": "standard"}, ["pattern", "standard@2"]),
        ("/v1/results", {"metadata": "sku"}, ["pattern", "sku=A-17"]),
        ("/v1/search", {}, ["required", "cat"]),
        ("/v1/images", {"owner": "Shop!"}, ["pattern", "shop"]),
    ],
)
async def test_what_is_wrong_and_what_is_right(
    world: ApiWorld, path: str, params: dict[str, str], words: list[str]
) -> None:
    async with await world.log_in(Role.ADMIN, SHOP) as client:
        [error] = require_plain(await client.get(path, params=params))
    assert error["field"].removesuffix("[0]") == next(iter(params), "q")
    for word in words:
        assert word in error["message"]


@pytest.mark.parametrize("part", OutsideSystem)
async def test_a_part_that_is_down_is_named_with_where_to_look_and_nothing_of_the_inside(
    world: ApiWorld, monkeypatch: pytest.MonkeyPatch, part: OutsideSystem
) -> None:
    async def broken(_query: object) -> None:
        raise TransientError("10.0.0.7:9042 refused us", part=part)

    monkeypatch.setattr(world.index, "search", broken)
    async with await world.log_in(Role.USER, SHOP) as client:
        answer = await client.get("/v1/results")
    body = answer.json()
    assert (answer.status_code, body["part"]) == (503, part)
    assert part in body["detail"]
    assert "/v1/status" in body["detail"]
    assert answer.headers["Retry-After"] in body["detail"]
    assert "10.0.0.7" not in answer.text


def test_what_cassandra_fails_with_names_it() -> None:
    error = explain(NoHostAvailable("nobody", {}))
    assert isinstance(error, TransientError)
    assert error.part is OutsideSystem.CASSANDRA


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/clients", {"name": "Album", "scopes": ["results:read"], "native": 1}),
        ("POST", "/v1/api-keys", {"name": "Scanner", "scopes": ["results:read"], "lifetime_days": "365"}),
        ("PATCH", "/v1/accounts/0b8f4a5e-6c7d-4e5f-8a9b-0c1d2e3f4a5b", {"active": "no"}),
        ("POST", "/v1/suspensions/release", {"everything": 0}),
    ],
)
async def test_what_only_looks_like_a_value_of_the_right_type_is_refused(
    world: ApiWorld, method: str, path: str, body: dict[str, Any]
) -> None:
    async with await world.log_in(Role.ADMIN, SHOP) as client:
        [error] = require_plain(await client.request(method, path, json=body))
    assert error["field"] == list(body)[-1]


@pytest.mark.parametrize("sent", ["{}", "{0}", "{name!r}", "{", "}"])
def test_braces_that_were_sent_stand_for_nothing(sent: str) -> None:
    assert told("some_new_kind", f"Input '{sent}' is wrong", {"tag": sent}) == f"Input '{sent}' is wrong."
    wrong = told(
        "union_tag_invalid", f"Input tag '{sent}'", {"discriminator": "'kind'", "tag": sent, "expected_tags": "'a'"}
    )
    assert wrong == "The field 'kind' in this must be one of 'a'."

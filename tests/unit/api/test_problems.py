"""Every error is a problem that says what to do, and tells nothing of what is inside."""

from collections.abc import AsyncIterator

import httpx
import pytest
from structlog.testing import capture_logs

from infra.errors import ConfigurationError
from infra.settings.api import ApiSettings
from schemas.access.accounts import Role
from tests.api_world import SHOP, ApiWorld

JSON = {"Content-Type": "application/json"}


def problem(answer: httpx.Response, status: int) -> dict[str, object]:
    """Return the body, having seen that it is a problem as RFC 9457 has it."""
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    body: dict[str, object] = answer.json()
    assert body["status"] == status
    assert str(body["type"]).startswith("urn:vedette:problem:")
    assert body["title"]
    assert body["detail"]
    return body


async def test_an_address_with_nothing_behind_it(anonymous: httpx.AsyncClient) -> None:
    problem(await anonymous.get("/v1/nothing"), 404)
    problem(await anonymous.get("/v1/images/"), 404)


async def test_a_method_that_is_not_answered(anonymous: httpx.AsyncClient) -> None:
    answer = await anonymous.delete("/v1/features")
    problem(answer, 405)
    assert answer.headers["Allow"] == "GET"


async def test_no_token_is_told_apart_from_a_bad_one(anonymous: httpx.AsyncClient, world: ApiWorld) -> None:
    none = await anonymous.get("/v1/features")
    problem(none, 401)
    assert none.headers["WWW-Authenticate"] == 'Bearer realm="vedette"'
    async with world.client("made.up.token") as client:
        bad = await client.get("/v1/features")
    problem(bad, 401)
    assert bad.headers["WWW-Authenticate"] == 'Bearer realm="vedette", error="invalid_token"'


async def test_another_kind_of_credentials_is_no_token(anonymous: httpx.AsyncClient) -> None:
    answer = await anonymous.get("/v1/features", headers={"Authorization": "Basic YWRhOnBhc3N3b3Jk"})
    problem(answer, 401)


@pytest.mark.parametrize("body", [b"{", b"{}", b'{"images": []}'])
async def test_whoever_has_no_token_is_told_so_and_nothing_of_what_is_wrong_with_the_rest(
    world: ApiWorld, anonymous: httpx.AsyncClient, body: bytes
) -> None:
    problem(await anonymous.post("/v1/images", content=body, headers=JSON), 401)
    problem(await anonymous.get("/v1/results", params={"limit": "many"}), 401)
    problem(await anonymous.get("/v1/results", params={"no_such": 1}), 401)
    async with world.client("made.up.token") as client:
        problem(await client.post("/v1/images", content=body, headers=JSON), 401)


async def test_a_parameter_that_is_misspelt_is_refused_by_name(shop: httpx.AsyncClient) -> None:
    for path in ("/v1/results", "/v1/search?q=cat", "/v1/images", "/v1/images/cat.jpg", "/v1/features"):
        answer = await shop.get(httpx.URL(path).copy_merge_params({"min_confidance": "0.9"}))
        body = problem(answer, 422)
        assert [error["field"] for error in answer.json()["errors"]] == ["min_confidance"], body
    for path in ("/v1/results?min_confidence=0.9", "/v1/search?q=cat&label=tabby", "/v1/images?limit=3&owner=shop"):
        assert (await shop.get(path)).status_code == 200


@pytest.mark.parametrize(
    "body", [b"", b"{", b"not json", b'{"images": [}', b"\xff\xfe", b"null", b"[]", b'"text"', b"[" * 100_000]
)
async def test_a_body_that_is_no_submission(shop: httpx.AsyncClient, body: bytes) -> None:
    answer = await shop.post("/v1/images", content=body, headers=JSON)
    assert answer.status_code in (400, 422)
    problem(answer, answer.status_code)


async def test_a_number_of_thousands_of_digits(shop: httpx.AsyncClient) -> None:
    answer = await shop.post("/v1/images", content=b'{"images": ' + b"9" * 10_000 + b"}", headers=JSON)
    problem(answer, answer.status_code)
    assert answer.status_code in (400, 422)


async def test_half_a_character_as_a_name(shop: httpx.AsyncClient) -> None:
    answer = await shop.post("/v1/images", content=b'{"images": [{"uri": "s3://a/b", "\\ud800": 1}]}', headers=JSON)
    problem(answer, 422)


async def test_a_validation_error_repeats_nothing_that_was_sent(shop: httpx.AsyncClient) -> None:
    answer = await shop.post("/v1/images", json={"images": [{"uri": "s3://a/ b?X-Amz-Signature=sEcReT"}]})
    assert problem(answer, 422)["errors"] != []
    assert "sEcReT" not in answer.text


async def test_a_body_above_the_limit_is_refused_announced_or_streamed(world: ApiWorld) -> None:
    small = ApiWorld(world.home, api=ApiSettings(max_body_bytes=2048))
    await small.add_workspace(SHOP)

    async def stream() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b" " * 1024

    async with await small.log_in(Role.USER, SHOP) as client:
        problem(await client.post("/v1/images", content=b" " * 2049, headers=JSON), 413)
        problem(await client.post("/v1/images", content=stream(), headers=JSON), 413)
        problem(await client.post("/v1/images", content=b" " * 2048, headers=JSON), 422)
    small.passwords.close()


async def test_a_limit_holds_for_those_who_have_no_token_as_well(anonymous: httpx.AsyncClient) -> None:
    problem(await anonymous.post("/v1/images", content=b" " * 1_048_577, headers=JSON), 413)


async def test_a_bug_is_a_bare_500_with_the_id_that_finds_it_in_the_log(
    world: ApiWorld, shop: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_query: object) -> None:
        raise RuntimeError("secret inner workings")

    monkeypatch.setattr(world.index, "search", broken)
    with capture_logs() as logs:
        answer = await shop.get("/v1/results", headers={"X-Request-Id": "r-500"})
    problem(answer, 500)
    assert "secret" not in answer.text
    assert answer.headers["X-Request-Id"] == "r-500"
    assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == ["bug"]


async def test_a_platform_that_is_not_set_up_is_the_operators_to_put_right(
    world: ApiWorld, shop: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def not_set_up(_query: object) -> None:
        raise ConfigurationError("Elasticsearch at es-7.internal is not set up: run `vedette migrate`")

    monkeypatch.setattr(world.index, "search", not_set_up)
    with capture_logs() as logs:
        answer = await shop.get("/v1/results")
    problem(answer, 503)
    assert "es-7.internal" not in answer.text
    assert any("vedette migrate" in str(entry.get("error")) for entry in logs)


async def test_every_answer_carries_a_request_id(anonymous: httpx.AsyncClient) -> None:
    made = [(await anonymous.get("/healthz")).headers["X-Request-Id"] for _ in range(2)]
    assert len(set(made)) == 2
    kept = await anonymous.get("/healthz", headers={"X-Request-Id": "order-17.a"})
    assert kept.headers["X-Request-Id"] == "order-17.a"


@pytest.mark.parametrize("given", ["", "two words", "x" * 129, 'quote"'])
async def test_a_request_id_that_could_garble_a_log_is_replaced(anonymous: httpx.AsyncClient, given: str) -> None:
    answer = await anonymous.get("/healthz", headers={"X-Request-Id": given})
    assert answer.headers["X-Request-Id"] != given


async def test_every_answer_carries_what_browsers_heed(anonymous: httpx.AsyncClient) -> None:
    for path in ("/healthz", "/v1/features", "/v1/nothing"):
        headers = (await anonymous.get(path)).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert headers["Cache-Control"] == "no-store"


async def test_a_request_is_one_line_in_the_log_without_what_was_searched_for(shop: httpx.AsyncClient) -> None:
    with capture_logs() as logs:
        await shop.get("/v1/search", params={"q": "passport"})
    [line] = [entry for entry in logs if entry["event"] == "request"]
    assert (line["method"], line["path"], line["status"]) == ("GET", "/v1/search", 200)
    assert "passport" not in str(logs)


async def test_no_token_or_password_reaches_the_log(world: ApiWorld, shop: httpx.AsyncClient) -> None:
    with capture_logs() as logs:
        await shop.post("/v1/auth/token", json={"email": "ada@shop.example", "password": "violet anchors"})
        await shop.get("/v1/features")
    assert shop.headers["Authorization"].removeprefix("Bearer ") not in str(logs)
    assert "violet" not in str(logs)
    assert "ada@" not in str(logs)


async def test_a_method_that_is_not_answered_is_told_all_that_are(anonymous: httpx.AsyncClient) -> None:
    for path, methods in {"/v1/me": "GET, PATCH", "/v1/images/mug-1": "DELETE, GET"}.items():
        answer = await anonymous.put(path)
        problem(answer, 405)
        assert answer.headers["Allow"] == methods


@pytest.mark.parametrize("moment", ["0.5", "1772323200", "-1e3", "inf"])
async def test_a_number_is_no_moment(shop: httpx.AsyncClient, moment: str) -> None:
    answer = await shop.get("/v1/results", params={"since": moment})
    problem(answer, 422)
    assert [error["field"] for error in answer.json()["errors"]] == ["since"]

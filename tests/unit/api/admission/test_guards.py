"""What stands before every route: each caller's share, pages of other origins, the size of what is sent."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError

from api.admission import rate_limits
from api.admission.rate_limits import RateLimits
from api.http import middleware
from infra.settings.api import ApiSettings
from schemas.access.accounts import ROLE_SCOPES, Principal, Role, Scope
from schemas.queries import MAX_PAGE_SIZE
from tests import samples
from tests.api_world import SHOP, ApiWorld
from tests.oauth_flow import application

FEW = ApiSettings(requests_per_s=0.01, request_burst=3)
PAGE = "https://app.shop.example"
READ = frozenset({Scope.RESULTS_READ})


async def world_with(home: Path, settings: ApiSettings) -> ApiWorld:
    world = ApiWorld(home, api=settings)
    await world.add_workspace(SHOP)
    return world


@pytest.fixture
async def few(tmp_path: Path) -> AsyncIterator[ApiWorld]:
    """An API that answers each caller three times, and then about never."""
    world = await world_with(tmp_path, FEW)
    yield world
    world.passwords.close()


@pytest.fixture
async def open_to_page(tmp_path: Path) -> AsyncIterator[ApiWorld]:
    world = await world_with(tmp_path, ApiSettings(cors_origins=[PAGE], hsts=True))
    yield world
    world.passwords.close()


async def statuses(client: httpx.AsyncClient, times: int) -> list[int]:
    return [(await client.get("/v1/workspaces")).status_code for _ in range(times)]


def caller(api_key: str | None = None) -> Principal:
    account = samples.account("ada@shop.example")
    return Principal(
        account_id=account.id, role=Role.USER, workspaces=frozenset(), scopes=ROLE_SCOPES[Role.USER], api_key=api_key
    )


async def test_every_answer_to_a_caller_tells_what_is_left_of_their_share(few: ApiWorld) -> None:
    async with await few.log_in(Role.USER, SHOP) as client:
        answers = [await client.get("/v1/workspaces"), await client.get("/v1/images/none"), await client.get("/v1/me")]
    assert {answer.headers["RateLimit-Policy"] for answer in answers} == {'"requests";q=3;w=300'}
    assert [answer.headers["RateLimit"].partition(";t=")[0] for answer in answers] == [
        '"requests";r=2',
        '"requests";r=1',
        '"requests";r=0',
    ]


async def test_who_asks_too_often_is_told_when_to_come_again(few: ApiWorld) -> None:
    async with await few.log_in(Role.USER, SHOP) as client:
        assert await statuses(client, 3) == [200] * 3
        refused = await client.get("/v1/workspaces")
    assert (refused.status_code, refused.json()["reason"]) == (429, "rate")
    assert refused.headers["RateLimit"] == f'"requests";r=0;t={refused.headers["Retry-After"]}'
    assert 1 <= int(refused.headers["Retry-After"]) <= 100


async def test_a_noisy_key_takes_nothing_from_another_key_from_its_owner_or_from_other_accounts(few: ApiWorld) -> None:
    account = await few.add_account(Role.USER, SHOP)
    async with few.client(await few.key_of(account, READ)) as noisy:
        assert await statuses(noisy, 5) == [200, 200, 200, 429, 429]
    for token in (await few.key_of(account, READ), await few.token_of(account)):
        async with few.client(token) as quiet:
            assert await statuses(quiet, 3) == [200] * 3
    async with await few.log_in(Role.USER, SHOP) as other:
        assert await statuses(other, 3) == [200] * 3


async def test_a_noisy_application_takes_nothing_from_the_person_it_acts_for(few: ApiWorld) -> None:
    account = await few.add_account(Role.USER, SHOP)
    album = await application(few)
    token = (await album.tokens(account))["access_token"]
    async with few.client(token) as noisy, await few.client_of(account) as person:
        assert await statuses(noisy, 4) == [200, 200, 200, 429]
        assert await statuses(person, 3) == [200] * 3


async def test_another_log_in_is_no_way_to_a_second_share(few: ApiWorld) -> None:
    account = await few.add_account(Role.USER, SHOP)
    async with await few.client_of(account) as first, await few.client_of(account) as second:
        assert await statuses(first, 3) + await statuses(second, 1) == [200, 200, 200, 429]


async def test_what_a_caller_may_not_do_counts_as_well(few: ApiWorld) -> None:
    async with await few.log_in(Role.USER, SHOP) as client:
        asked = [(await client.get("/v1/accounts")).status_code for _ in range(4)]
    assert asked == [403, 403, 403, 429]


def test_a_share_grows_again_with_time_and_never_above_the_burst() -> None:
    now = [0.0]
    limits = RateLimits(ApiSettings(requests_per_s=2, request_burst=4), lambda: now[0])
    assert [limits.take(caller("k").bucket)[1] for _ in range(5)] == [True] * 4 + [False]
    now[0] += 1
    assert [limits.take(caller("k").bucket)[1] for _ in range(3)] == [True, True, False]
    now[0] += 3600
    assert [limits.take(caller("k").bucket)[1] for _ in range(5)] == [True] * 4 + [False]


def test_however_many_callers_there_are_a_bounded_number_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "MOST_REMEMBERED", 2)
    limits = RateLimits(ApiSettings(requests_per_s=0.01, request_burst=1))
    taken = [limits.take(caller(name).bucket)[1] for name in ("a", "b", "b", "c", "c", "b", "a")]
    assert taken == [True, True, False, True, False, False, True]


async def test_pages_of_other_origins_get_nothing_unless_an_operator_allows_them(tmp_path: Path) -> None:
    world = await world_with(tmp_path, ApiSettings())
    async with world.client() as client:
        answer = await client.get("/healthz", headers={"Origin": PAGE})
        asked = await client.options("/v1/images", headers={"Origin": PAGE, "Access-Control-Request-Method": "POST"})
    world.passwords.close()
    assert not [name for name in (*answer.headers, *asked.headers) if name.startswith("access-control-")]
    assert asked.status_code == 405
    assert "Strict-Transport-Security" not in answer.headers


async def test_an_allowed_page_is_named_and_no_other_and_cookies_are_never_meant(open_to_page: ApiWorld) -> None:
    async with open_to_page.client() as client:
        allowed = await client.get("/v1/images", headers={"Origin": PAGE})
        others = [await client.get("/healthz", headers={"Origin": origin}) for origin in NOT_THE_PAGE]
    assert allowed.status_code == 401
    assert allowed.headers["Access-Control-Allow-Origin"] == PAGE
    assert allowed.headers["Vary"] == "Origin"
    assert "RateLimit" in allowed.headers["Access-Control-Expose-Headers"]
    assert not any("Access-Control-Allow-Origin" in answer.headers for answer in others)
    assert "Access-Control-Allow-Credentials" not in allowed.headers


NOT_THE_PAGE = [
    "https://app.shop.example.evil.example",
    "https://evil-app.shop.example",
    "http://app.shop.example",
    "https://app.shop.example:8443",
    "HTTPS://APP.SHOP.EXAMPLE",
    "null",
]


async def test_a_browser_that_asks_first_is_told_what_a_page_may_send(open_to_page: ApiWorld) -> None:
    wanted = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    async with open_to_page.client() as client:
        yes = await client.options("/v1/images", headers={"Origin": PAGE} | wanted)
        no = [await client.options("/v1/images", headers={"Origin": origin} | wanted) for origin in NOT_THE_PAGE]
    assert (yes.status_code, yes.headers["Access-Control-Allow-Origin"]) == (200, PAGE)
    assert "POST" in yes.headers["Access-Control-Allow-Methods"]
    assert {answer.status_code for answer in no} == {400}
    assert not any("Access-Control-Allow-Origin" in answer.headers for answer in no)


async def test_where_tls_stands_in_front_every_answer_keeps_browsers_to_https(open_to_page: ApiWorld) -> None:
    async with open_to_page.client() as client:
        for path in ("/healthz", "/v1/images", "/v1/nothing", "/openapi.json"):
            headers = (await client.get(path)).headers
            assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


@pytest.mark.parametrize(
    "origin", ["*", "https://*.shop.example", "null", "app.shop.example", f"{PAGE}/", f"{PAGE}/page", "file://a"]
)
def test_an_origin_that_is_none_is_refused_at_the_start(origin: str) -> None:
    with pytest.raises(ValidationError, match=r"\* is not allowed"):
        ApiSettings(cors_origins=[PAGE, origin])


@pytest.mark.parametrize(
    "headers", [{f"X-{number}": "1" for number in range(110)}, {"X-Long": "a" * middleware.MOST_HEAD_BYTES}]
)
async def test_too_many_and_too_long_header_fields_are_refused(few: ApiWorld, headers: dict[str, str]) -> None:
    async with few.client() as client:
        answer = await client.get("/healthz", headers=headers)
    assert (answer.status_code, answer.headers["Content-Type"]) == (431, "application/problem+json")
    assert answer.headers["Connection"] == "close"


async def test_too_long_an_address_is_refused(few: ApiWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(middleware, "MOST_HEAD_BYTES", 1000)
    async with few.client() as client:
        assert (await client.get("/healthz?" + "a" * 1000)).status_code == 431


@pytest.mark.parametrize("path", ["/v1/images", "/v1/results", "/v1/accounts", "/v1/dead-letters"])
async def test_a_page_holds_at_most_two_hundred(tmp_path: Path, path: str) -> None:
    world = await world_with(tmp_path, ApiSettings())
    async with await world.log_in(Role.ADMIN) as client:
        refused = [
            (await client.get(path, params={"limit": limit})).json()["errors"][0]["field"]
            for limit in (0, MAX_PAGE_SIZE + 1, 10**30)
        ]
    world.passwords.close()
    assert refused == ["limit"] * 3

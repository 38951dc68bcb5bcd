"""Log-ins that fail too often are turned away, and nobody can lock an owner out by failing in their name."""

import asyncio
import uuid
from collections.abc import Collection, Mapping
from unittest.mock import AsyncMock

import httpx
import pytest
from structlog.testing import capture_logs

from api.security.throttle import Limit, LogInAttempt, Throttle, TooManyAttempts, network_of
from infra.errors import TransientError
from infra.settings.api import ApiSettings
from schemas.access.accounts import Account, Role
from tests.api_world import PASSWORD, SHOP, ApiWorld
from tests.fakes.credentials import FakeAttemptStore

LIMITS = ApiSettings(log_in_failures=3, log_in_failures_network=6, log_in_failures_account=8)
HOME, OFFICE = "198.51.100.7", "203.0.113.9"


@pytest.fixture
async def account(world: ApiWorld) -> Account:
    world.app.state.password_checks._throttle = Throttle(world.attempts, LIMITS)
    return await world.add_account(Role.USER, SHOP)


async def try_from(world: ApiWorld, address: str, email: str, password: str = "not the password") -> httpx.Response:  # noqa: S107
    transport = httpx.ASGITransport(world.app, client=(address, 4711))
    async with httpx.AsyncClient(transport=transport, base_url="http://api.test") as client:
        return await client.post("/v1/auth/token", json={"email": email, "password": password})


async def statuses(world: ApiWorld, email: str, *addresses: str) -> list[int]:
    return [(await try_from(world, address, email)).status_code for address in addresses]


async def test_an_account_may_fail_so_often_from_one_network(world: ApiWorld, account: Account) -> None:
    assert await statuses(world, account.email, *[HOME] * 4) == [401, 401, 401, 429]
    refused = await try_from(world, HOME, account.email, PASSWORD)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, str(LIMITS.log_in_window_s))
    assert refused.json()["reason"] == "attempts"
    assert (await try_from(world, OFFICE, account.email, PASSWORD)).status_code == 200


async def test_an_address_without_account_is_turned_away_alike(world: ApiWorld, account: Account) -> None:
    there = [await try_from(world, HOME, account.email) for _ in range(4)]
    nobody = [await try_from(world, OFFICE, "nobody@shop.example") for _ in range(4)]
    assert [(answer.status_code, answer.content) for answer in there] == [
        (answer.status_code, answer.content) for answer in nobody
    ]


async def test_one_network_cannot_try_many_accounts(world: ApiWorld, account: Account) -> None:
    outcomes = [(await statuses(world, f"n{number}@shop.example", OFFICE))[0] for number in range(7)]
    assert outcomes == [401] * 6 + [429]


async def test_many_networks_together_cannot_try_one_account_and_its_owner_still_gets_in(
    world: ApiWorld, account: Account
) -> None:
    assert (await try_from(world, HOME, account.email, PASSWORD)).status_code == 200
    attackers = [f"192.0.2.{number}" for number in range(10)]
    assert await statuses(world, account.email, *attackers) == [401] * 8 + [429] * 2
    assert (await try_from(world, "192.0.2.99", account.email, PASSWORD)).status_code == 429
    assert (await try_from(world, HOME, account.email, PASSWORD)).status_code == 200
    assert await statuses(world, account.email, *[HOME] * 4) == [401, 401, 401, 429]


async def test_success_takes_back_what_failed_from_there(world: ApiWorld, account: Account) -> None:
    for _ in range(2):
        assert await statuses(world, account.email, HOME, HOME) == [401, 401]
        assert (await try_from(world, HOME, account.email, PASSWORD)).status_code == 200


async def test_many_at_once_do_not_slip_through_together() -> None:
    attempts = FakeAttemptStore()
    throttle = Throttle(attempts, LIMITS)
    entries = await asyncio.gather(
        *(throttle.enter_log_in("ada@shop.example", HOME) for _ in range(20)), return_exceptions=True
    )
    let_in = [entry for entry in entries if not isinstance(entry, BaseException)]
    assert len(let_in) <= LIMITS.log_in_failures
    assert {type(entry) for entry in entries} <= {LogInAttempt, TooManyAttempts}
    assert [len(counted) for counted in attempts.attempts.values()] == [len(let_in)] * 3


class FailingOnce(FakeAttemptStore):
    """Does what it is asked, and then fails to say so, the first time ``asked`` is asked after an attempt was added."""

    def __init__(self, asked: str) -> None:
        super().__init__()
        self.asked: str | None = asked

    async def count(self, keys: Collection[str], at_most: int) -> Mapping[str, int]:
        counts = await super().count(keys, at_most)
        self._fail_at("count" if self.attempts else "first count")
        return counts

    async def add(self, attempt: uuid.UUID, lifetimes_s: Mapping[str, int]) -> None:
        await super().add(attempt, lifetimes_s)
        self._fail_at("add")

    def _fail_at(self, asked: str) -> None:
        if asked == self.asked:
            self.asked = None
            raise TransientError("no answer in time")


@pytest.mark.parametrize("asked", ["first count", "add", "count"])
async def test_what_could_not_be_counted_in_full_counts_as_no_failure(asked: str) -> None:
    attempts = FailingOnce(asked)
    throttle = Throttle(attempts, LIMITS)
    with pytest.raises(TransientError, match="no answer in time"):
        await throttle.enter_log_in("ada@shop.example", HOME)
    assert not any(attempts.attempts.values())
    await throttle.enter_log_in("ada@shop.example", HOME)


async def test_the_error_that_ended_an_attempt_is_told_where_the_count_cannot_be_taken_back_either() -> None:
    attempts = FailingOnce("add")
    attempts.remove = AsyncMock(side_effect=TransientError("nor is this"))  # type: ignore[method-assign]
    with capture_logs() as logs, pytest.raises(TransientError, match="no answer in time"):
        await Throttle(attempts, LIMITS).enter_log_in("ada@shop.example", HOME)
    assert [(line["event"], line["error"]) for line in logs] == [("attempt_still_counts", "nor is this")]


async def test_what_is_turned_away_is_not_counted_so_that_a_flood_cannot_fill_the_table() -> None:
    attempts = FakeAttemptStore()
    throttle = Throttle(attempts, LIMITS)
    for _ in range(50):
        try:
            await throttle.enter([Limit("key", 3, 60)])
        except TooManyAttempts:
            continue
    assert len(attempts.attempts["key"]) == 3


async def test_neither_addresses_nor_networks_are_kept_in_the_clear(world: ApiWorld, account: Account) -> None:
    await try_from(world, HOME, account.email)
    kept = repr((world.attempts.attempts, world.attempts.known))
    assert account.email not in kept
    assert HOME not in kept


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("testclient", "local"),
        (None, "local"),
    ],
)
def test_a_network_is_one_ipv4_address_or_64_bits_of_ipv6(address: str | None, network: str) -> None:
    assert network_of(address) == network

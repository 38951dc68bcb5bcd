"""What will pass is waited out, for as long as it takes; nothing else is."""

import asyncio

import pytest
import structlog

from infra import retries
from infra.errors import SourceUnavailable, TransientError
from infra.retries import FIRST_WAIT_S, LONGEST_WAIT_S, retry_transient, wait_s


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let every wait be over at once, and remember how long it would have been."""
    waits: list[float] = []
    sleep = asyncio.sleep

    async def at_once(seconds: float) -> None:
        waits.append(seconds)
        await sleep(0)

    monkeypatch.setattr(retries.asyncio, "sleep", at_once)
    return waits


class Failing:
    """Fails ``times`` times with ``error``, then answers 7."""

    def __init__(self, times: int, error: Exception) -> None:
        self.calls = 0
        self._times = times
        self._error = error

    async def __call__(self) -> int:
        self.calls += 1
        if self.calls <= self._times:
            raise self._error
        return 7


async def test_what_works_at_once_is_not_waited_for(slept: list[float]) -> None:
    assert await retry_transient(Failing(0, TransientError()), doing="ask") == 7
    assert slept == []


@pytest.mark.parametrize("error", [TransientError("down"), SourceUnavailable("down")])
async def test_a_transient_error_is_retried_until_it_has_passed(slept: list[float], error: Exception) -> None:
    operation = Failing(40, error)
    assert await retry_transient(operation, doing="ask") == 7
    assert (operation.calls, len(slept)) == (41, 40)


async def test_any_other_error_passes_through_at_once(slept: list[float]) -> None:
    operation = Failing(1, KeyError("a bug"))
    with pytest.raises(KeyError):
        await retry_transient(operation, doing="ask")
    assert (operation.calls, slept) == (1, [])


async def test_an_outage_is_told_once_when_it_begins_and_once_when_it_is_over(slept: list[float]) -> None:
    with structlog.testing.capture_logs() as logged:
        await retry_transient(Failing(5, TransientError("down")), doing="ask")
    told = [entry for entry in logged if entry["log_level"] != "debug"]
    assert [(entry["event"], entry["doing"]) for entry in told] == [("retrying", "ask"), ("recovered", "ask")]
    assert (told[0]["reason"], told[1]["attempts"]) == ("down", 5)


@pytest.mark.parametrize("attempt", [1, 2, 3, 5, 8, 20, 1000, 10**9])
def test_waits_double_up_to_a_bound_and_half_of_each_is_chance(attempt: int) -> None:
    longest = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(attempt - 1, 30))
    waits = [wait_s(attempt) for _ in range(200)]
    assert longest / 2 <= min(waits) < longest * 0.7
    assert longest * 0.8 < max(waits) <= longest

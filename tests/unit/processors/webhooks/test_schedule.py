"""When a delivery is tried again: within the jitter of each wait, for a little over three days, and then no more."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from infra.settings.webhooks import RETRY_DELAYS_S, WebhookSettings
from processors.webhooks.schedule import JITTER, RetrySchedule, whole_ms

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DELAYS = st.lists(st.floats(0, 7 * 86_400), min_size=1, max_size=20)
SHARES = st.floats(1 - JITTER, 1 + JITTER)


@given(DELAYS, SHARES, st.integers(1, 25), st.none() | st.floats(0, 3600))
def test_each_wait_is_within_its_jitter_and_no_shorter_than_the_endpoint_asks(
    delays_s: list[float], share: float, tries: int, asked_s: float | None
) -> None:
    schedule = RetrySchedule(delays_s, lambda least, most: share)
    next_at = schedule.next_at(tries, NOW, asked_s)
    if tries > len(delays_s):
        assert next_at is None
        return
    assert next_at is not None
    wait_s = (next_at - NOW).total_seconds()
    wanted = max(delays_s[tries - 1] * share, asked_s or 0)
    assert wanted - 0.002 <= wait_s <= wanted + 0.002
    assert next_at == whole_ms(next_at)


@given(st.randoms(use_true_random=False))
def test_the_default_tries_for_three_days_whatever_chance_does(random: object) -> None:
    schedule = RetrySchedule(WebhookSettings().retry_delays_s, random.uniform)  # type: ignore[attr-defined]
    at, moments = NOW, []
    for tries in range(1, schedule.tries):
        found = schedule.next_at(tries, at)
        assert found is not None
        at = found
        moments.append(at)
    assert schedule.next_at(schedule.tries, at) is None
    assert moments == sorted(moments)
    assert timedelta(days=2.5) < at - NOW < timedelta(days=3.9)


def test_no_two_deliveries_that_failed_together_need_come_together() -> None:
    schedule = RetrySchedule([3600.0])
    assert len({schedule.next_at(1, NOW) for _ in range(50)}) > 25


def test_the_default_waits_are_those_of_the_specification() -> None:
    assert sum(RETRY_DELAYS_S) == timedelta(days=3, hours=3, minutes=35, seconds=5).total_seconds()

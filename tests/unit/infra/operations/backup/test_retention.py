"""Which backups stay: the last ones, one a day, one a week; and when the next one is due."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from infra.operations.backup.retention import longest_kept, superfluous
from infra.operations.backup.schedule import wait_s
from schemas.records.backups import Listed, Retention

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def backup(hours_ago: float, *, is_complete: bool = True) -> Listed:
    return Listed(id=f"{hours_ago:09.2f}", begun_at=NOW - timedelta(hours=hours_ago), is_complete=is_complete)


def kept(backups: list[Listed], **terms: int) -> list[Listed]:
    retention = Retention(**{"keep_last": 1, "keep_daily": 0, "keep_weekly": 0} | terms)
    unwanted = superfluous(backups, retention, NOW)
    return [one for one in backups if one not in unwanted]


def test_the_last_ones_are_kept() -> None:
    assert kept([backup(hours) for hours in (1, 2, 3, 4)], keep_last=2) == [backup(1), backup(2)]


def test_the_newest_of_each_day_is_kept_and_days_without_any_do_not_count() -> None:
    backups = [backup(hours) for hours in (1, 2, 25, 26, 97, 98, 121)]
    assert kept(backups, keep_daily=3) == [backup(1), backup(25), backup(97)]


def test_the_newest_of_each_week_is_kept() -> None:
    backups = [backup(24 * days) for days in range(22)]
    # A Wednesday: the Sundays before it end their weeks.
    assert kept(backups, keep_weekly=3) == [backup(0), backup(24 * 3), backup(24 * 10)]


def test_one_that_any_term_keeps_is_kept() -> None:
    backups = [backup(hours) for hours in (1, 2, 25, 24 * 10)]
    assert kept(backups, keep_last=2, keep_daily=2, keep_weekly=3) == backups


def test_an_unfinished_one_is_left_for_a_day_and_never_counts() -> None:
    backups = [backup(0.1, is_complete=False), backup(5), backup(30, is_complete=False)]
    assert kept(backups) == backups[:2]


@given(st.lists(st.floats(0, 2000), min_size=1, unique=True), st.integers(1, 3), st.integers(0, 3), st.integers(0, 3))
def test_the_newest_complete_one_always_stays(ages: list[float], last: int, daily: int, weekly: int) -> None:
    backups = [backup(round(age, 2)) for age in ages]
    newest = max(backups, key=lambda one: (one.begun_at, one.id))
    assert newest in kept(backups, keep_last=last, keep_daily=daily, keep_weekly=weekly)


def test_the_next_one_is_due_so_long_after_the_newest_complete_one() -> None:
    day = timedelta(hours=24)
    assert wait_s([], day, NOW) == 0
    assert wait_s([backup(25)], day, NOW) == 0
    assert wait_s([backup(23), backup(40), backup(1, is_complete=False)], day, NOW) == 3600


@given(
    every_h=st.integers(1, 400),
    last=st.integers(1, 5),
    daily=st.integers(0, 5),
    weekly=st.integers(0, 4),
    begins=st.integers(0, 400),
)
def test_no_backup_is_kept_longer_than_is_told(every_h: int, last: int, daily: int, weekly: int, begins: int) -> None:
    retention, every = Retention(keep_last=last, keep_daily=daily, keep_weekly=weekly), timedelta(hours=every_h)
    longest = longest_kept(retention, every)
    first = Listed(id="first", begun_at=NOW + timedelta(hours=begins), is_complete=True)
    there, now = [first], first.begun_at
    while first in there:
        assert now <= first.begun_at + longest
        now += every
        there.append(Listed(id=now.isoformat(), begun_at=now, is_complete=True))
        pruned = superfluous(there, retention, now)
        there = [one for one in there if one not in pruned]
    assert now <= first.begun_at + longest

"""Which backups are kept, in the terms that backup tools use: the last, one a day, one a week."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from schemas.records.backups import Listed, Retention

# A backup without a manifest may be one that is being written.
UNFINISHED_FOR = timedelta(days=1)


def superfluous(backups: Sequence[Listed], retention: Retention, now: datetime) -> list[Listed]:
    """Return the backups to delete, the oldest first; the newest complete one is never among them."""
    complete = sorted((one for one in backups if one.is_complete), key=_age, reverse=True)
    kept = {one.id for one in complete[: retention.keep_last]}
    kept |= _newest_of_each(complete, retention.keep_daily, lambda at: at.date().toordinal())
    kept |= _newest_of_each(complete, retention.keep_weekly, lambda at: at.isocalendar()[:2])
    abandoned = [one for one in backups if not one.is_complete and now - one.begun_at > UNFINISHED_FOR]
    return sorted(
        [*(one for one in complete if one.id not in kept), *abandoned], key=lambda one: (one.begun_at, one.id)
    )


def longest_kept(retention: Retention, every: timedelta) -> timedelta:
    """Return after how long a backup is surely pruned, if one is made and pruned ``every`` so often.

    A day or week without a backup does not count, and the newest backup of one that counts may be an early one.
    """
    by_day = max(every, timedelta(days=1)) * (retention.keep_daily + 1)
    by_week = max(every, timedelta(weeks=1)) * (retention.keep_weekly + 1)
    return max(every * retention.keep_last, by_day, by_week) + every


def _newest_of_each(newest_first: Sequence[Listed], count: int, period: Callable[[datetime], object]) -> set[str]:
    """Return the newest backup of each of the last ``count`` periods that have any."""
    newest: dict[object, str] = {}
    for one in newest_first:
        newest.setdefault(period(one.begun_at), one.id)
    return set(list(newest.values())[:count])


def _age(one: Listed) -> tuple[datetime, str]:
    return one.begun_at, one.id

"""Retention: what workspaces keep for no longer is deleted, never too early."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from infra.cassandra.images.cells import newest_version
from schemas.access.accounts import Workspace
from schemas.access.keeping import KeepingTimes, Removed, RetentionRun, before
from schemas.queries import ImageRecord, ImageStatus

MICROSECONDS = 1_000_000
# The clocks of an object store and of this machine may differ.
CLOCK_SKEW = timedelta(hours=1)

StillMine = Callable[[], Awaitable[None]]
Expired = tuple[ImageRecord, datetime]
"""An image, and when its time was over."""


class Workspaces(Protocol):
    """The workspaces that there are."""

    async def list_workspaces(self) -> tuple[Workspace, ...]: ...


class Ages(Protocol):
    """Images by age."""

    def older(self, owner: str, before: datetime) -> AsyncIterator[list[str]]: ...


class Finding(Protocol):
    """How far images have come."""

    async def find_many(self, image_keys: Sequence[str]) -> list[ImageRecord]: ...


class Expiring(Protocol):
    """What deletes images whose time is over."""

    async def expire(self, images: Sequence[Expired]) -> None: ...


class Pictures(Protocol):
    """Uploaded pictures by age."""

    def expire(self, owner: str, before: datetime, image_key: str | None = None) -> AsyncIterator[int]: ...


class Runs(Protocol):
    """What was done last."""

    async def save(self, workspace: str, run: RetentionRun) -> None: ...
    async def list_runs(self) -> Mapping[str, RetentionRun]: ...


class Retention:
    """Deletes what workspaces keep for no longer, the oldest first.

    Interrupted at any point it begins again, and finds what is left. Memory holds some images at a time. Age is that of
    an image's newest reference: whatever is sent again begins anew.
    """

    def __init__(
        self,
        workspaces: Workspaces,
        ages: Ages,
        images: Finding,
        deleter: Expiring,
        pictures: Pictures,
        runs: Runs,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._workspaces = workspaces
        self._ages = ages
        self._images = images
        self._deleter = deleter
        self._pictures = pictures
        self._runs = runs
        self._now = now

    async def due(self, every: timedelta) -> list[Workspace]:
        """Return the workspaces that are to be looked at: their last run began so long ago, or did not end."""
        runs = await self._runs.list_runs()
        kept = [
            one for one in await self._workspaces.list_workspaces() if one.keep.is_set and one.deleting_since is None
        ]
        return [one for one in kept if _is_due(runs.get(one.id), self._now() - every)]

    async def run(self, workspace: Workspace, still_mine: StillMine) -> RetentionRun:
        """Delete what the workspace keeps for no longer; after ``TransientError`` another call goes on."""
        now = self._now()
        run = RetentionRun(began_at=now)
        await self._runs.save(workspace.id, run)
        removed = Removed()
        async for more in self._remove(workspace, now):
            await still_mine()
            removed = _sum(removed, more)
            await self._runs.save(workspace.id, run.model_copy(update={"removed": removed}))
        done = run.model_copy(update={"removed": removed, "ended_at": self._now()})
        await self._runs.save(workspace.id, done)
        return done

    async def _remove(self, workspace: Workspace, now: datetime) -> AsyncIterator[Removed]:
        if (until := before(now, workspace.keep.pictures_days)) is not None:
            async for count in self._pictures.expire(workspace.id, until - CLOCK_SKEW):
                yield Removed(pictures=count)
        if (days := _youngest(workspace.keep)) is None:
            return
        async for keys in self._ages.older(workspace.id, now - timedelta(days=days)):
            yield await self._expire(await self._images.find_many(keys), workspace.keep, now)

    async def _expire(self, records: Sequence[ImageRecord], keep: KeepingTimes, now: datetime) -> Removed:
        ends = [(record, _over_at(record, keep)) for record in records]
        expired = [(record, at) for record, at in ends if at is not None and at < now]
        await self._deleter.expire(expired)
        results = sum(record.pipeline is not None for record, _ in expired)
        return Removed(results=results, references=len(expired) - results)


async def count_concerned(ages: Ages, workspace: Workspace) -> int:
    """Return how many images the next run looks at: those with a newer reference as well stay."""
    days = _youngest(workspace.keep)
    if days is None:
        return 0
    concerned = 0
    async for keys in ages.older(workspace.id, datetime.now(UTC) - timedelta(days=days)):
        concerned += len(keys)
    return concerned


def _youngest(keep: KeepingTimes) -> int | None:
    """Return after how many days an image's time may be over."""
    return min((days for days in (keep.results_days, keep.references_days) if days is not None), default=None)


def _over_at(record: ImageRecord, keep: KeepingTimes) -> datetime | None:
    """Return when the image's time is over; None where it never is, or the image is gone."""
    newest = newest_version(record)
    days = keep.references_days if record.pipeline is None else keep.results_days
    if newest is None or days is None or record.status is ImageStatus.DELETED:
        return None
    return datetime.fromtimestamp(newest / MICROSECONDS, UTC) + timedelta(days=days)


def _is_due(run: RetentionRun | None, since: datetime) -> bool:
    return run is None or run.ended_at is None or run.began_at <= since


def _sum(one: Removed, other: Removed) -> Removed:
    return Removed(
        results=one.results + other.results,
        references=one.references + other.references,
        pictures=one.pictures + other.pictures,
    )

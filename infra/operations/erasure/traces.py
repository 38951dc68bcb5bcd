"""What names an image besides the stores: the logs of webhooks, and the items and files of jobs."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol
from uuid import UUID

from schemas.queries import MAX_PAGE_SIZE, Page
from schemas.records.jobs import (
    CHUNK_ITEMS,
    ItemOutcome,
    ItemState,
    JobItem,
    JobStage,
    SearchSource,
    StoredJob,
)

ERASED = "erased"
PROBLEM = "The image was erased."


class WebhookLogs(Protocol):
    """The logs of deliveries."""

    async def are_there(self, owner: str) -> bool: ...
    async def forget_images(self, owner: str, image_ids: frozenset[str]) -> int: ...


class Jobs(Protocol):
    """Where jobs are kept."""

    async def list_jobs(self, owner: str, limit: int, cursor: str | None = None) -> Page[StoredJob]: ...
    async def read_items(self, job_id: UUID, first: int, last: int) -> list[JobItem]: ...
    async def save_items(self, job_id: UUID, items: Sequence[JobItem]) -> None: ...
    async def save_outcomes(self, job_id: UUID, outcomes: Sequence[tuple[int, ItemOutcome]]) -> None: ...
    async def forget_results(self, place: tuple[str, UUID]) -> bool: ...
    async def delete_job(self, place: tuple[str, UUID]) -> None: ...


class JobFiles(Protocol):
    """The manifests and result files of jobs."""

    async def delete(self, owner: str, job_id: UUID) -> None: ...


class ImageTraces:
    """Removes what names images; to do it again is harmless. Methods raise ``TransientError``.

    The items of jobs keep their numbers and say that they were erased. A job that has ended loses its files, which hold
    answers, and one that is under way writes them without these images. What a search has found is gone altogether
    once the job has ended: what was sought may name a person as well.
    """

    def __init__(self, webhooks: WebhookLogs, jobs: Jobs, files: JobFiles) -> None:
        self._webhooks = webhooks
        self._jobs = jobs
        self._files = files

    async def come_by_webhooks(self, owner: str) -> bool:
        """Whether the workspace has webhooks, whose worker then logs every event about its images."""
        return await self._webhooks.are_there(owner)

    async def forget(self, owner: str, image_ids: frozenset[str]) -> None:
        """Leave nothing that names these images of a workspace."""
        await self._webhooks.forget_images(owner, image_ids)
        async for stored in self._all_jobs(owner):
            await self._forget_in(stored, image_ids)

    async def _all_jobs(self, owner: str) -> AsyncIterator[StoredJob]:
        cursor: str | None = None
        while True:
            page = await self._jobs.list_jobs(owner, MAX_PAGE_SIZE, cursor)
            for stored in page.items:
                yield stored
            if (cursor := page.next_cursor) is None:
                return

    async def _forget_in(self, stored: StoredJob, image_ids: frozenset[str]) -> None:
        job, found = stored.job, stored.progress.found
        has_files = stored.progress.stage is JobStage.ENDED
        for first in range(1, found + 1, CHUNK_ITEMS):
            items = await self._jobs.read_items(job.id, first, first + CHUNK_ITEMS - 1)
            named = [item for item in items if item.image_id in image_ids]
            if named and has_files:
                # Before the items: once these name nobody, nobody would know that the files do.
                has_files = False
                if await self._forget_files(stored):
                    return
            ended = [(item.number, _outcome(item)) for item in named if item.published is not None]
            await self._jobs.save_outcomes(job.id, ended)
            await self._jobs.save_items(job.id, [_unnamed(item) for item in named])

    async def _forget_files(self, stored: StoredJob) -> bool:
        """Delete the files of a job that has ended; True where the job itself is gone with them."""
        place = (stored.job.owner, stored.job.id)
        await self._files.delete(*place)
        if isinstance(stored.job.source, SearchSource):
            await self._jobs.delete_job(place)
            return True
        await self._jobs.forget_results(place)
        return False


def _outcome(item: JobItem) -> ItemOutcome:
    """Return how the item ended, without words about its picture; what has not ended does so now."""
    return ItemOutcome(state=ItemState.DELETED if item.outcome is None else item.outcome.state)


def _unnamed(item: JobItem) -> JobItem:
    return item.model_copy(update={"source": ERASED, "image_id": None, "uri": None, "problem": PROBLEM})

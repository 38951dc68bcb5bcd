"""How many images a job may publish today: they count for the account, and the program, that created the job."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from uuid import UUID

from infra.settings.api import ApiSettings
from schemas.records.jobs import Job


class Counts(Protocol):
    """How many images accounts and programs have sent on a day, each process in a row of its own."""

    async def save(self, subject: str, day: date, process: UUID, images: int) -> None: ...
    async def read(self, subject: str, day: date) -> dict[UUID, int]: ...


class JobAllowance:
    """Counts in the same rows as the API does, each job as if it were a process.

    Images count before they are published. Killed in between, another process counts those once more that it publishes
    again: at most as many as are published at once. Jobs of the command line count for nobody. Methods raise
    ``TransientError`` while Cassandra does not answer.
    """

    def __init__(
        self, job: Job, counts: Counts, settings: ApiSettings, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._job_id = job.id
        self._counts = counts
        self._limits = {
            subject: images
            for subject, images in (
                (job.charged_account, settings.images_per_day),
                (job.charged_program, settings.images_per_day_key),
            )
            if subject is not None and images is not None
        }
        self._now = now

    async def room(self, most: int) -> int:
        """Return how many images may be published now, up to ``most``."""
        left = [most]
        for subject, images in self._limits.items():
            left.append(images - sum((await self._counts.read(subject, self._today)).values()))
        return max(0, min(left))

    async def take(self, images: int) -> None:
        """Let so many images count."""
        for subject in self._limits:
            counted = (await self._counts.read(subject, self._today)).get(self._job_id, 0)
            await self._counts.save(subject, self._today, self._job_id, counted + images)

    @property
    def renewed_at(self) -> datetime:
        """When images of another day count."""
        return datetime.combine(self._today + timedelta(days=1), datetime.min.time(), UTC)

    @property
    def _today(self) -> date:
        return self._now().date()

"""A job as callers see it: its figures, its pace, and when it is expected to end."""

from datetime import timedelta
from uuid import UUID

from pydantic import AwareDatetime, Field

from schemas.images import Feature, Frozen, Owner, VersionedName
from schemas.records.exports import ExportFormat
from schemas.records.jobs import JobSource, JobStage, SearchSource, StoredJob
from schemas.texts.uris import strip_secrets


class JobState(Frozen):
    """A job and how far it has come."""

    id: UUID
    owner: Owner
    state: str = Field(
        description="`waiting`, `publishing`, `recognising`, `writing`, `finished`, `cancelled`, `failed`, or "
        "`interrupted` if a restored backup held it unfinished.",
        examples=["publishing"],
    )
    source: JobSource
    pipeline: VersionedName | None = None
    features: tuple[Feature, ...] | None = None
    created_at: AwareDatetime
    began_at: AwareDatetime | None = None
    ended_at: AwareDatetime | None = None
    found: int = Field(description="Items that were found in the source so far.")
    accepted: int = Field(description="Items whose references were published.")
    refused: int = Field(description="Items that were not published; the list of items says why.")
    recognised: int
    rejected: int
    deleted: int = Field(description="Images that were deleted before the job ended.")
    remaining: int = Field(description="Images that were accepted and have no outcome yet.")
    pace: float | None = Field(default=None, description="Outcomes a second since the job began.")
    expected_end: AwareDatetime | None = Field(
        default=None, description="When the last outcome is expected. Absent until the whole source was read."
    )
    quota_until: AwareDatetime | None = Field(
        default=None,
        description="Present while the job waits because the daily quota of whoever created it is used up. It goes on "
        "then, or earlier if the quota allows more.",
    )
    error: str | None = Field(default=None, description="Why the job failed.")
    results: tuple[ExportFormat, ...] = Field(default=(), description="The formats of the result files that are there.")


def state_of(stored: StoredJob, *, is_open: bool) -> JobState:
    """Return what is told of a job."""
    job, progress = stored.job, stored.progress
    pace = _pace(stored)
    left = progress.stage in (JobStage.RECOGNISING, JobStage.WRITING) and progress.remaining
    end = progress.reached_at + timedelta(seconds=left / pace) if left and pace and progress.reached_at else None
    return JobState(
        **job.model_dump(include={"id", "owner", "pipeline", "features", "created_at"}),
        **progress.model_dump(include={"began_at", "ended_at", "found", "accepted", "error", "results", "quota_until"}),
        **progress.model_dump(include={"recognised", "rejected", "deleted"}),
        source=_shown(job.source),
        state=_named(stored, is_open=is_open),
        refused=progress.found - progress.accepted,
        remaining=progress.remaining,
        pace=None if pace is None else round(pace, 2),
        expected_end=end,
    )


def _named(stored: StoredJob, *, is_open: bool) -> str:
    progress = stored.progress
    if progress.stage is JobStage.ENDED:
        return "failed" if progress.error else "cancelled" if progress.cancelled else "finished"
    return progress.stage.value if is_open else "interrupted"


def _pace(stored: StoredJob) -> float | None:
    progress = stored.progress
    if progress.began_at is None or progress.reached_at is None or not progress.settled:
        return None
    seconds = (progress.reached_at - progress.began_at).total_seconds()
    return progress.settled / seconds if seconds > 0 else None


def _shown(source: JobSource) -> JobSource:
    """Return the source without what an address may hold of secrets."""
    if isinstance(source, SearchSource) or source.uri is None:
        return source
    return source.model_copy(update={"uri": strip_secrets(source.uri)})

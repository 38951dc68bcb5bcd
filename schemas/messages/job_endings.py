"""The end of a job, told on topic ``job-endings``: once for each job, whatever its end was."""

from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime, Field, TypeAdapter

from schemas.images import Frozen, Owner


class JobEnd(StrEnum):
    """How a job ended."""

    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


class JobFinished(Frozen):
    """A job has ended: everything in it has its outcome, or nothing more is done about it."""

    event: Literal["job_finished"] = Field(default="job_finished", description="Tells this event from others.")
    job_id: str = Field(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9_.:\-]+$", description="The job's id.")
    owner: Owner = Field(description="The workspace to which the job belongs.", examples=["shop"])
    end: JobEnd = Field(description="How the job ended.")
    began_at: AwareDatetime = Field(description="When the job was created.")
    finished_at: AwareDatetime = Field(description="When the job ended.")
    found: int = Field(ge=0, description="How many images the job was about.")
    recognised: int = Field(ge=0, description="How many of these were recognised.")
    rejected: int = Field(ge=0, description="How many of these were rejected.")
    detail: str | None = Field(
        default=None, max_length=1024, description="One sentence for people, for example why the job failed."
    )


JOB_FINISHED: TypeAdapter[JobFinished] = TypeAdapter(JobFinished)


def parse_job_finished(value: bytes) -> JobFinished:
    """Parse the value of a message on topic ``job-endings``; raises ``ValueError`` for anything else."""
    return JOB_FINISHED.validate_json(value)

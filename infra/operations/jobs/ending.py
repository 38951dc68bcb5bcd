"""What is told of a job's end."""

from schemas.messages.job_endings import JobEnd, JobFinished
from schemas.records.jobs import Job, JobProgress

LONGEST_DETAIL = 1024


def ending_of(job: Job, progress: JobProgress) -> JobFinished:
    """Return the event of a job that has ended."""
    end = JobEnd.FAILED if progress.error else JobEnd.CANCELLED if progress.cancelled else JobEnd.DONE
    return JobFinished(
        job_id=str(job.id),
        owner=job.owner,
        end=end,
        began_at=job.created_at,
        finished_at=progress.ended_at or job.created_at,
        found=progress.found,
        recognised=progress.recognised,
        rejected=progress.rejected,
        detail=None if progress.error is None else progress.error[:LONGEST_DETAIL],
    )

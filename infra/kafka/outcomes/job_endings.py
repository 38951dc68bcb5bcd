"""Publishes the end of a job, so that whoever waits for it hears of it."""

from infra.kafka.event_bus import Publisher, Record
from schemas.messages.cloud_events import JOB_FINISHED_TYPE, JOBS_SOURCE, headers_for
from schemas.messages.job_endings import JobFinished
from schemas.topics import JOB_ENDINGS


async def publish_job_finished(publisher: Publisher, finished: JobFinished) -> None:
    """Return once the end of a job is durable; call it again after a crash, since it is told under the same id.

    Raises what ``publish`` does.
    """
    headers = headers_for(
        JOB_FINISHED_TYPE, event_id=f"{finished.job_id}:finished", source=JOBS_SOURCE, time=finished.finished_at
    )
    value = finished.model_dump_json(exclude_none=True).encode()
    await publisher.publish([Record(JOB_ENDINGS, value, finished.job_id.encode(), headers)])

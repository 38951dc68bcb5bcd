"""What an endpoint is sent, in the form of the Standard Webhooks specification."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from schemas.dead_letters import Reason
from schemas.images import Frozen, ImageId, Owner
from schemas.messages.job_endings import JobEnd, JobFinished
from schemas.messages.live import LiveOutcome, OutcomeKind
from schemas.queries import ResultSummary


class WebhookType(StrEnum):
    """What happened. The values are part of the contract: add, never rename."""

    IMAGE_RECOGNISED = "image.recognised"
    IMAGE_REJECTED = "image.rejected"
    IMAGE_DELETED = "image.deleted"
    JOB_FINISHED = "job.finished"


TEST = "webhook.test"
"""The type of an event that was asked for, and about which nothing happened."""
OF_IMAGES = {
    OutcomeKind.RECOGNISED: WebhookType.IMAGE_RECOGNISED,
    OutcomeKind.REJECTED: WebhookType.IMAGE_REJECTED,
    OutcomeKind.DELETED: WebhookType.IMAGE_DELETED,
}


class ImageData(Frozen):
    """What happened to one image."""

    workspace: Owner = Field(description="The workspace to which the image belongs.", examples=["shop"])
    image_id: ImageId = Field(description="The image's name in its workspace.", examples=["cat-1"])
    sequence: int = Field(
        ge=0,
        description="The number that orders the events of one image. Events come in no order: one with a lower number "
        "than the last is out of date.",
    )
    at: datetime = Field(description="When it happened.")
    replayed: bool = Field(default=False, description="Whether it answers a replay of history.")
    promoted: bool = Field(default=True, description="Whether the pipeline was the promoted one when it answered.")
    pipeline: str | None = Field(default=None, description="The pipeline that answered, if one did.")
    reason: Reason | None = Field(default=None, description="Why the image was rejected.")
    detail: str | None = Field(default=None, description="One sentence about why the image was rejected.")
    uri: str | None = Field(default=None, description="The rejected reference's URI without secrets.")
    result: ResultSummary | None = Field(
        default=None,
        description="What was recognised, as lists show it. `GET /v1/images/{image_id}` returns all of it.",
    )


class JobData(Frozen):
    """How one job ended."""

    workspace: Owner = Field(description="The workspace to which the job belongs.", examples=["shop"])
    job_id: str = Field(description="The job's id.")
    end: JobEnd = Field(description="How the job ended.")
    began_at: datetime = Field(description="When the job was created.")
    finished_at: datetime = Field(description="When the job ended.")
    found: int = Field(description="How many images the job was about.")
    recognised: int = Field(description="How many of these were recognised.")
    rejected: int = Field(description="How many of these were rejected.")
    detail: str | None = Field(default=None, description="One sentence for people, for example why the job failed.")


class TestData(Frozen):
    """What a test delivery tells: whose endpoint it reached."""

    __test__ = False  # no test class, whatever its name begins with

    workspace: Owner = Field(description="The workspace to which the endpoint belongs.", examples=["shop"])
    endpoint_id: str = Field(description="The endpoint's id.")


class WebhookEvent(Frozen):
    """The body of a delivery."""

    type: str = Field(description="What happened.", examples=["image.recognised"])
    timestamp: datetime = Field(description="When it happened.")
    data: ImageData | JobData | TestData


def image_event(outcome: LiveOutcome, summary: ResultSummary | None) -> WebhookEvent:
    """Return the event that tells an outcome; ``summary`` is what was recognised."""
    told = outcome.model_dump(include=SHARED)
    data = ImageData(workspace=outcome.owner, result=summary, **told)
    return WebhookEvent(type=OF_IMAGES[outcome.event], timestamp=outcome.at, data=data)


def job_event(finished: JobFinished) -> WebhookEvent:
    """Return the event that tells the end of a job."""
    data = JobData(workspace=finished.owner, **finished.model_dump(exclude={"event", "owner"}))
    return WebhookEvent(type=WebhookType.JOB_FINISHED, timestamp=finished.finished_at, data=data)


SHARED = LiveOutcome.model_fields.keys() & ImageData.model_fields.keys() - {"result"}

"""What a live stream tells: outcomes, and how the stream itself is."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from schemas.dead_letters import Reason, Rejection
from schemas.images import Frozen, ImageId, Origin, Owner
from schemas.results import ImageDeleted, RecognitionResult


class OutcomeKind(StrEnum):
    """What became of an image."""

    RECOGNISED = "recognised"
    REJECTED = "rejected"
    DELETED = "deleted"


class LiveOutcome(Frozen):
    """One outcome: an image was recognised, rejected or deleted."""

    id: str = Field(
        description="The name of the outcome. It is the same whenever the outcome is told again.",
        examples=["image-references:3:1207:standard@3"],
    )
    event: OutcomeKind = Field(description="What became of the image.")
    at: datetime = Field(description="When the outcome was made.")
    owner: Owner = Field(description="The workspace to which the image belongs.", examples=["shop"])
    image_id: ImageId = Field(description="The image's name in its workspace.", examples=["cat-1"])
    sequence: int = Field(
        ge=0,
        description="The number that orders the outcomes of one image: that of the reference, or of the deletion. An "
        "outcome with a lower number than the last one is out of date.",
    )
    replayed: bool = Field(default=False, description="Whether it answers a replay of history.")
    promoted: bool = Field(default=True, description="Whether the pipeline was the promoted one when it answered.")
    reason: Reason | None = Field(default=None, description="Why the image was rejected.")
    detail: str | None = Field(default=None, description="One sentence about why the image was rejected.")
    uri: str | None = Field(default=None, description="The rejected reference's URI without secrets.")
    pipeline: str | None = Field(default=None, description="The pipeline that answered, if one did.")
    result: RecognitionResult | None = Field(default=None, description="What was recognised.")


class EndReason(StrEnum):
    """Why a stream ended."""

    TOKEN_EXPIRED = "token_expired"  # noqa: S105 - a reason, nothing secret
    ACCOUNT_CLOSED = "account_closed"
    CREDENTIAL_REVOKED = "credential_revoked"
    ACCESS_CHANGED = "access_changed"
    SLOW = "slow"
    LIFETIME = "lifetime"
    STOPPING = "stopping"
    UNAVAILABLE = "unavailable"


END_MEANINGS = {
    EndReason.TOKEN_EXPIRED: "The access token has expired. Get another one and resume.",
    EndReason.ACCOUNT_CLOSED: "The account is closed.",
    EndReason.CREDENTIAL_REVOKED: "The log-in, API key or application is no longer valid. Log in again and resume.",
    EndReason.ACCESS_CHANGED: "What you may see has changed. Resume to continue with what you may see now.",
    EndReason.SLOW: "You read more slowly than outcomes arrive. Resume, and read faster or filter more.",
    EndReason.LIFETIME: "The stream has reached its longest time. Resume.",
    EndReason.STOPPING: "The server is stopping. Resume in a moment.",
    EndReason.UNAVAILABLE: "A part of the platform does not respond at present. Resume in a moment.",
}


class StreamEnd(Frozen):
    """The last message of a stream."""

    reason: EndReason
    detail: str = Field(description="One sentence for people: what happened, and what to do next.")

    @classmethod
    def of(cls, reason: EndReason) -> "StreamEnd":
        return cls(reason=reason, detail=END_MEANINGS[reason])


class StreamTime(Frozen):
    """The server's time, in the first message of a stream and in each heartbeat."""

    at: datetime


def outcome_of(told: RecognitionResult | ImageDeleted | Rejection, message: Origin) -> LiveOutcome | None:
    """Return the outcome as streams tell it; None for the rejection of a message that named no image.

    ``message`` is where the message stood that told it.
    """
    if isinstance(told, RecognitionResult):
        return _recognised(told)
    if isinstance(told, ImageDeleted):
        return _deleted(told, message)
    return None if told.identity is None else _rejected(told)


def _recognised(result: RecognitionResult) -> LiveOutcome:
    # As the event on the topic is called, whose message may be published again.
    return LiveOutcome(
        id=f"{(result.replay or result.origin).name}:{result.pipeline}",
        event=OutcomeKind.RECOGNISED,
        at=result.recognised_at,
        owner=result.owner,
        image_id=result.image_id,
        sequence=result.origin.version,
        replayed=result.replay is not None,
        promoted=result.promoted,
        pipeline=result.pipeline,
        result=result,
    )


def _rejected(rejection: Rejection) -> LiveOutcome:
    return LiveOutcome.model_validate(
        {
            "id": f"{rejection.known_as.name}:rejected",
            "event": OutcomeKind.REJECTED,
            "at": rejection.rejected_at,
            "owner": rejection.owner,
            "image_id": rejection.image_id,
            "sequence": rejection.origin.version,
            "replayed": rejection.replay is not None,
            "promoted": rejection.promoted,
            "reason": rejection.reason,
            "detail": rejection.detail,
            "uri": rejection.uri,
            "pipeline": rejection.pipeline,
        }
    )


def _deleted(deleted: ImageDeleted, message: Origin) -> LiveOutcome:
    return LiveOutcome(
        id=f"{deleted.image_key}:{deleted.deleted_at.isoformat()}:deleted",
        event=OutcomeKind.DELETED,
        at=deleted.deleted_at,
        owner=deleted.owner,
        image_id=deleted.image_id,
        sequence=deleted.numbered(message).version,
    )

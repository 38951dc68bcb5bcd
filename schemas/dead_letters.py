"""Dead letters: messages that could not be recognised, kept whole, each with the reason why.

On topic ``dead-letters`` a message keeps its original key, value and headers; the reason travels in headers that start
with ``dlq-``, so that any Kafka tool can read it and a replay needs only to take those headers off again.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Self

from pydantic import Field, computed_field, field_validator, model_validator

from schemas.images import MAX_NAME_CHARACTERS, Frozen, ImageId, ImageIdentity, Origin, Owner, parse_origin
from schemas.messages.cuts import Cut
from schemas.texts.masking import mask_secrets
from schemas.texts.uris import strip_secrets

PREFIX = "dlq-"

Headers = Sequence[tuple[str, bytes | None]]


class Reason(StrEnum):
    """The reason codes of rejections. They are part of the event contract."""

    INVALID_JSON = "invalid_json"
    INVALID_REFERENCE = "invalid_reference"
    OWNER_NOT_ALLOWED = "owner_not_allowed"
    UNKNOWN_WORKSPACE = "unknown_workspace"
    UNKNOWN_PIPELINE = "unknown_pipeline"
    SOURCE_NOT_ALLOWED = "source_not_allowed"
    ADDRESS_NOT_ALLOWED = "address_not_allowed"
    UNSUPPORTED_SCHEME = "unsupported_scheme"
    NOT_FOUND = "not_found"
    ACCESS_DENIED = "access_denied"
    SOURCE_UNAVAILABLE = "source_unavailable"
    TOO_LARGE = "too_large"
    EMPTY = "empty"
    UNSUPPORTED_FORMAT = "unsupported_format"
    TOO_MANY_PIXELS = "too_many_pixels"
    CORRUPT_IMAGE = "corrupt_image"
    DECODE_TIMEOUT = "decode_timeout"
    DECODE_OUT_OF_MEMORY = "decode_out_of_memory"
    CRASHED_DECODER = "crashed_decoder"
    DEADLINE_PASSED = "deadline_passed"
    CRASHED_WORKER = "crashed_worker"
    INVALID_NOTIFICATION = "invalid_notification"
    INVALID_RESULT = "invalid_result"
    INVALID_DEAD_LETTER = "invalid_dead_letter"
    INVALID_RETRY = "invalid_retry"
    MESSAGE_TOO_LARGE = "message_too_large"
    OVERSIZED_BATCH = "oversized_batch"
    CORRUPT_BATCH = "corrupt_batch"
    EXPIRED_UNREAD = "expired_unread"


class Resolution(StrEnum):
    """What an administrator did about a dead letter."""

    REPLAYED = "replayed"
    """Its message was published once more; what becomes of that counts from now on."""
    DISCARDED = "discarded"
    """It needs no answer."""


class Rejection(Frozen):
    """Why one message was not recognised, and which image it was about, where it had a usable identity."""

    reason: Reason
    detail: str = Field(description="One sentence for people. It never contains a query string or a credential.")
    origin: Origin
    owner: Owner | None = None
    image_id: ImageId | None = None
    uri: str | None = Field(
        default=None, description="The reference's URI without query string, fragment and user name."
    )
    pipeline: str | None = Field(default=None, max_length=MAX_NAME_CHARACTERS)
    promoted: bool = Field(default=True, description="Whether this pipeline was the promoted one at that time.")
    replay: Origin | None = Field(
        default=None, description="The position of the message that replayed the reference at `origin`."
    )
    host: str = Field(max_length=MAX_NAME_CHARACTERS)
    rejected_at: datetime
    letter: Origin | None = Field(
        default=None, description="The position of the dead letter itself, known once it was read."
    )
    cut: Cut | None = Field(
        default=None, description="What the message contained, if it was too large to be kept whole."
    )
    last_offset: int | None = Field(
        default=None,
        ge=0,
        lt=2**63,
        description="If one dead letter stands for several messages of a partition: the offset of the last of them.",
    )

    group: str | None = Field(
        default=None,
        max_length=MAX_NAME_CHARACTERS,
        description="The consumer group that had not read the messages when they were deleted.",
    )
    topic_id: str | None = Field(
        default=None,
        max_length=MAX_NAME_CHARACTERS,
        description="The id of the topic that held the messages. A topic that is deleted and created again gets "
        "another id.",
    )

    @field_validator("detail")
    @classmethod
    def _without_secrets(cls, detail: str) -> str:
        """A detail names what a producer wrote, metadata's names for one, and anybody may have put an address there."""
        return mask_secrets(detail)

    @field_validator("uri")
    @classmethod
    def _without_query(cls, uri: str | None) -> str | None:
        return None if uri is None else strip_secrets(uri)

    @model_validator(mode="after")
    def _range_is_in_order(self) -> Self:
        if self.last_offset is not None and self.last_offset < self.origin.offset:
            raise ValueError("last_offset is before the offset of origin")
        return self

    @property
    def messages(self) -> int:
        """How many messages this stands for, if every offset from the first to the last holds one."""
        return 1 if self.last_offset is None else self.last_offset - self.origin.offset + 1

    @property
    def identity(self) -> ImageIdentity | None:
        """The image that was rejected; ``None`` for a message that named none."""
        if self.owner is None or self.image_id is None:
            return None
        return ImageIdentity(owner=self.owner, image_id=self.image_id)

    @property
    def message(self) -> Origin:
        """Where the message that was rejected stood: the reference's own, or that of its replay."""
        return self.replay or self.origin

    @property
    def known_as(self) -> Origin:
        """The place that it is known by. What several groups have missed of a topic are several dead letters."""
        if self.group is None:
            return self.message
        return self.origin.model_copy(update={"topic": f"{self.origin.topic}@{self.group}"})

    @property
    def key(self) -> str:
        """Under which the stores keep it: the image's key, else ``topic:partition:offset``."""
        if self.identity is not None:
            return self.identity.image_key
        return self.origin.name if self.group is None else self.known_as.name

    @property
    def has_message(self) -> bool:
        """Whether it holds the one message that it is about, and not just the offsets of several."""
        return self.last_offset is None and self.reason is not Reason.EXPIRED_UNREAD


class Resolved(Frozen):
    """An event on ``dead-letters``: somebody has replayed or discarded a dead letter."""

    rejection: Rejection
    resolution: Resolution
    by: str = Field(max_length=MAX_NAME_CHARACTERS, description="Who did it: the account's id, or user@machine.")
    at: datetime


class DeadLetter(Rejection):
    """A dead letter as administrators see it. It is open while it has no resolution."""

    resolution: Resolution | None = None
    resolved_by: str | None = None
    resolved_at: datetime | None = None

    @computed_field(description="Its id in commands and URLs: the rejected message's topic:partition:offset:ms.")  # type: ignore[prop-decorator]
    @property
    def id(self) -> str:
        return self.known_as.id


def parse_letter_id(text: str) -> Origin:
    """Return the origin that a dead letter's id names; raises ``ValueError`` for one that is none."""
    return parse_origin(text)


def encode_headers(rejection: Rejection, original: Headers) -> list[tuple[str, bytes | None]]:
    """Return the dead letter's headers: the original ones and the reason's."""
    fields = {
        "reason": rejection.reason.value,
        "detail": rejection.detail,
        "topic": rejection.origin.topic,
        "partition": str(rejection.origin.partition),
        "offset": str(rejection.origin.offset),
        "appended-at-ms": str(rejection.origin.appended_at_ms),
        "sequence": _number(rejection.origin),
        "owner": rejection.owner,
        "image-id": rejection.image_id,
        "uri": rejection.uri,
        "pipeline": rejection.pipeline,
        # Said only where it is not so: most dead letters are of the pipeline that counts, and no replay.
        "promoted": None if rejection.promoted else "false",
        "replay": rejection.replay.id if rejection.replay else None,
        "cut": rejection.cut.model_dump_json(exclude_none=True) if rejection.cut else None,
        "replay-sequence": _number(rejection.replay),
        "last-offset": None if rejection.last_offset is None else str(rejection.last_offset),
        "group": rejection.group,
        "topic-id": rejection.topic_id,
        "host": rejection.host,
        "time": rejection.rejected_at.isoformat(),
    }
    reasons = [(PREFIX + name, value.encode()) for name, value in fields.items() if value is not None]
    return [*strip_headers(original), *reasons]


def encode_resolution(resolved: Resolved) -> list[tuple[str, bytes | None]]:
    """Return the headers of the event: those of the dead letter that it is about, and what was done about it."""
    fields = {
        "resolution": resolved.resolution.value,
        "resolved-by": resolved.by,
        "resolved-at": resolved.at.isoformat(),
    }
    return [
        *encode_headers(resolved.rejection, ()),
        *((PREFIX + name, value.encode()) for name, value in fields.items()),
    ]


def decode_event(headers: Headers) -> Rejection | Resolved:
    """Read what a message on ``dead-letters`` says; raises ``ValueError`` where it says nothing."""
    rejection = decode_headers(headers)
    fields = {name.removeprefix(PREFIX): value.decode() for name, value in headers if name.startswith(PREFIX) and value}
    if "resolution" not in fields:
        return rejection
    try:
        return Resolved(
            rejection=rejection,
            resolution=Resolution(fields["resolution"]),
            by=fields["resolved-by"],
            at=datetime.fromisoformat(fields["resolved-at"]).astimezone(UTC),
        )
    except KeyError as missing:
        raise ValueError(f"resolution without header {PREFIX}{missing.args[0]}") from None
    except OverflowError:
        raise ValueError(f"resolution with a moment out of range in header {PREFIX}resolved-at") from None


def strip_headers(headers: Headers) -> list[tuple[str, bytes | None]]:
    """Return ``headers`` as they were before the message became a dead letter."""
    return [(name, value) for name, value in headers if not name.startswith(PREFIX)]


def decode_headers(headers: Headers) -> Rejection:
    """Read the reason back from a dead letter's headers; raises ``ValueError`` where they hold none."""
    fields = {name.removeprefix(PREFIX): value.decode() for name, value in headers if name.startswith(PREFIX) and value}
    try:
        return Rejection(
            reason=Reason(fields["reason"]),
            detail=fields["detail"],
            origin=Origin(
                topic=fields["topic"],
                partition=int(fields["partition"]),
                offset=int(fields["offset"]),
                appended_at_ms=int(fields["appended-at-ms"]),
                sequence=int(fields["sequence"]) if "sequence" in fields else None,
            ),
            owner=fields.get("owner"),
            image_id=fields.get("image-id"),
            uri=fields.get("uri"),
            pipeline=fields.get("pipeline"),
            promoted=fields.get("promoted") != "false",
            replay=parse_origin(fields["replay"], fields.get("replay-sequence")) if "replay" in fields else None,
            cut=Cut.model_validate_json(fields["cut"]) if "cut" in fields else None,
            last_offset=int(fields["last-offset"]) if "last-offset" in fields else None,
            group=fields.get("group"),
            topic_id=fields.get("topic-id"),
            host=fields["host"],
            rejected_at=datetime.fromisoformat(fields["time"]).astimezone(UTC),
        )
    except KeyError as missing:
        raise ValueError(f"dead letter without header {PREFIX}{missing.args[0]}") from None
    except OverflowError:
        raise ValueError(f"dead letter with a moment out of range in header {PREFIX}time") from None


def _number(origin: Origin | None) -> str | None:
    return None if origin is None or origin.sequence is None else str(origin.sequence)

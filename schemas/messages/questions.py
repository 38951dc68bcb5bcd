"""Questions about pictures that are kept nowhere, and their answers: topics ``questions`` and ``answers``.

A question is the picture itself, in parts of at most ``PART_BYTES``, one message each, all under one key and therefore
in order on one partition. Headers hold the same question on every part, and which part it is. The answer names the
question in its ``correlation-id``, and in ``reply-to`` the process that waits for it; all others pass it by.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints, TypeAdapter, field_validator

from schemas.dead_letters import Headers, Reason
from schemas.features import DEFAULT_OPTIONS, Feature, FeatureOptions, Frozen
from schemas.images import ImageReference, Owner, VersionedName
from schemas.messages.cloud_events import ANSWER_TYPE, BINARY, QUESTION_TYPE, headers_for
from schemas.results import Recognition
from schemas.topics import KIB, MIB

PART_BYTES = MIB
MOST_PARTS = 256
MOST_PICTURE_BYTES = MOST_PARTS * PART_BYTES
# What is asked goes with every part, and came in an address.
MOST_INQUIRY_BYTES = 8 * KIB
MOST_QUESTION_BYTES = MOST_INQUIRY_BYTES + KIB

QUESTION = "question"
PART = "question-part"
REPLY_TO = "reply-to"

HexId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]


class Inquiry(Frozen):
    """What is wanted of a picture, and by which workspace."""

    owner: Owner = Field(description="The workspace that asks.")
    features: tuple[Feature, ...] | None = Field(
        default=None,
        min_length=1,
        description="The features to recognise. Default: the workspace's default features.",
    )
    options: FeatureOptions = Field(default=DEFAULT_OPTIONS, description="Options of the features.")
    pipeline: VersionedName | None = Field(
        default=None, description="The pipeline that answers. Default: the promoted one."
    )


class Question(Inquiry):
    """An inquiry on its way to the workers, and until when somebody waits for the answer."""

    id: HexId = Field(description="The question's id. The answer repeats it as its `correlation-id`.")
    reply_to: HexId = Field(description="The API process that waits for the answer.")
    deadline: AwareDatetime = Field(description="The time after which nobody waits for the answer.")
    size_bytes: int = Field(ge=1, le=MOST_PICTURE_BYTES, description="The size of the picture.")

    @field_validator("deadline")
    @classmethod
    def _in_utc(cls, moment: datetime) -> datetime:
        """Convert here, where a moment at the edge of the calendar is still the asker's error."""
        try:
            return moment.astimezone(UTC)
        except OverflowError:
            raise ValueError("is out of range") from None

    @property
    def parts(self) -> int:
        """In how many messages the picture comes."""
        return -(-self.size_bytes // PART_BYTES)

    @property
    def reference(self) -> ImageReference:
        """What is asked, as a reference asks it; its picture does not come from the address."""
        name = f"question:{self.id}"
        return ImageReference(
            owner=self.owner,
            uri=name,
            image_id=name,
            features=self.features,
            options=self.options,
            pipeline=self.pipeline,
            deadline=self.deadline,
        )


class Answered(Recognition):
    """What was recognised in the picture of a question."""

    event: Literal["answered"] = Field(default="answered", description="Tells this event from the others.")


class Refused(Frozen):
    """A question has no answer."""

    event: Literal["refused"] = Field(default="refused", description="Tells this event from the others.")
    reason: Reason | None = Field(
        default=None,
        description="The reason code, as on dead letters. Absent if the platform could not answer at that moment.",
    )
    detail: str = Field(description="One sentence for people.")


Answer = Annotated[Answered | Refused, Field(discriminator="event")]
ANSWER: TypeAdapter[Answered | Refused] = TypeAdapter(Answer)


def split_picture(picture: bytes) -> Sequence[bytes]:
    """Return the parts in which a picture travels."""
    return [picture[start : start + PART_BYTES] for start in range(0, len(picture), PART_BYTES)]


def question_headers(question: Question, part: int, source: str, time: datetime) -> list[tuple[str, bytes]]:
    """Return the headers of one part, counted from 0."""
    common = headers_for(
        QUESTION_TYPE,
        event_id=f"{question.id}:{part}",
        source=source,
        time=time,
        correlation_id=question.id,
        content_type=BINARY,
    )
    return [*common, (QUESTION, question.model_dump_json(exclude_defaults=True).encode()), (PART, b"%d" % part)]


def decode_question(headers: Headers) -> tuple[Question, int]:
    """Return the question and which part of its picture this is; raises ``ValueError`` where headers do not tell."""
    found = {name: value for name, value in headers if name in (QUESTION, PART) and value}
    asked, part = found.get(QUESTION, b""), found.get(PART, b"")
    if len(asked) > MOST_QUESTION_BYTES:
        raise ValueError(f"header {QUESTION} is larger than {MOST_QUESTION_BYTES} bytes")
    question = Question.model_validate_json(asked)
    if not part.isdigit() or len(part) > len(str(MOST_PARTS)) or int(part) >= question.parts:
        raise ValueError(f"header {PART} names no part of the picture")
    return question, int(part)


def answer_headers(question: Question, source: str, time: datetime) -> list[tuple[str, bytes]]:
    """Return the headers of the answer to a question."""
    common = headers_for(
        ANSWER_TYPE, event_id=f"{question.id}:answer", source=source, time=time, correlation_id=question.id
    )
    return [*common, (REPLY_TO, question.reply_to.encode())]


def is_answer_to(process: str, headers: Headers) -> bool:
    """Whether an answer is for the process of this id."""
    return any(name == REPLY_TO and value == process.encode() for name, value in headers)

"""What became of every reference: the proof that none was lost and none has two outcomes."""

from datetime import datetime
from typing import Self

from pydantic import Field

from schemas.dead_letters import Rejection
from schemas.images import Frozen, ImageId, Owner

TOPICS = "topics"
CASSANDRA = "cassandra"
ELASTICSEARCH = "elasticsearch"


class Finding(Frozen):
    """One message that was lost or doubled: where it stands in Kafka, and the image that it names, if it names one."""

    origin: str = Field(description="``topic:partition:offset``.")
    owner: Owner | None = None
    image_id: ImageId | None = None
    missing_from: tuple[str, ...] = Field(
        default=(),
        description="Where the outcome is lost, or is not shown: topics, cassandra, elasticsearch.",
    )


class UnreadMessages(Frozen):
    """Messages of one partition that Kafka deleted before a consumer group had read them."""

    group: str
    topic: str
    partition: int
    first_offset: int
    last_offset: int | None = Field(
        default=None,
        description="The last offset. Absent if the whole topic was deleted, because its end is then unknown.",
    )
    noticed_at: datetime
    letter: str = Field(description="The id of the dead letter that records them.")

    @classmethod
    def of(cls, letter: Rejection, **more: bool) -> Self:
        """Return what a dead letter tells."""
        return cls(
            group=letter.group or "",
            topic=letter.origin.topic,
            partition=letter.origin.partition,
            first_offset=letter.origin.offset,
            last_offset=letter.last_offset,
            noticed_at=letter.rejected_at,
            letter=letter.known_as.id,
            **more,
        )


class UnreadRange(UnreadMessages):
    """Such messages, and whether somebody has dealt with them."""

    open: bool = Field(description="Whether nobody has discarded that dead letter.")


class Reconciliation(Frozen):
    """How many references there are, and what became of them.

    ``accepted`` is the sum of recognised, rejected, deleted, discarded, pending and lost.
    """

    accepted: int = Field(
        ge=0,
        description="Messages on the reference topics, valid or not, and those that were deleted from them unread.",
    )
    recognised: int = Field(ge=0, description="Those with a result that both stores hold, or a newer one in its place.")
    rejected: int = Field(ge=0, description="Those with a rejection that both stores hold.")
    deleted: int = Field(ge=0, description="Those whose image was deleted afterwards.")
    discarded: int = Field(ge=0, description="References that need no answer any more.")
    pending: int = Field(ge=0, description="Those that recognition or a sink has not acknowledged yet.")
    lost: int = Field(
        ge=0,
        description="None of these: acknowledged, and no outcome where there should be one; or deleted before "
        "recognition had read them.",
    )
    doubled: int = Field(ge=0, description="Two documents for one image, or a result and an open rejection together.")
    outdated: int = Field(
        default=0, ge=0, description="Images of which a store shows the outcome of a reference that is not the newest."
    )
    redelivered: int = Field(ge=0, description="Outcomes published once more after a crash; harmless.")
    lost_deletions: int = Field(default=0, ge=0, description="Deletions that a store should know of and does not.")
    since: datetime | None = Field(default=None, description="References appended before this moment were not judged.")
    until: datetime | None = None
    owner: Owner | None = None
    lost_references: tuple[Finding, ...] = Field(default=(), description="The first of those lost.")
    doubled_references: tuple[Finding, ...] = Field(default=(), description="The first of those doubled.")
    outdated_references: tuple[Finding, ...] = Field(
        default=(), description="The first of those newest references that a store does not show."
    )
    unread: tuple[UnreadRange, ...] = Field(
        default=(), description="What Kafka deleted before recognition or a sink had read it."
    )

    @property
    def is_clean(self) -> bool:
        """Whether nothing was lost, doubled or outdated, and no open dead letter tells of messages that nobody read.

        Whose messages those were nobody knows: of one workspace they tell nothing.
        """
        unread = self.owner is None and any(one.open for one in self.unread)
        return not (self.lost or self.lost_deletions or self.doubled or self.outdated or unread)

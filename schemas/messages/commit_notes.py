"""What the platform notes beside a consumer group's committed offset, in the text that Kafka keeps with it.

The text is the form's name and fields: ``vedette/1 sequence=1795910400000007 topic_id=Zt3dFj2dQf2c8qWn3qvXkA``. A full
stop and a zero byte end it. Whoever reads passes over fields that it does not know.
"""

from typing import NamedTuple, Self

from pydantic import Field, ValidationError

from schemas.images import Frozen

FORM = "vedette/1"
# confluent-kafka takes what librdkafka gives for a text that ends with a zero byte, which it need not: it reads on to
# the next one, whatever stands there. The mark before it is for those that cannot write one.
MARK = " ."
END = MARK + "\0"

Place = tuple[str, int]
"""A topic and the number of one of its partitions."""


class CommitNote(Frozen):
    """What is known of a partition up to its committed offset; a field that is absent was not known."""

    sequence: int | None = Field(default=None, ge=0, lt=2**63, description="The last number given in this partition.")
    topic_id: str | None = Field(
        default=None, pattern=r"^[A-Za-z0-9+/=_-]{1,64}$", description="The id of the topic that was read."
    )
    group_topics: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9+/=_.:,-]{1,2048}$",
        description="``topic:id``, separated by commas, of all topics that the group reads: what Kafka forgets of one "
        "when that is deleted is still known beside the others.",
    )
    noticed_at_ms: int | None = Field(
        default=None,
        ge=0,
        lt=2**63,
        description="When it was noticed that messages from this offset on were deleted unread, until that is told.",
    )

    @property
    def known_ids(self) -> dict[str, str]:
        """The ids of the topics that the group reads, as far as they are noted."""
        pairs = (one.partition(":") for one in (self.group_topics or "").split(","))
        return {topic: topic_id for topic, _, topic_id in pairs if topic_id}

    @property
    def text(self) -> str:
        """What is committed with the offset; ``parse`` reads it back."""
        fields = self.model_dump(exclude_none=True)
        return " ".join([FORM, *(f"{name}={value}" for name, value in fields.items())]) + END

    @classmethod
    def parse(cls, text: str | None) -> Self:
        """Return the note in ``text``: an empty one where that is absent, another program's or of another form."""
        form, *fields = (text or "").partition(MARK)[0].split(" ")
        if form != FORM:
            return cls()
        named = dict(field.partition("=")[::2] for field in fields)
        try:
            return cls.model_validate(named)
        except ValidationError:
            return cls()


class CommittedOffset(NamedTuple):
    """The first offset that a group has not acknowledged, and what was noted beside it."""

    offset: int
    note: CommitNote

"""What the platform notes beside a consumer group's committed offset, in the text that Kafka keeps with it.

The text is the form's name and fields: ``vedette/1 sequence=1795910400000007 topic_id=Zt3dFj2dQf2c8qWn3qvXkA``.
Whoever reads passes over fields that it does not know.
"""

from typing import NamedTuple, Self

from pydantic import Field, ValidationError

from schemas.images import Frozen

FORM = "vedette/1"

Place = tuple[str, int]
"""A topic and the number of one of its partitions."""


class CommitNote(Frozen):
    """What is known of a partition up to its committed offset; a field that is absent was not known."""

    sequence: int | None = Field(default=None, ge=0, lt=2**63, description="The last number given in this partition.")
    topic_id: str | None = Field(
        default=None, pattern=r"^[A-Za-z0-9_-]{1,64}$", description="The id of the topic that was read."
    )

    @property
    def text(self) -> str:
        """What is committed with the offset; ``parse`` reads it back."""
        fields = self.model_dump(exclude_none=True)
        return " ".join([FORM, *(f"{name}={value}" for name, value in fields.items())])

    @classmethod
    def parse(cls, text: str | None) -> Self:
        """Return the note in ``text``: an empty one where that is absent, another program's or of another form."""
        form, *fields = (text or "").split(" ")
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

"""A picture that came with the message that asks about it."""

from dataclasses import dataclass, field

from schemas.messages.questions import Question


@dataclass(frozen=True, slots=True)
class CarriedPicture:
    """The picture of a question, with its hash in hexadecimal."""

    question: Question
    data: bytes = field(repr=False)
    sha256: str

    @property
    def name(self) -> str:
        """By what name its deaths are counted: asked about again, the same picture has the same name."""
        return f"picture:{self.sha256}"

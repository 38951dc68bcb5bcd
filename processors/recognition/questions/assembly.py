"""Pictures put together from the parts in which they travel."""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime

from schemas.messages.questions import PART_BYTES, Question


@dataclass(slots=True)
class _Begun:
    """The first parts of a picture."""

    question: Question
    parts: list[bytes] = field(default_factory=list)

    @property
    def size_bytes(self) -> int:
        return sum(map(len, self.parts))


class Assembly:
    """Pictures of which some parts have come, of at most ``most_bytes`` together.

    Parts come in their order. A picture with a gap never becomes whole: what has come of it goes with its deadline, or
    earlier where there is no more room. Parts that come twice change nothing.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._begun: OrderedDict[str, _Begun] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._begun)

    def add(self, question: Question, part: int, data: bytes) -> bytes | None:
        """Return the picture if this is its last part, None while some are missing.

        Raises ``ValueError`` where the part cannot follow what has come of its question.
        """
        self._require_size(question, part, data)
        if question.parts == 1:
            return data
        begun = self._begun.get(question.id)
        if begun is None:
            begun = self._begin(question, part)
        if begun.question != question or part > len(begun.parts):
            self._forget(question.id)
            raise ValueError("a part is missing, or belongs to another question")
        if part < len(begun.parts):
            return None
        begun.parts.append(data)
        self._bytes += len(data)
        if len(begun.parts) < question.parts:
            self._make_room()
            return None
        self._forget(question.id)
        return b"".join(begun.parts)

    def forget_late(self, now: datetime) -> int:
        """Drop what nobody waits for any more; return of how many questions."""
        late = [each for each, begun in self._begun.items() if begun.question.deadline <= now]
        for question_id in late:
            self._forget(question_id)
        return len(late)

    def _require_size(self, question: Question, part: int, data: bytes) -> None:
        last_bytes = question.size_bytes - (question.parts - 1) * PART_BYTES
        if len(data) != (last_bytes if part == question.parts - 1 else PART_BYTES):
            raise ValueError("a part has another size than its question says")

    def _begin(self, question: Question, part: int) -> _Begun:
        if part:
            raise ValueError("the first parts are missing")
        begun = self._begun[question.id] = _Begun(question)
        return begun

    def _make_room(self) -> None:
        """Drop the oldest: somebody has waited longest for it, and its rest has not come."""
        while self._bytes > self._most_bytes and self._begun:
            self._forget(next(iter(self._begun)))

    def _forget(self, question_id: str) -> None:
        if (begun := self._begun.pop(question_id, None)) is not None:
            self._bytes -= begun.size_bytes

"""Why references came to nothing: reasons with counts and the first examples, in bounded memory."""

from dataclasses import asdict, dataclass, field

from rich.table import Table

from schemas.texts.masking import mask_secrets

MAX_REASONS = 50
MAX_EXAMPLES = 3
OTHER_REASONS = "other reasons"


@dataclass(slots=True)
class PublishingProblem:
    """One reason: how many references it concerns, and the first of them."""

    reason: str
    count: int = 0
    examples: list[str] = field(default_factory=list)


class Problems:
    """Counts reasons; memory stays bounded however many there are."""

    def __init__(self) -> None:
        self._by_reason: dict[str, PublishingProblem] = {}

    def __bool__(self) -> bool:
        return bool(self._by_reason)

    def add(self, reason: str, example: str) -> None:
        """Count one reference; those of too many different reasons are counted together."""
        known = reason if reason in self._by_reason or len(self._by_reason) < MAX_REASONS else OTHER_REASONS
        problem = self._by_reason.setdefault(known, PublishingProblem(known))
        problem.count += 1
        if len(problem.examples) < MAX_EXAMPLES:
            problem.examples.append(_printable(example))

    def ordered(self) -> list[PublishingProblem]:
        """Return all reasons, the most frequent first."""
        return sorted(self._by_reason.values(), key=lambda problem: -problem.count)

    def facts(self) -> list[dict[str, object]]:
        """Return the same for programs."""
        return [asdict(problem) for problem in self.ordered()]

    def table(self) -> Table:
        """Return the same for people."""
        table = Table("count", "reason", "for example")
        for problem in self.ordered():
            table.add_row(f"{problem.count:,}", problem.reason, "\n".join(problem.examples))
        return table


def _printable(text: str) -> str:
    """Return ``text`` as it may be written anywhere: file names may hold any bytes, and addresses signatures."""
    return mask_secrets(text.encode(errors="replace").decode())

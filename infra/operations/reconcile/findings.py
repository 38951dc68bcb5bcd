"""What was found wrong: counted whole, told in part, so that a disaster does not fill the memory."""

from collections.abc import Sequence

from infra.operations.reconcile.records.records import MessagePlace

MOST_TOLD = 1000


class Findings:
    """References at which something is wrong, the first of them by place."""

    def __init__(self) -> None:
        self.count = 0
        self.told: list[tuple[MessagePlace, tuple[str, ...]]] = []

    def add(self, place: MessagePlace, missing_from: Sequence[str] = ()) -> None:
        self.count += 1
        if len(self.told) < MOST_TOLD:
            self.told.append((place, tuple(missing_from)))

    def joined(self, other: "Findings") -> "Findings":
        """Return what both found."""
        both = Findings()
        both.count = self.count + other.count
        both.told = [*self.told, *other.told][:MOST_TOLD]
        return both

"""A model's label names, found again however people spell them."""

from collections import defaultdict
from collections.abc import Sequence


class LabelNames:
    """Look up names as they stand, then without regard to case; an underscore is a space."""

    def __init__(self, names: Sequence[str]) -> None:
        self._exact: dict[str, str] = {}
        self._folded: defaultdict[str, set[str]] = defaultdict(set)
        for name in names:
            self._exact.setdefault(_spaced(name), name)
            self._folded[_spaced(name).casefold()].add(name)

    def find(self, text: str) -> str | None:
        """Return the label that ``text`` names; ``None`` where there is none, or where only case tells two apart."""
        spaced = _spaced(text)
        if (exact := self._exact.get(spaced)) is not None:
            return exact
        found = self._folded.get(spaced.casefold(), set())
        return next(iter(found)) if len(found) == 1 else None

    def find_in_stem(self, stem: str) -> str | None:
        """Return the longest label that a file name such as ``n0001_house_finch`` ends with, after an underscore."""
        words = stem.split("_")
        endings = ("_".join(words[start:]) for start in range(len(words)))
        return next((name for ending in endings if (name := self.find(ending)) is not None), None)


def _spaced(text: str) -> str:
    return " ".join(text.replace("_", " ").split())

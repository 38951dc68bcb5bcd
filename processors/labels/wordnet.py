"""Reads WordNet's database of nouns, as Debian's package ``wordnet-base`` installs it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.errors import ConfigurationError

DATABASE = Path("/usr/share/wordnet")
NOUNS = "data.noun"
INSTALL = "install Debian's package wordnet-base, or name the folder in which WordNet 3.0 lies"
# A kind of something, and an instance of it.
HYPERNYMS = ("@", "@i")


@dataclass(frozen=True, slots=True)
class Synset:
    """One sense that words share: its id as ImageNet writes it, the words, and the ids of what is more general."""

    id: str
    lemmas: tuple[str, ...]
    hypernyms: tuple[str, ...]


def read_nouns(folder: Path = DATABASE) -> Mapping[str, Synset]:
    """Return every synset of nouns by its id; raises ``ConfigurationError`` where the database is not there."""
    path = folder / NOUNS
    if not path.is_file():
        raise ConfigurationError(f"{path} is missing: {INSTALL}")
    return {synset.id: synset for synset in _synsets(path)}


def _synsets(path: Path) -> Iterator[Synset]:
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            # The licence stands above the data, and its lines are indented.
            if line.startswith(" "):
                continue
            try:
                yield parse_synset(line)
            except (ValueError, IndexError):
                raise ConfigurationError(f"{path}, line {number}, is not a line of WordNet's database") from None


def parse_synset(line: str) -> Synset:
    """Read one line of ``data.noun``, whose form wndb(5WN) describes; raises ``ValueError`` or ``IndexError``."""
    fields = line.partition(" | ")[0].split()
    words = int(fields[3], 16)
    first_pointer = 4 + 2 * words
    pointers = range(first_pointer + 1, first_pointer + 1 + 4 * int(fields[first_pointer]), 4)
    return Synset(
        id=f"n{int(fields[0]):08}",
        lemmas=tuple(lemma.replace("_", " ") for lemma in fields[4:first_pointer:2]),
        hypernyms=tuple(f"n{fields[at + 1]}" for at in pointers if fields[at] in HYPERNYMS),
    )

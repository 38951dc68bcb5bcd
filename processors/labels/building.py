"""Builds the table of labels: from WordNet, and from what was chosen and checked by hand."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import yaml

from infra.errors import ConfigurationError
from processors.labels.hierarchy import Hierarchy
from processors.labels.shipped import TableRow, nodes_of
from processors.labels.wordnet import Synset

DATA = Path(__file__).with_name("data")
STOPS, COCO, CATEGORIES = "stops.csv", "coco.csv", "categories.yaml"
NAMES, PARENTS = "names.csv", "parents.csv"


@dataclass(frozen=True, slots=True)
class Choices:
    """What is chosen by hand.

    Stops and names by synset; a synset and a parent that it gains, or loses if WordNet has it; synsets by COCO's name;
    and names of nodes by category.
    """

    stops: Mapping[str, str]
    names: Mapping[str, str]
    parents: Sequence[tuple[str, str]]
    coco: Mapping[str, str]
    categories: Mapping[str, Sequence[str]]

    @classmethod
    def read(cls, folder: Path = DATA) -> "Choices":
        """Read the lists in ``folder``."""
        stops, names = (dict(_pairs(folder / file)) for file in (STOPS, NAMES))
        coco = {name: synset for synset, name in _pairs(folder / COCO)}
        return cls(stops, names, list(_pairs(folder / PARENTS)), coco, _read_categories(folder))


def build_rows(nouns: Mapping[str, Synset], imagenet: Sequence[tuple[str, str]], choices: Choices) -> list[TableRow]:
    """Return the rows of the table: each class and everything more general that is not a stop.

    ``imagenet`` has the synset and the name of each class, in the model's order. Raises ``ConfigurationError`` where a
    choice names what WordNet does not have, or a class has no category.
    """
    _require_lemmas(nouns, choices)
    nouns = _with_parents(nouns, choices)
    classes = [*(synset for synset, _ in imagenet), *choices.coco.values()]
    told = _closure(nouns, classes) - choices.stops.keys()
    if missing := [synset for synset in classes if synset not in told]:
        raise ConfigurationError(f"{', '.join(missing)}: a class must be a noun of WordNet and no stop")
    parents = {synset: _nearest(nouns, _told_above(nouns, synset, told)) for synset in told}
    names = _names(nouns, sorted(told), imagenet, choices)
    numbers = {synset: number for number, (synset, _) in enumerate(imagenet)}
    coco = {synset: name for name, synset in choices.coco.items()}
    rows = [
        TableRow(
            id=synset,
            name=names[synset],
            parents=parents[synset],
            aliases=_aliases(names[synset], coco.get(synset), *nouns[synset].lemmas),
            imagenet=numbers.get(synset),
            coco=coco.get(synset),
        )
        for synset in sorted(told)
    ]
    return _with_categories(rows, choices.categories)


def _pairs(path: Path) -> Iterator[tuple[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        yield from ((synset, value) for synset, value in islice(csv.reader(lines), 1, None))


def _read_categories(folder: Path) -> dict[str, list[str]]:
    """Return the names of each category; a line of the list may hold one name or several."""
    listed = yaml.safe_load((folder / CATEGORIES).read_text(encoding="utf-8"))
    return {
        category: [name for line in lines for name in (line if isinstance(line, list) else [line])]
        for category, lines in listed.items()
    }


def _require_lemmas(nouns: Mapping[str, Synset], choices: Choices) -> None:
    """A synset that is chosen as a stop is written with one of its words: a slip of a digit is seen."""
    for synset, name in choices.stops.items():
        if synset not in nouns or name not in nouns[synset].lemmas:
            raise ConfigurationError(f"{STOPS}: {synset} is not {name!r} in WordNet")


def _with_parents(nouns: Mapping[str, Synset], choices: Choices) -> Mapping[str, Synset]:
    """Return the nouns without the parents that mislead, and with those that WordNet does not have."""
    changed = dict(nouns)
    for synset, parent in choices.parents:
        kept = changed[synset].hypernyms
        removed = tuple(one for one in kept if one != parent)
        changed[synset] = replace(changed[synset], hypernyms=removed if parent in kept else (*kept, parent))
    return changed


def _closure(nouns: Mapping[str, Synset], synsets: Iterable[str]) -> set[str]:
    """Return the synsets and everything above them."""
    found: set[str] = set()
    waiting = list(synsets)
    while waiting:
        synset = waiting.pop()
        if synset in nouns and synset not in found:
            found.add(synset)
            waiting += nouns[synset].hypernyms
    return found


def _told_above(nouns: Mapping[str, Synset], synset: str, told: set[str]) -> tuple[str, ...]:
    """Return the first that are told on each way up."""
    above: dict[str, None] = {}
    for hypernym in nouns[synset].hypernyms:
        above |= dict.fromkeys((hypernym,) if hypernym in told else _told_above(nouns, hypernym, told))
    return tuple(above)


def _nearest(nouns: Mapping[str, Synset], parents: Sequence[str]) -> tuple[str, ...]:
    """Leave out a parent that another parent has above it."""
    above = {parent: _closure(nouns, nouns[parent].hypernyms) for parent in parents}
    return tuple(one for one in parents if not any(one in above[other] for other in parents))


def _names(
    nouns: Mapping[str, Synset], told: Sequence[str], imagenet: Sequence[tuple[str, str]], choices: Choices
) -> dict[str, str]:
    """Return a name for each synset, which no other has: the class's, the chosen one, or its first word."""
    names = {synset: name for name, synset in choices.coco.items()} | dict(choices.names) | dict(imagenet)
    names |= {synset: nouns[synset].lemmas[0] for synset in told if synset not in names}
    by_name: dict[str, list[str]] = {}
    for synset in told:
        by_name.setdefault(names[synset], []).append(synset)
    if shared := {name: synsets for name, synsets in by_name.items() if len(synsets) > 1}:
        raise ConfigurationError(f"{NAMES}: give each a name of its own: {shared}")
    return {synset: names[synset] for synset in told}


def _aliases(name: str, *others: str | None) -> tuple[str, ...]:
    """Return the other names, each once, however they are written."""
    once = {other.casefold(): other for other in reversed(others) if other and other.casefold() != name.casefold()}
    return tuple(reversed(once.values()))


def _with_categories(rows: Sequence[TableRow], chosen: Mapping[str, Sequence[str]]) -> list[TableRow]:
    """Note each category at the names that it is chosen for; what lies beneath them inherits it."""
    own: dict[str, list[str]] = {}
    for category, names in chosen.items():
        for name in names:
            own.setdefault(name, []).append(category)
    if unknown := own.keys() - {row.name for row in rows}:
        raise ConfigurationError(f"{CATEGORIES}: no node is called {', '.join(sorted(unknown))}")
    noted = [replace(row, categories=tuple(own.get(row.name, ()))) for row in rows]
    hierarchy = Hierarchy(nodes_of(noted))
    classes = [row.name for row in rows if row.imagenet is not None or row.coco is not None]
    if lacking := [name for name in classes if not hierarchy.categories(name)]:
        raise ConfigurationError(f"{CATEGORIES}: no category has {', '.join(lacking)}")
    return noted

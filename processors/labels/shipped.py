"""The hierarchy that comes with Vedette: WordNet's synsets above the classes of ImageNet and COCO."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from processors.labels.hierarchy import Hierarchy, Node

TABLE = Path(__file__).with_name("data") / "labels.tsv"
COLUMNS = ("id", "name", "parents", "aliases", "categories", "imagenet", "coco")
BETWEEN = "|"


@dataclass(frozen=True, slots=True)
class TableRow:
    """One synset as the table has it: ``parents`` are ids, and ``coco`` is what COCO calls it."""

    id: str
    name: str
    parents: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    imagenet: int | None = None
    coco: str | None = None

    def line(self) -> str:
        """Return the row as a line of the table."""
        lists = [BETWEEN.join(one) for one in (self.parents, self.aliases, self.categories)]
        number = "" if self.imagenet is None else str(self.imagenet)
        return "\t".join([self.id, self.name, *lists, number, self.coco or ""])


@dataclass(frozen=True, slots=True)
class ShippedLabels:
    """The hierarchy, and by which of its names each vocabulary goes."""

    hierarchy: Hierarchy
    imagenet: tuple[str, ...]
    coco: Mapping[str, str]

    def nodes_of(self, labels: Sequence[str]) -> Mapping[str, str] | None:
        """Return the name in the hierarchy for each label of a model; ``None`` where its labels are not known.

        They are known where they are all of ImageNet's 1,000, as the default model tells them, or all of COCO's 80.
        """
        vocabularies = ({name: name for name in self.imagenet}, self.coco)
        return next((known for known in vocabularies if known.keys() == set(labels)), None)


def write_table(rows: Iterable[TableRow]) -> str:
    """Return the table's text."""
    return "".join(f"{line}\n" for line in ("\t".join(COLUMNS), *(row.line() for row in rows)))


def read_table(text: str) -> list[TableRow]:
    """Return the rows of a table's text."""
    return [_row(line) for line in text.splitlines()[1:]]


@cache
def shipped_labels() -> ShippedLabels:
    """Return the hierarchy that comes with Vedette, read once."""
    rows = read_table(TABLE.read_text(encoding="utf-8"))
    classes = sorted((row.imagenet, row.name) for row in rows if row.imagenet is not None)
    return ShippedLabels(
        hierarchy=Hierarchy(nodes_of(rows)),
        imagenet=tuple(name for _, name in classes),
        coco={row.coco: row.name for row in rows if row.coco is not None},
    )


def nodes_of(rows: Sequence[TableRow]) -> list[Node]:
    """Return the rows as nodes, whose parents are named."""
    names = {row.id: row.name for row in rows}
    return [
        Node(row.name, tuple(names[parent] for parent in row.parents), row.aliases, row.categories, row.id)
        for row in rows
    ]


def _row(line: str) -> TableRow:
    id_, name, parents, aliases, categories, imagenet, coco = line.split("\t")
    return TableRow(
        id=id_,
        name=name,
        parents=_parts(parents),
        aliases=_parts(aliases),
        categories=_parts(categories),
        imagenet=int(imagenet) if imagenet else None,
        coco=coco or None,
    )


def _parts(text: str) -> tuple[str, ...]:
    return tuple(text.split(BETWEEN)) if text else ()

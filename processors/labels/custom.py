"""A model's own hierarchy, as a CSV file beside its card tells it."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from infra.errors import ConfigurationError
from processors.labels.hierarchy import MOST_ANCESTORS, Hierarchy, Node

COLUMNS = ("name", "parent", "category", "aliases", "id")
BETWEEN = "|"
MOST_BYTES = 4 * 2**20
MOST_NODES = 20_000
MOST_CHARACTERS = 256


def parse_hierarchy(content: bytes, labels: Sequence[str], where: str) -> Hierarchy:
    """Return the hierarchy in a CSV file for a model with these labels.

    The columns are ``name`` and, if wanted, ``parent``, ``category``, ``aliases`` and ``id``; ``|`` stands between
    several. Every parent has a line of its own, and every name without children is a label.

    Raises ``ConfigurationError`` that names ``where`` it lies and the line or the name at fault.
    """
    try:
        nodes = list(_nodes(content, where))
        hierarchy = Hierarchy(nodes)
        _require_few_ancestors(hierarchy)
        _require_labels(hierarchy, labels)
    except ConfigurationError as error:
        raise ConfigurationError(f"{where}: {error}") from None
    return hierarchy


def read_content(path: Path) -> bytes:
    """Return the content of an operator's file; raises ``ConfigurationError`` where it is missing or too large."""
    if not path.is_file():
        raise ConfigurationError(f"tree: {path}: there is no such file")
    if path.stat().st_size > MOST_BYTES:
        raise ConfigurationError(f"tree: {path} is larger than {MOST_BYTES // 2**20} MiB")
    return path.read_bytes()


def _nodes(content: bytes, where: str) -> Iterator[Node]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigurationError("it is not text in UTF-8") from None
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        _require_columns(reader.fieldnames or ())
        for count, row in enumerate(reader, start=1):
            if count > MOST_NODES:
                raise ConfigurationError(f"it has more than {MOST_NODES:,} names")
            yield _node(row, f"line {reader.line_num}")
    except csv.Error as error:
        raise ConfigurationError(f"line {reader.line_num} is not CSV: {error}") from None


def _require_columns(columns: Sequence[str]) -> None:
    if "name" not in columns:
        raise ConfigurationError(f"the first line must name the columns: name, and any of {', '.join(COLUMNS[1:])}")
    if unknown := [column for column in columns if column not in COLUMNS]:
        raise ConfigurationError(f"there is no column {unknown[0]!r}: the columns are {', '.join(COLUMNS)}")
    if len(set(columns)) < len(columns):
        raise ConfigurationError("a column is named twice")


def _node(row: Mapping[str | None, str | list[str] | None], line: str) -> Node:
    if None in row or None in row.values():
        raise ConfigurationError(f"{line} has more or fewer values than there are columns")
    values = {column: _values(str(row.get(column, "")), line) for column in COLUMNS}
    if len(values["name"]) != 1 or len(values["id"]) > 1:
        raise ConfigurationError(f"{line} must have one name, and at most one id")
    return Node(
        name=values["name"][0],
        parents=values["parent"],
        aliases=values["aliases"],
        categories=values["category"],
        id=next(iter(values["id"]), None),
    )


def _values(cell: str, line: str) -> tuple[str, ...]:
    values = tuple(dict.fromkeys(part.strip() for part in cell.split(BETWEEN) if part.strip()))
    for value in values:
        if len(value) > MOST_CHARACTERS:
            raise ConfigurationError(f"{line}: {value[:40]!r}… is longer than {MOST_CHARACTERS} characters")
        if not value.isprintable():
            raise ConfigurationError(f"{line}: {value[:40]!r} has a character that cannot be shown")
    return values


def _require_few_ancestors(hierarchy: Hierarchy) -> None:
    above: dict[str, set[str]] = {}
    for name, node in hierarchy.nodes.items():
        above[name] = set(node.parents).union(*(above[parent] for parent in node.parents))
        if len(above[name]) > MOST_ANCESTORS:
            raise ConfigurationError(f"{name!r} has more than {MOST_ANCESTORS} names above it")


def _require_labels(hierarchy: Hierarchy, labels: Sequence[str]) -> None:
    """A name that leads to no label is a slip of the pen, or of another model."""
    with_children = {parent for node in hierarchy.nodes.values() for parent in node.parents}
    leaves = [name for name in hierarchy.nodes if name not in with_children]
    if stray := [name for name in leaves if name not in set(labels)]:
        raise ConfigurationError(f"{stray[0]!r} has nothing beneath it and is not a label of the model")

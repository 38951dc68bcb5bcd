"""References as the rows of a table: CSV with a first row of names."""

import csv
from collections.abc import Mapping, Sequence
from typing import Any

from infra.manifests.references import Found, ReferenceTemplate, Refusal

URI, FEATURES, METADATA = "uri", "features", "metadata."
PLAIN = frozenset({URI, "image_id", "pipeline", "deadline", "owner"})
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class UnusableTable(ValueError):
    """The first row does not say what the columns hold."""


def read_header(line: bytes) -> tuple[str, ...]:
    """Return the names of the columns; raises ``UnusableTable``."""
    try:
        names = tuple(name.strip() for name in _cells(line.removeprefix(BYTE_ORDER_MARK)))
    except ValueError as error:
        raise UnusableTable(f"the first row is no row of names: {error}") from None
    unknown = [name for name in names if name not in PLAIN | {FEATURES} and not name.startswith(METADATA)]
    if unknown:
        known = ", ".join([*sorted(PLAIN), FEATURES, f"{METADATA}NAME"])
        raise UnusableTable(f"the first row names a column {unknown[0][:64]}, which there is none of: use {known}")
    if len(set(names)) != len(names):
        raise UnusableTable("the first row names a column twice")
    if URI not in names:
        raise UnusableTable(f"the first row names no column {URI}")
    return names


def read_row(line: bytes, names: Sequence[str], source: str, template: ReferenceTemplate) -> Found:
    """Return the reference of one row, which is one line; empty cells count as absent."""
    try:
        cells = _cells(line)
    except ValueError as error:
        return Refusal(source, str(error))
    if len(cells) != len(names):
        return Refusal(source, f"has {len(cells)} cells where the first row has {len(names)}")
    return template.fill(_fields(dict(zip(names, cells, strict=True))), source)


def _fields(row: Mapping[str, str]) -> dict[str, Any]:
    given = {name: cell for name, cell in row.items() if cell}
    fields: dict[str, Any] = {name: cell for name, cell in given.items() if name in PLAIN}
    if FEATURES in given:
        fields[FEATURES] = [name.strip() for name in given[FEATURES].replace(";", " ").split()]
    metadata = {name.removeprefix(METADATA): cell for name, cell in given.items() if name.startswith(METADATA)}
    return {**fields, **({"metadata": metadata} if metadata else {})}


def _cells(line: bytes) -> list[str]:
    """Return the cells of one line; raises ``ValueError``."""
    try:
        text = line.decode()
    except UnicodeDecodeError:
        raise ValueError("not UTF-8 text") from None
    try:
        [cells] = csv.reader([text], strict=True)
    except (csv.Error, ValueError):
        raise ValueError("no row of a table: quotes must be closed in the same line, and doubled within") from None
    return cells

"""Exports as CSV (RFC 4180), for spreadsheets: no cell is run as a formula, whoever wrote what it holds."""

import csv
import io
import re
from collections.abc import Sequence

from schemas.answers import Label
from schemas.records.exports import ExportedImage

COLUMNS = (
    "owner",
    "image_id",
    "status",
    "uri",
    "pipeline",
    "recognised_at",
    "top_label",
    "top_confidence",
    "labels",
    "objects",
    "known",
    "faces",
    "moderation",
    "taken_at",
    "camera",
    "reason",
)
# No workspace has this name: a row with it is the last.
END = "#end"
BETWEEN = "; "
# Begins a formula at the start of a cell, and where a spreadsheet that separates by something else sees a start.
_FORMULA = re.compile(r"(^|[;|\t\r\n])([\s\x00-\x1f\"']*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")

Cell = str | int | float | None


class Table:
    """Writes one export; its last row has ``#end`` in the first column and the number of rows in the second."""

    passes = 1

    def __init__(self) -> None:
        self._items = 0

    def head(self) -> bytes:
        return _written([COLUMNS])

    def body(self, images: Sequence[ExportedImage]) -> bytes:
        self._items += len(images)
        return _written([_row(image) for image in images])

    def turn(self) -> bytes:
        return b""

    def tail(self) -> bytes:
        return _written([(END, self._items, *(None for _ in COLUMNS[2:]))])


def harmless(text: str) -> str:
    """Return ``text`` with an apostrophe before whatever a spreadsheet would run: it then shows that as text."""
    return _FORMULA.sub(r"\1\2'", text)


def _row(image: ExportedImage) -> Sequence[Cell]:
    shown = image.summary
    top = max(shown.labels, key=lambda label: label.confidence, default=None)
    cells: tuple[Cell, ...] = (
        shown.owner,
        shown.image_id,
        shown.status.value,
        shown.uri,
        shown.pipeline,
        None if shown.recognised_at is None else shown.recognised_at.isoformat(),
        None if top is None else top.name,
        None if top is None else top.confidence,
        _named(shown.labels),
        _named(shown.objects),
        shown.known,
        shown.faces,
        BETWEEN.join(shown.moderation),
        shown.taken_at,
        shown.camera,
        None if shown.reason is None else shown.reason.value,
    )
    return [harmless(cell) if isinstance(cell, str) else cell for cell in cells]


def _named(labels: Sequence[Label]) -> str:
    return BETWEEN.join(f"{label.name} {label.confidence:.4f}" for label in labels)


def _written(rows: Sequence[Sequence[Cell]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()

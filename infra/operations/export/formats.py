"""The formats of exports: each is written piece by piece, and holds no more of it than that."""

from collections.abc import Sequence
from typing import Protocol

from infra.operations.export.coco import Coco
from infra.operations.export.json_lines import JsonLines
from infra.operations.export.table import Table
from schemas.records.exports import ExportedImage, ExportFormat


class ExportWriter(Protocol):
    """Writes one export: ``head``, all images ``passes`` times in the same order, and ``tail``.

    ``turn`` stands between two passes. Nothing but ``tail`` says that the export is whole.
    """

    passes: int

    def head(self) -> bytes: ...
    def body(self, images: Sequence[ExportedImage]) -> bytes: ...
    def turn(self) -> bytes: ...
    def tail(self) -> bytes: ...


def writer_of(wanted: ExportFormat) -> ExportWriter:
    """Return a new writer of this format."""
    writers: dict[ExportFormat, type[ExportWriter]] = {
        ExportFormat.JSON_LINES: JsonLines,
        ExportFormat.CSV: Table,
        ExportFormat.COCO: Coco,
    }
    return writers[wanted]()

"""Exports as JSON Lines: each line is an item as ``GET /v1/results`` returns it, and the last says how many came."""

from collections.abc import Sequence

from schemas.records.exports import ExportedImage, ExportEnd


class JsonLines:
    """Writes one export."""

    passes = 1

    def __init__(self) -> None:
        self._items = 0

    def head(self) -> bytes:
        return b""

    def body(self, images: Sequence[ExportedImage]) -> bytes:
        self._items += len(images)
        return b"".join(image.summary.model_dump_json(exclude_none=True).encode() + b"\n" for image in images)

    def turn(self) -> bytes:
        return b""

    def tail(self) -> bytes:
        return ExportEnd(items=self._items).model_dump_json().encode() + b"\n"

"""The lines of a manifest as items of a job: a bad one is told by its number, and costs no other."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from infra.manifests.reference_lines import BYTE_ORDER_MARK, read_line
from infra.manifests.references import Found, ReferenceTemplate, Refusal
from infra.manifests.table_lines import UnusableTable, read_header, read_row
from infra.operations.jobs.items.manifest_text import ManifestText
from infra.operations.jobs.items.sources import Entry, JobFailed, ReferenceJudge, Taken
from schemas.records.jobs import ManifestFormat
from schemas.topics import MAX_REFERENCE_BYTES

PART_BYTES = 262_144
# Longer than any reference: what of a line lies beyond is passed over.
LONGEST_LINE = 2 * MAX_REFERENCE_BYTES


@dataclass(frozen=True)
class Line:
    """One line: its number from 1, where the next one begins, and its bytes; None where it is too long."""

    number: int
    next_offset: int
    text: bytes | None


class ManifestItems:
    """Items in the order of the lines; the position is where the next line begins, and its number."""

    def __init__(
        self, text: ManifestText, kind: ManifestFormat, template: ReferenceTemplate, judge: ReferenceJudge
    ) -> None:
        self._lines = LineReader(text)
        self._kind = kind
        self._template = template
        self._judge = judge
        self._columns: tuple[str, ...] | None = None

    async def read(self, position: str | None, count: int) -> Taken:
        """Return the items of the next lines; empty ones are passed over."""
        offset, number = (0, 1) if position is None else map(int, position.split(":"))
        if self._kind is ManifestFormat.CSV and self._columns is None:
            self._columns, after = await self._read_columns()
            offset, number = (offset, number) if position is not None else (after, 2)
        entries: list[Entry] = []
        is_end = True
        async for line in self._lines.lines(offset, number):
            offset, number = line.next_offset, line.number + 1
            if (entry := self._entry(line)) is not None:
                entries.append(entry)
            if len(entries) == count:
                is_end = False
                break
        return Taken(tuple(entries), f"{offset}:{number}", is_end)

    async def _read_columns(self) -> tuple[tuple[str, ...], int]:
        async for line in self._lines.lines(0, 1):
            try:
                return read_header(line.text or b""), line.next_offset
            except UnusableTable as error:
                raise JobFailed(f"The manifest cannot be read: {error}.") from None
        raise JobFailed("The manifest is empty: its first row must name the columns.")

    def _entry(self, line: Line) -> Entry | None:
        source = f"line {line.number}"
        if line.text is None:
            return Entry(source, problem=f"longer than {LONGEST_LINE} bytes")
        text = (line.text.removeprefix(BYTE_ORDER_MARK) if line.number == 1 else line.text).strip()
        return self._judge.entry(self._found(text, source), source) if text else None

    def _found(self, text: bytes, source: str) -> Found:
        try:
            if self._columns is not None:
                return read_row(text, self._columns, source, self._template)
            return read_line(text, source, self._template)
        except RecursionError:
            return Refusal(source, "not JSON: nested too deeply")


class LineReader:
    """Reads lines from any offset on, and keeps of the text no more than a part and a line."""

    def __init__(self, text: ManifestText) -> None:
        self._text = text
        self._part = b""
        self._start = 0

    async def lines(self, offset: int, number: int) -> AsyncIterator[Line]:
        """Yield the lines from ``offset`` on, where the line with this number begins."""
        size = await self._text.size_bytes()
        while offset < size:
            line, offset = await self._line(offset, size)
            yield Line(number, offset, line)
            number += 1

    async def _line(self, offset: int, size: int) -> tuple[bytes | None, int]:
        text = bytearray()
        is_long = False
        while offset < size:
            held = await self._hold(offset, size)
            end = self._part.find(b"\n", held)
            piece = self._part[held:] if end < 0 else self._part[held:end]
            offset += len(piece) + (end >= 0)
            is_long = is_long or len(text) + len(piece) > LONGEST_LINE
            text = bytearray() if is_long else text + piece
            if end >= 0:
                break
        return (None if is_long else bytes(text)), offset

    async def _hold(self, offset: int, size: int) -> int:
        """Hold the part with the byte at ``offset``; returns where that stands in it."""
        held = offset - self._start
        if 0 <= held < len(self._part):
            return held
        end = min(offset + PART_BYTES, size)
        self._part, self._start = await self._text.read_part(offset, end), offset
        if not self._part:
            raise JobFailed("The manifest became shorter while it was read. Create the job again.")
        return 0

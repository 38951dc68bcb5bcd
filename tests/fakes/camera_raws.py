"""Cameras' raw files, as far as anything but a developer reads them: directories of TIFF around JPEGs."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

SHORT, LONG, ASCII, BYTE = 3, 4, 2, 1
CODES = {SHORT: "H", LONG: "I", ASCII: "B", BYTE: "B"}
CFA, YCBCR = 32803, 6

Tags = Mapping[int, tuple[int, Sequence[int]]]


@dataclass(frozen=True, slots=True)
class RawForm:
    """What a maker's files look like: what its first directory holds beside, and where the previews are named."""

    name: str
    maker: bytes
    first: Tags = field(default_factory=dict)
    order: str = "<"
    previews_in_strips: bool = False
    mark: bytes = b""


FORMS = (
    RawForm("DNG", b"Leica", {50706: (BYTE, (1, 4, 0, 0))}, previews_in_strips=True),
    RawForm("CR2", b"Canon", previews_in_strips=True, mark=b"CR\x02\x00\0\0\0\0"),
    RawForm("NEF", b"NIKON CORPORATION", order=">"),
    RawForm("ARW", b"SONY"),
    RawForm("PEF", b"PENTAX", order=">"),
    RawForm("SRW", b"SAMSUNG"),
)


def camera_raw(form: RawForm, previews: Sequence[bytes], orientation: int | None = None) -> bytes:
    """Return a raw file with these previews, each in a directory of its own below the first, and a sensor's noise."""
    file = _File(form.order, bytearray((b"II*\0" if form.order == "<" else b"MM\0*") + bytes(4) + form.mark))
    below = [file.directory(_preview(form, file.add(jpeg), len(jpeg))) for jpeg in previews]
    sensor = file.add(bytes(range(256)))
    below.append(
        file.directory({259: (SHORT, (1,)), 262: (SHORT, (CFA,)), 273: (LONG, (sensor,)), 279: (LONG, (256,))})
    )
    turns: Tags = {} if orientation is None else {274: (SHORT, (orientation,))}
    first = {271: (ASCII, tuple(form.maker + b"\0")), **turns, 330: (LONG, tuple(below)), **form.first}
    file.put(4, file.directory(first))
    return bytes(file.data)


def _preview(form: RawForm, start: int, size: int) -> Tags:
    names = (273, 279) if form.previews_in_strips else (513, 514)
    return {259: (SHORT, (7,)), 262: (SHORT, (YCBCR,)), names[0]: (LONG, (start,)), names[1]: (LONG, (size,))}


@dataclass(slots=True)
class _File:
    order: str
    data: bytearray

    def add(self, part: bytes) -> int:
        self.data += bytes(len(self.data) % 2)
        self.data += part
        return len(self.data) - len(part)

    def put(self, at: int, number: int) -> None:
        self.data[at : at + 4] = struct.pack(self.order + "I", number)

    def directory(self, tags: Tags) -> int:
        entries = b"".join(self._entry(tag, kind, values) for tag, (kind, values) in sorted(tags.items()))
        return self.add(struct.pack(self.order + "H", len(tags)) + entries + bytes(4))

    def _entry(self, tag: int, kind: int, values: Sequence[int]) -> bytes:
        body = struct.pack(f"{self.order}{len(values)}{CODES[kind]}", *values)
        place = body.ljust(4, b"\0") if len(body) <= 4 else struct.pack(self.order + "I", self.add(body))
        return struct.pack(self.order + "HHI", tag, kind, len(values)) + place

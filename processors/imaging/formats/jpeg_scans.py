"""How a JPEG keeps its pixels: in how many scans, what each brings, and where the last of them ends."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

# Cameras write one, progressive encoders about ten; libtiff draws its line here too.
MAX_SCANS = 100

START = b"\xff\xd8\xff"
START_OF_SCAN = b"\xff\xda"
END = b"\xff\xd9"
SCAN, END_OF_IMAGE = 0xDA, 0xD9
# Frames of Huffman codes whose coefficients come all at once: baseline and extended sequential.
SEQUENTIAL = frozenset({0xC0, 0xC1})
FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
COEFFICIENTS = 64
# Precision, height, width and the number of components.
FRAME_BYTES = 6
# The marker and the length.
SEGMENT_START_BYTES = 4

# Stuffed bytes, restart markers and TEM have no segment; fill bytes may stand before any marker.
_MARKER = re.compile(rb"\xff+([^\x00\x01\xd0-\xd7\xff])", re.DOTALL)


@dataclass(frozen=True, slots=True)
class JpegScan:
    """One pass over the pixels: which components it brings, and which of their coefficients."""

    components: bytes
    first: int
    last: int
    refines: bool


@dataclass(frozen=True, slots=True)
class JpegLayout:
    """What the segments of a JPEG say.

    ``end`` is where its end-of-image marker stands, None where it has none; ``torn`` where the segment begins in whose
    midst the data end, None where they end among pixels or not early.
    """

    frame: int = 0
    precision: int = 0
    components: bytes = b""
    scans: tuple[JpegScan, ...] = ()
    end: int | None = None
    torn: int | None = None

    @property
    def is_sequential(self) -> bool:
        """Whether rows of pixels are complete as soon as their bytes are there."""
        return self.frame in SEQUENTIAL and [scan.components for scan in self.scans] == [self.components]

    @property
    def is_covered(self) -> bool:
        """Whether scans that are there to their end bring every coefficient of the first component, which is the luma,
        and at least the mean of each block of the others: the whole picture, if less sharp than it might be.
        """
        complete = self.scans if self.end is not None else self.scans[:-1]
        sent = {(component, at) for scan in complete for component in scan.components for at in _new_in(scan)}
        luma = {(self.components[0], at) for at in range(COEFFICIENTS)} if self.components else set()
        return bool(luma) and luma | {(component, 0) for component in self.components} <= sent


def has_too_many_scans(data: bytes) -> bool:
    """Whether the JPEG in ``data`` has more than ``MAX_SCANS`` scans, previews and what follows its end not counted."""
    return data.count(START_OF_SCAN) > MAX_SCANS and count_scans(data) > MAX_SCANS


def count_scans(data: bytes) -> int:
    """Return the number of scans, by walking from segment to segment as a decoder does."""
    return sum(kind == SCAN for kind, _, _ in _segments(data))


def layout_of(data: bytes) -> JpegLayout:
    """Return how the JPEG in ``data`` is laid out; damaged ones have fewer parts than whole ones."""
    frame, precision, components, scans = 0, 0, b"", list[JpegScan]()
    torn = None
    for kind, at, size in _segments(data):
        if at + size > len(data):
            torn = at - SEGMENT_START_BYTES
        if kind in FRAMES and not frame and at + size <= len(data) and size > FRAME_BYTES:
            frame, precision, components = kind, data[at], data[at + 6 : at + size : 3]
        elif kind == SCAN and len(scans) <= MAX_SCANS:
            scans.append(_scan(data[at : at + size]))
            if frame in SEQUENTIAL and scans[0].components == components:
                # No other scan can follow, and a search for the end is far faster than a walk to it.
                return JpegLayout(frame, precision, components, tuple(scans), _end_after(data, at))
        elif kind == END_OF_IMAGE:
            return JpegLayout(frame, precision, components, tuple(scans), at - len(END))
    return JpegLayout(frame, precision, components, tuple(scans), torn=torn)


def _end_after(data: bytes, at: int) -> int | None:
    """Return where the end-of-image marker stands; whatever follows it may end with one of its own."""
    found = len(data) - len(END) if data.endswith(END) else data.find(END, at)
    return None if found < 0 else found


def _new_in(scan: JpegScan) -> range:
    return range(0) if scan.refines else range(scan.first, scan.last + 1)


def _scan(body: bytes) -> JpegScan:
    """Return what a scan's header says; one that is cut off brings nothing."""
    count = body[0] if body else 0
    if len(body) < 4 + 2 * count:
        return JpegScan(b"", 1, 0, refines=False)
    first, last, precision = body[1 + 2 * count : 4 + 2 * count]
    return JpegScan(body[1 : 1 + 2 * count : 2], first, last, refines=bool(precision >> 4))


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield kind, start and size of each segment's body, up to the end of the image or of the data."""
    at = len(b"\xff\xd8")
    while marker := _MARKER.search(data, at):
        kind, at = marker[1][0], marker.end()
        if kind == END_OF_IMAGE:
            yield kind, at, 0
            return
        size = int.from_bytes(data[at : at + 2], "big")
        yield kind, at + 2, max(0, size - 2)
        at += size

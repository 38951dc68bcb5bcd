"""PSD files as Adobe's specification has them: a header, a few resources, no layers, and the composite."""

import struct
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

GREY, INDEXED, RGB, CMYK, LAB = 1, 2, 3, 4, 9
RAW, PACKED = 0, 1
VERSION_INFO = 1057


def psd(
    planes: Sequence[npt.NDArray[np.uint8]],
    mode: int,
    *,
    compression: int = RAW,
    bits: int = 8,
    palette: bytes = b"",
    resources: Sequence[tuple[int, bytes]] = (),
    size: tuple[int, int] | None = None,
    version: int = 1,
) -> bytes:
    """Return a PSD whose composite has these planes; ``size`` is what it claims instead of theirs."""
    width, height = size or (planes[0].shape[1], planes[0].shape[0])
    head = struct.pack(">4sH6xHIIHH", b"8BPS", version, len(planes), height, width, bits, mode)
    notes = b"".join(_resource(number, data) for number, data in resources)
    parts = [head, _sized(palette), _sized(notes), _sized(b""), struct.pack(">H", compression)]
    return b"".join([*parts, *(_packed(planes) if compression == PACKED else [plane.tobytes() for plane in planes])])


def _sized(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def _resource(number: int, data: bytes) -> bytes:
    return b"8BIM" + struct.pack(">HHI", number, 0, len(data)) + data + bytes(len(data) % 2)


def _packed(planes: Sequence[npt.NDArray[np.uint8]]) -> list[bytes]:
    """Return the lengths of all rows, and then the rows as PackBits: pieces of up to 128 bytes as they are."""
    rows = [_row(row.tobytes()) for plane in planes for row in plane]
    return [struct.pack(f">{len(rows)}H", *map(len, rows)), *rows]


def _row(row: bytes) -> bytes:
    if len(set(row)) == 1 and len(row) <= 128:
        return bytes([257 - len(row), row[0]])
    pieces = [row[at : at + 128] for at in range(0, len(row), 128)]
    return b"".join(bytes([len(piece) - 1]) + piece for piece in pieces)

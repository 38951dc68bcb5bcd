"""TIFFs of every kind that the specification has, and some that it has not, written by hand (TIFF 6.0)."""

import struct
import zlib
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from tests.compare_decoders.png_files import packed

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, CMYK, YCBCR, LAB = 0, 1, 2, 3, 5, 6, 8
UNSIGNED, SIGNED, FLOAT = 1, 2, 3
NONE, DEFLATE, PACKBITS = 1, 8, 32773
ROWS_PER_STRIP, TILE = 16, 16
SHORT, LONG, LONG8 = 3, 4, 16
TYPES = {SHORT: "H", LONG: "I", LONG8: "Q"}

Samples = npt.NDArray[np.generic]


@dataclass(frozen=True, slots=True)
class TiffForm:
    """How samples are laid down."""

    photometric: int
    bits: int
    sample_format: int = UNSIGNED
    order: str = "<"
    planar: int = 1
    compression: int = NONE
    predictor: int = 1
    fill_order: int = 1
    tiled: bool = False
    big: bool = False
    extra: tuple[int, ...] = ()
    tags: tuple[tuple[int, int, tuple[int, ...]], ...] = field(default=())


def tiff_file(samples: Samples, form: TiffForm) -> bytes:
    """Return a TIFF of ``[height, width]`` or ``[height, width, channels]``."""
    height, width = samples.shape[:2]
    cube = samples.reshape(height, width, -1)
    planes = [cube] if form.planar == 1 else [cube[:, :, at : at + 1] for at in range(cube.shape[2])]
    pieces = [_encoded(piece, form) for plane in planes for piece in _pieces(plane, form)]
    tags = [
        (256, LONG, (width,)),
        (257, LONG, (height,)),
        (258, SHORT, (form.bits,) * cube.shape[2]),
        (259, SHORT, (form.compression,)),
        (262, SHORT, (form.photometric,)),
        (266, SHORT, (form.fill_order,)),
        (277, SHORT, (cube.shape[2],)),
        (284, SHORT, (form.planar,)),
        (317, SHORT, (form.predictor,)),
        (339, SHORT, (form.sample_format,) * cube.shape[2]),
        *([(338, SHORT, form.extra)] if form.extra else []),
        *([(322, LONG, (TILE,)), (323, LONG, (TILE,))] if form.tiled else [(278, LONG, (ROWS_PER_STRIP,))]),
        *form.tags,
    ]
    return _assembled(tags, pieces, form)


def _pieces(plane: Samples, form: TiffForm) -> list[Samples]:
    height, width = plane.shape[:2]
    if not form.tiled:
        return [plane[top : top + ROWS_PER_STRIP] for top in range(0, height, ROWS_PER_STRIP)]
    padded = np.pad(plane, ((0, -height % TILE), (0, -width % TILE), (0, 0)), mode="edge")
    corners = [(top, left) for top in range(0, height, TILE) for left in range(0, width, TILE)]
    return [padded[top : top + TILE, left : left + TILE] for top, left in corners]


def _encoded(piece: Samples, form: TiffForm) -> bytes:
    written = _raw(piece, form)
    if form.compression == DEFLATE:
        written = zlib.compress(written)
    elif form.compression == PACKBITS:
        written = _packbits(written, len(piece))
    if form.fill_order == 1:
        return written
    return np.packbits(np.unpackbits(np.frombuffer(written, np.uint8), bitorder="little")).tobytes()


def _raw(piece: Samples, form: TiffForm) -> bytes:
    if form.bits < 8 or form.bits == 12:
        return packed(piece, form.bits).tobytes()
    kind = {UNSIGNED: "u", SIGNED: "i", FLOAT: "f"}[form.sample_format]
    numbers = piece.astype(f"{form.order}{kind}{form.bits // 8}")
    if form.predictor == 2:
        whole = numbers.view(f"{form.order}u{form.bits // 8}")
        numbers = np.concatenate([whole[:, :1], whole[:, 1:] - whole[:, :-1]], axis=1).astype(whole.dtype)
    if form.predictor == 3:
        return _by_bytes(numbers, form)
    return numbers.tobytes()


def _by_bytes(numbers: Samples, form: TiffForm) -> bytes:
    """Return real numbers as TIFF's Technical Note 3 has them: all first bytes, all second ones; then differences."""
    size, channels = form.bits // 8, numbers.shape[2]
    big = numbers.astype(numbers.dtype.newbyteorder(">"))
    rows = big.reshape(len(big), -1).view(np.uint8).reshape(len(big), -1, size)
    flat = rows.transpose(0, 2, 1).reshape(len(big), -1)
    steps = flat[:, channels:] - flat[:, :-channels]
    return np.concatenate([flat[:, :channels], steps], axis=1).tobytes()


def _packbits(raw: bytes, rows: int) -> bytes:
    """Return literal runs, of which none goes beyond a row."""
    length = len(raw) // rows
    written = bytearray()
    for start in range(0, len(raw), length):
        row = raw[start : start + length]
        for at in range(0, length, 128):
            run = row[at : at + 128]
            written += bytes([len(run) - 1]) + run
    return bytes(written)


def _assembled(tags: list[tuple[int, int, tuple[int, ...]]], pieces: list[bytes], form: TiffForm) -> bytes:
    head = 16 if form.big else 8
    offsets = [head]
    for piece in pieces:
        offsets.append(offsets[-1] + len(piece) + len(piece) % 2)
    places, sizes = (324, 325) if form.tiled else (273, 279)
    word = LONG8 if form.big else LONG
    tags = [*tags, (places, word, tuple(offsets[:-1])), (sizes, word, tuple(len(piece) for piece in pieces))]
    body = b"".join(piece + b"\0" * (len(piece) % 2) for piece in pieces)
    directory = _directory(sorted(tags), offsets[-1], form)
    magic = b"II" if form.order == "<" else b"MM"
    if form.big:
        start = magic + struct.pack(f"{form.order}HHHQ", 43, 8, 0, offsets[-1])
    else:
        start = magic + struct.pack(f"{form.order}HI", 42, offsets[-1])
    return start + body + directory


def _directory(tags: list[tuple[int, int, tuple[int, ...]]], start: int, form: TiffForm) -> bytes:
    room, entry = (8, "HHQ") if form.big else (4, "HHI")
    count_size, entry_size = (8, 20) if form.big else (2, 12)
    beyond = start + count_size + entry_size * len(tags) + room
    entries, values = b"", b""
    for tag, kind, numbers in tags:
        value = struct.pack(f"{form.order}{len(numbers)}{TYPES[kind]}", *numbers)
        if len(value) > room:
            place = struct.pack(form.order + ("Q" if form.big else "I"), beyond + len(values))
            values += value + b"\0" * (len(value) % 2)
            value = place
        entries += struct.pack(form.order + entry, tag, kind, len(numbers)) + value.ljust(room, b"\0")
    count = struct.pack(form.order + ("Q" if form.big else "H"), len(tags))
    return count + entries + b"\0" * room + values

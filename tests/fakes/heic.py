"""HEIC files put together box by box (ISO/IEC 14496-12, 23008-12), their pixels coded by x265 without loss."""

import re
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache

import av
import numpy as np
import numpy.typing as npt
from av.video.reformatter import ColorRange, Colorspace
from PIL import Image

# What turns a stored picture upright as each of EXIF's orientations would: quarter turns to the left, and then an axis,
# 0 to exchange top and bottom, 1 left and right.
TURNS: dict[int, tuple[tuple[bytes, int], ...]] = {
    1: (),
    2: ((b"imir", 1),),
    3: ((b"irot", 2),),
    4: ((b"imir", 0),),
    5: ((b"irot", 1), (b"imir", 0)),
    6: ((b"irot", 3),),
    7: ((b"irot", 3), (b"imir", 0)),
    8: ((b"irot", 1),),
}
# The matrix of BT.601, full range.
MATRIX, FULL_RANGE = 6, 0x80
EXIF_ITEM = 99
# The kinds of HEVC's units that hold parameters of the film, the sequence and the picture.
PARAMETERS = (32, 33, 34)


@dataclass(frozen=True, slots=True)
class HeicForm:
    """How a picture is kept: its turns in the order of the file, its notes, and in how many tiles a side."""

    turns: tuple[tuple[bytes, int], ...] = ()
    exif: bytes = b""
    profile: bytes = b""
    tiles: int = 1
    brands: tuple[bytes, ...] = (b"heic", b"mif1", b"heic")
    announced: tuple[int, int] | None = None
    codec: bytes = b"hvc1"
    bits: int = 8
    primaries: int = 1
    transfer: int = 13


PLAIN = HeicForm()


def heic(image: Image.Image, form: HeicForm = PLAIN) -> bytes:
    """Return ``image`` as a file of ``form``; of tiles each must have even sides of 64 pixels at least."""
    pixels = np.asarray(image.convert("RGB"))
    tiles = [_coded(tile, form.bits) for tile in _tiles(pixels, form.tiles)]
    return _file([data for _, data in tiles], tiles[0][0], image.size, form)


def _tiles(pixels: npt.NDArray[np.uint8], count: int) -> list[npt.NDArray[np.uint8]]:
    rows = np.array_split(pixels, count, axis=0)
    return [np.ascontiguousarray(tile) for row in rows for tile in np.array_split(row, count, axis=1)]


def _coded(pixels: npt.NDArray[np.uint8], bits: int) -> tuple[bytes, bytes]:
    """Return the decoder's configuration and the coded picture."""
    return _coded_once(pixels.tobytes(), pixels.shape[0], pixels.shape[1], bits)


@cache
def _coded_once(levels: bytes, height: int, width: int, bits: int) -> tuple[bytes, bytes]:
    pixels = np.frombuffer(levels, np.uint8).reshape(height, width, 3)
    frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(
        format="yuv444p" if bits == 8 else f"yuv444p{bits}le",
        dst_colorspace=Colorspace.ITU601,
        dst_color_range=ColorRange.JPEG,
    )
    encoder = av.CodecContext.create("libx265", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = width, height, frame.format.name, Fraction(1)
    encoder.options = {"x265-params": "lossless=1:log-level=none:range=full:colormatrix=smpte170m:pools=none"}
    frame.pts, frame.time_base = 0, Fraction(1)
    stream = b"".join(bytes(packet) for packet in (*encoder.encode(frame), *encoder.encode(None)))
    units = [unit for unit in re.split(b"\0\0\0?\1", stream) if unit]
    pictures = [unit for unit in units if _kind(unit) < PARAMETERS[0]]
    return _configuration(units, bits), b"".join(struct.pack(">I", len(unit)) + unit for unit in pictures)


def _kind(unit: bytes) -> int:
    return unit[0] >> 1 & 63


def _configuration(units: Sequence[bytes], bits: int) -> bytes:
    """Return the decoder's configuration record (ISO/IEC 14496-15, 8.3.2) of 4:4:4, lengths of four bytes."""
    sets = [next(unit for unit in units if _kind(unit) == kind) for kind in PARAMETERS]
    profile = sets[1].replace(b"\0\0\3", b"\0\0")[3:15]
    depths = bytes([0xFF, 0xF8 | bits - 8, 0xF8 | bits - 8])
    arrays = [struct.pack(">BHH", 0x80 | _kind(unit), 1, len(unit)) + unit for unit in sets]
    return b"\1" + profile + b"\xf0\0\xfc" + depths + b"\0\0\x0f" + bytes([len(sets)]) + b"".join(arrays)


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", 8 + len(body)) + kind + body


def full_box(kind: bytes, *parts: bytes, version: int = 0) -> bytes:
    return box(kind, struct.pack(">I", version << 24), *parts)


@dataclass(frozen=True, slots=True)
class _Item:
    number: int
    kind: bytes
    data: bytes
    properties: tuple[bytes, ...] = ()


def _file(tiles: Sequence[bytes], configuration: bytes, size: tuple[int, int], form: HeicForm) -> bytes:
    items = _items(tiles, configuration, size, form)
    if form.exif:
        items.append(_Item(EXIF_ITEM, b"Exif", struct.pack(">I", 0) + form.exif))
    head = box(b"ftyp", form.brands[0], bytes(4), *form.brands[1:])
    links = _links(len(tiles), form)
    start = len(head) + len(_meta(items, links, 0)) + 8
    return head + _meta(items, links, start) + box(b"mdat", *(item.data for item in items))


def _items(tiles: Sequence[bytes], configuration: bytes, size: tuple[int, int], form: HeicForm) -> list[_Item]:
    """Return the main item, which is the first, and its tiles."""
    colours = box(b"colr", b"prof", form.profile) if form.profile else box(b"colr", _numbers(form))
    turns = tuple(box(kind, bytes([value])) for kind, value in form.turns)
    announced = full_box(b"ispe", struct.pack(">II", *(form.announced or size)))
    setting = box(b"hvcC", configuration)
    if len(tiles) == 1:
        return [_Item(1, form.codec, tiles[0], (setting, announced, colours, *turns))]
    side = full_box(b"ispe", struct.pack(">II", size[0] // form.tiles, size[1] // form.tiles))
    grid = struct.pack(">BBBBHH", 0, 0, form.tiles - 1, form.tiles - 1, *size)
    inner = [_Item(number, b"hvc1", tile, (setting, side, colours)) for number, tile in enumerate(tiles, 2)]
    return [_Item(1, b"grid", grid, (announced, colours, *turns)), *inner]


def _numbers(form: HeicForm) -> bytes:
    return b"nclx" + struct.pack(">HHHB", form.primaries, form.transfer, MATRIX, FULL_RANGE)


def _links(tiles: int, form: HeicForm) -> bytes:
    links = []
    if tiles > 1:
        links.append(box(b"dimg", struct.pack(f">HH{tiles}H", 1, tiles, *range(2, tiles + 2))))
    if form.exif:
        links.append(box(b"cdsc", struct.pack(">HHH", EXIF_ITEM, 1, 1)))
    return full_box(b"iref", *links) if links else b""


def _meta(items: Sequence[_Item], links: bytes, start: int) -> bytes:
    handler = full_box(b"hdlr", bytes(4), b"pict", bytes(13))
    entries = [full_box(b"infe", struct.pack(">HH", item.number, 0), item.kind, b"\0", version=2) for item in items]
    return full_box(
        b"meta",
        handler,
        full_box(b"pitm", struct.pack(">H", 1)),
        _places(items, start),
        full_box(b"iinf", struct.pack(">H", len(entries)), *entries),
        links,
        _properties(items),
    )


def _places(items: Iterable[_Item], at: int) -> bytes:
    places = []
    for item in items:
        places.append(struct.pack(">HHHII", item.number, 0, 1, at, len(item.data)))
        at += len(item.data)
    return full_box(b"iloc", struct.pack(">HH", 0x4400, len(places)), *places)


def _properties(items: Sequence[_Item]) -> bytes:
    shared = list(dict.fromkeys(each for item in items for each in item.properties))
    owners = [
        struct.pack(">HB", item.number, len(item.properties))
        + bytes(0x80 | shared.index(each) + 1 for each in item.properties)
        for item in items
        if item.properties
    ]
    associations = full_box(b"ipma", struct.pack(">I", len(owners)), *owners)
    return box(b"iprp", box(b"ipco", *shared), associations)


def turned_heic(image: Image.Image, orientation: int, **fields: object) -> bytes:
    """Return a stored ``image`` that the container turns as EXIF's ``orientation`` would."""
    return heic(image, replace(PLAIN, turns=TURNS[orientation], **fields))  # type: ignore[arg-type]

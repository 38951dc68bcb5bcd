"""JPEG XL files: of libjxl's encoder, taken apart and put together again, and headers written bit by bit."""

import struct
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from imagecodecs import jpegxl_encode, jpegxl_encode_jpeg
from PIL import Image

from tests.fakes.pictures import encoded

SIGNATURE = b"\0\0\0\x0cJXL \r\n\x87\n"
KIND = b"\0\0\0\x14ftypjxl \0\0\0\0jxl "


def jxl(samples: npt.NDArray[Any] | Image.Image, **options: Any) -> bytes:
    """Return a codestream without loss; of whole numbers of 16 bits and of real ones, samples are light."""
    return bytes(jpegxl_encode(np.asarray(samples), **{"lossless": True, "numthreads": 1} | options))


def jxl_of_jpeg(image: Image.Image, orientation: int = 1, **options: Any) -> tuple[bytes, bytes]:
    """Return a JPEG, and the JPEG XL that keeps its very coefficients."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    jpeg = encoded(image, "JPEG", exif=exif, **options)
    return jpeg, bytes(jpegxl_encode_jpeg(jpeg, usecontainer=True))


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", 8 + len(body)) + kind + body


def contained(codestream: bytes, *, cuts: Sequence[int] | None = None, exif: bytes = b"") -> bytes:
    """Return a container with the codestream whole, or in parts that end at ``cuts``, and EXIF behind it."""
    notes = box(b"Exif", bytes(4) + exif) if exif else b""
    if cuts is None:
        return SIGNATURE + KIND + box(b"jxlc", codestream) + notes
    ends = [0, *cuts, len(codestream)]
    parts = [codestream[start:end] for start, end in pairwise(ends)]
    numbered = [struct.pack(">I", at | (at == len(parts) - 1) << 31) + part for at, part in enumerate(parts)]
    return SIGNATURE + KIND + b"".join(box(b"jxlp", part) for part in numbered) + notes


def bare(data: bytes) -> bytes:
    """Return the codestream of a file: libjxl's encoder puts samples of more than 8 bits into a container."""
    found, at = b"", 0
    if not data.startswith(SIGNATURE):
        return data
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big") or len(data) - at
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + size]
        found += {b"jxlc": body, b"jxlp": body[4:]}.get(kind, b"")
        at += size
    return found


def claim(width: int, height: int, *, extra_channels: int = 0) -> bytes:
    """Return the header of a picture of this size, and nothing of the picture."""
    bits = [(16, 0x0AFF), (1, 0), *_side(height), (3, 0), *_side(width)]
    if not extra_channels:
        return _packed([*bits, (1, 1)])
    alpha = [(1, 1)] * extra_channels
    return _packed(
        [*bits, (1, 0), (1, 0), (1, 0), (2, 0), (1, 1), (2, 3), (12, extra_channels - 1), *alpha, (1, 1), (1, 1)]
    )


def _side(pixels: int) -> list[tuple[int, int]]:
    return [(2, 3), (30, pixels - 1)]


def _packed(bits: Sequence[tuple[int, int]]) -> bytes:
    value = at = 0
    for count, number in bits:
        value |= number << at
        at += count
    return value.to_bytes((at + 7) // 8, "little") + bytes(16)

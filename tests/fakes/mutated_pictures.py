"""Pictures damaged in every way that bytes can be, the same at every run, from the demonstration's own photos."""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.fakes.camera_raws import FORMS, camera_raw
from tests.fakes.heic import turned_heic
from tests.fakes.jpeg_xl import contained, jxl, jxl_of_jpeg
from tests.fakes.noted_pictures import EVERY, FULL
from tests.fakes.pictures import encoded
from tests.fakes.profiles import ADOBE, ADOBE_GAMMA, gamma_curve, rgb_profile
from tests.fakes.psd import PACKED, RGB, psd

PICTURES = Path(__file__).parents[2] / "processors" / "pictures"
LARGE_NUMBERS = (b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\xff\xff", b"\xff\xff\0\0")
STARTS = (
    b"\xff\xd8\xff\xe0",
    b"\x89PNG\r\n\x1a\n",
    b"GIF89a",
    b"II*\0",
    b"RIFF\0\1\0\0WEBP",
    b"BM",
    b"%PDF",
    b"\0\0\0\x18ftypheic",
)
EXTREMES = (0x00, 0x01, 0x7F, 0x80, 0xFF)
HEADER_BYTES = 300

Damage = Callable[[bytes, random.Random], bytes]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A damaged file, and what it was before and what was done to it."""

    kind: str
    damage: str
    data: bytes


def mutants(count: int, seed: int) -> Iterator[Mutant]:
    """Yield ``count`` damaged files: every kind of file in turn, every kind of damage in turn."""
    chance = random.Random(seed)  # noqa: S311 - the same mutants at every run
    kinds = sorted(KINDS)
    photos = sorted(path.name for path in PICTURES.glob("*.jpg"))
    for at in range(count):
        kind, damage = kinds[at % len(kinds)], sorted(DAMAGES)[at // len(kinds) % len(DAMAGES)]
        yield Mutant(kind, damage, DAMAGES[damage](undamaged(kind, chance.choice(photos)), chance))


@cache
def undamaged(kind: str, photo: str) -> bytes:
    """Return a file of ``kind`` that shows one of the demonstration's photos."""
    with Image.open(PICTURES / photo) as image:
        return KINDS[kind](image.convert("RGB").resize((240, 160)))


def _animated(image: Image.Image) -> list[Image.Image]:
    return [image.rotate(angle) for angle in (30, 60, 90)]


def _wide(image: Image.Image) -> Image.Image:
    return Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)


def _planes(image: Image.Image) -> list[Any]:
    return [np.ascontiguousarray(np.asarray(image)[:, :, band]) for band in range(3)]


def _oriented() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


def _noted(kind: str, image: Image.Image) -> bytes:
    return EVERY[kind](image, FULL)


_ADOBE_RGB = rgb_profile(ADOBE, gamma_curve(ADOBE_GAMMA))

KINDS: Mapping[str, Callable[[Image.Image], bytes]] = {
    "JPEG": lambda image: encoded(image, "JPEG", exif=_oriented()),
    "JPEG progressive": lambda image: encoded(image, "JPEG", progressive=True),
    "JPEG CMYK": lambda image: encoded(image.convert("CMYK"), "JPEG"),
    "JPEG grey": lambda image: encoded(image.convert("L"), "JPEG"),
    "JPEG profile": lambda image: encoded(image, "JPEG", icc_profile=_ADOBE_RGB),
    "JPEG two pictures": lambda image: encoded(image, "MPO", save_all=True, append_images=_animated(image)),
    "PNG": lambda image: encoded(image, "PNG"),
    "PNG alpha": lambda image: encoded(image.convert("RGBA"), "PNG", icc_profile=_ADOBE_RGB),
    "PNG palette": lambda image: encoded(image.quantize(64), "PNG", transparency=3),
    "PNG 16 bits": lambda image: encoded(_wide(image), "PNG"),
    "PNG animated": lambda image: encoded(image, "PNG", save_all=True, append_images=_animated(image)),
    "GIF": lambda image: encoded(image, "GIF"),
    "GIF animated": lambda image: encoded(image, "GIF", save_all=True, append_images=_animated(image)),
    "BMP": lambda image: encoded(image, "BMP"),
    "BMP palette": lambda image: encoded(image.quantize(16), "BMP"),
    "TIFF": lambda image: encoded(image, "TIFF"),
    "TIFF LZW": lambda image: encoded(image, "TIFF", compression="tiff_lzw"),
    "TIFF JPEG": lambda image: encoded(image, "TIFF", compression="jpeg"),
    "TIFF CMYK": lambda image: encoded(image.convert("CMYK"), "TIFF", compression="tiff_deflate"),
    "TIFF 16 bits": lambda image: encoded(_wide(image), "TIFF"),
    "TIFF fax": lambda image: encoded(image.convert("1"), "TIFF", compression="group4"),
    "WebP": lambda image: encoded(image, "WEBP"),
    "WebP lossless": lambda image: encoded(image.convert("RGBA"), "WEBP", lossless=True),
    "WebP animated": lambda image: encoded(image, "WEBP", save_all=True, append_images=_animated(image)),
    "AVIF": lambda image: encoded(image, "AVIF", speed=10),
    "JPEG 2000": lambda image: encoded(image, "JPEG2000"),
    "JPEG 2000 lossy": lambda image: encoded(image, "JPEG2000", no_jp2=True, irreversible=True, quality_layers=[20]),
    "JPEG XL": jxl,
    "JPEG XL lossy": lambda image: contained(jxl(image, lossless=False, distance=1.0), cuts=[9, 200]),
    "JPEG XL of a JPEG": lambda image: jxl_of_jpeg(image, 6)[1],
    "TGA": lambda image: encoded(image, "TGA", compression="tga_rle"),
    "PPM": lambda image: encoded(image, "PPM"),
    "PSD": lambda image: psd(_planes(image), RGB, compression=PACKED),
    "ICO": lambda image: encoded(image, "ICO", sizes=[(16, 16), image.size]),
    "ICO bitmap": lambda image: encoded(image, "ICO", sizes=[image.size], bitmap_format="bmp"),
    "camera raw": lambda image: camera_raw(FORMS[1], [encoded(image)], 6),
    "HEIC": lambda image: turned_heic(image, 6, exif=_oriented().tobytes()),
    **{f"{kind} notes": partial(_noted, kind) for kind in EVERY},
    "HEIC tiles": lambda image: turned_heic(image, 5, tiles=2, profile=_ADOBE_RGB),
}


def _truncated(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(1, len(data))]


def _flipped(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 40)):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _header(data: bytes, chance: random.Random) -> bytes:
    """Change what tells sizes, offsets and counts: mostly to the ends of what a byte can be."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(min(len(changed), HEADER_BYTES))
        changed[at] = chance.choice([*EXTREMES, chance.randrange(256)])
    return bytes(changed)


def _oversized(data: bytes, chance: random.Random) -> bytes:
    """Write the largest numbers over a few places of the header: sizes, counts and lengths among them."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(8, min(len(changed) - 4, HEADER_BYTES))
        changed[at : at + 4] = chance.choice(LARGE_NUMBERS)
    return bytes(changed)


def _spliced(data: bytes, chance: random.Random) -> bytes:
    """Double a piece, or cut it out."""
    start, end = sorted(chance.randrange(len(data)) for _ in range(2))
    return data[:start] + data[start:end] * chance.choice([0, 2, 3]) + data[end:]


def _noise(data: bytes, chance: random.Random) -> bytes:
    """Keep the first bytes, and nothing else of it."""
    return data[: chance.choice([4, 12, 60])] + chance.randbytes(chance.randrange(1, 4000))


def _disguised(data: bytes, chance: random.Random) -> bytes:
    """Give one format the first bytes of another."""
    start = chance.choice(STARTS)
    return start + data[len(start) :]


def _notes(data: bytes, chance: random.Random) -> bytes:
    """Change types, counts and places in EXIF, of files that have some; of others what stands anywhere."""
    start = max(data.find(mark, 1) for mark in (b"II*\0", b"MM\0*"))
    if start < 0:
        return _flipped(data, chance)
    changed = bytearray(data)
    for _ in range(chance.randint(1, 12)):
        at = start + chance.randrange(4, 240)
        piece = chance.choice([bytes([chance.choice(EXTREMES)]), chance.randbytes(2), *LARGE_NUMBERS])
        changed[at : at + len(piece)] = piece
    return bytes(changed[: len(data)])


def _padded(data: bytes, chance: random.Random) -> bytes:
    return data + chance.randbytes(chance.randrange(1, 200_000))


DAMAGES: Mapping[str, Damage] = {
    "truncated": _truncated,
    "bits flipped": _flipped,
    "header": _header,
    "oversized": _oversized,
    "spliced": _spliced,
    "noise": _noise,
    "wrong type": _disguised,
    "padded": _padded,
    "notes": _notes,
}

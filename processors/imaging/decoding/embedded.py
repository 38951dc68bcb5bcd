"""Pictures that lie in a file of another kind: an icon's largest, and a camera's own JPEG in its raw file."""

import struct
from dataclasses import dataclass

from infra.errors import Rejected
from processors.imaging.decoding.refusals import too_many_pixels
from processors.imaging.formats.camera_raw import BYTE_ORDERS, raw_file
from processors.imaging.formats.icons import is_icon, largest_entry
from processors.imaging.formats.orientation import EXIF_ORIENTATION, TURNS, UPRIGHT
from schemas.dead_letters import Reason

# A directory of one entry, a SHORT.
_EXIF = struct.Struct("<6s4sIHHHIHHI")


@dataclass(frozen=True, slots=True)
class Embedded:
    """The file inside, decoded as any other, and the format of the one around it; a raw file has notes of its own."""

    name: str
    data: bytes
    is_raw: bool = False


def embedded_picture(data: bytes, max_pixels: int) -> Embedded | None:
    """Return the picture inside ``data``, or None where it is to be decoded itself; raises ``Rejected``."""
    if data[:4] in BYTE_ORDERS:
        return _preview(data)
    return _of_icon(data, max_pixels) if is_icon(data) else None


def _preview(data: bytes) -> Embedded | None:
    raw = raw_file(data)
    if raw is None:
        return None
    if raw.ends_early:
        raise Rejected(Reason.CORRUPT_IMAGE, f"the {raw.name}'s data end early: a preview of it is missing")
    if not raw.previews:
        raise Rejected(Reason.UNSUPPORTED_FORMAT, f"{raw.name} without an embedded JPEG is not read")
    return Embedded(raw.name, _turned(raw.previews[0], raw.orientation), is_raw=True)


def _turned(jpeg: bytes, orientation: int | None) -> bytes:
    """Return ``jpeg`` with EXIF that says ``orientation`` before any of its own, which then does not count."""
    if orientation != UPRIGHT and orientation not in TURNS:
        return jpeg
    note = _EXIF.pack(b"Exif\0\0", b"II*\0", 8, 1, EXIF_ORIENTATION, 3, 1, orientation, 0, 0)
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", 2 + len(note)) + note + jpeg[2:]


def _of_icon(data: bytes, max_pixels: int) -> Embedded:
    entry = largest_entry(data)
    if entry is None or not entry.data:
        raise Rejected(Reason.CORRUPT_IMAGE, "the icon's data end early: its pictures are missing")
    if not entry.is_png:
        width, height = entry.size
        if width * height > max_pixels:
            raise too_many_pixels(width, height, max_pixels)
        if not entry.is_whole:
            raise Rejected(Reason.CORRUPT_IMAGE, "the icon's data end early: pixels of its largest picture are missing")
    return Embedded("ICO", entry.data if entry.is_png else entry.alone())

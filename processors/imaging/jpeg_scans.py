"""Counts the scans of a JPEG: a small file can ask for hundreds of thousands, each a pass over all of its pixels."""

import re

# Cameras write one, progressive encoders about ten; libtiff draws its line here too.
MAX_SCANS = 100

START_OF_SCAN = b"\xff\xda"
SCAN, END_OF_IMAGE = 0xDA, 0xD9

# Stuffed bytes, restart markers and TEM have no segment; fill bytes may stand before any marker.
_MARKER = re.compile(rb"\xff+([^\x00\x01\xd0-\xd7\xff])", re.DOTALL)


def has_too_many_scans(data: bytes) -> bool:
    """Whether the JPEG in ``data`` has more than ``MAX_SCANS`` scans, previews and what follows its end not counted."""
    return data.count(START_OF_SCAN) > MAX_SCANS and count_scans(data) > MAX_SCANS


def count_scans(data: bytes) -> int:
    """Return the number of scans, by walking from segment to segment as a decoder does."""
    scans, at = 0, len(b"\xff\xd8")
    while marker := _MARKER.search(data, at):
        kind, at = marker[1][0], marker.end()
        if kind == END_OF_IMAGE:
            break
        scans += kind == SCAN
        at += int.from_bytes(data[at : at + 2], "big")
    return scans

"""What Pillow leaves out of JPEG 2000: the profile in its boxes (ISO/IEC 15444-1), and how many colours it has."""

import struct

from processors.imaging.formats.iso_boxes import boxes

STARTS = (b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51")
PROFILE_METHOD, METHOD_BYTES = 2, 3
# The marker of the sizes, and from its start to the number of components.
SIZES, COMPONENTS_AT = b"\xff\x4f\xff\x51", 38
READ_COMPONENTS = range(1, 5)


def profile_in(data: bytes) -> bytes | None:
    """Return the embedded ICC profile, or None."""
    for head in boxes(data):
        if head.kind == b"jp2h":
            for box in boxes(data, head.start, head.end):
                if box.kind == b"colr" and data[box.start : box.start + 1] == bytes([PROFILE_METHOD]):
                    return data[box.start + METHOD_BYTES : box.end]
    return None


def components_in(data: bytes) -> int:
    """Return how many components the codestream announces; 0 where it does not come to say so."""
    at = data.find(SIZES)
    if at < 0 or at + COMPONENTS_AT + 4 > len(data):
        return 0
    return int(struct.unpack_from(">H", data, at + 2 + COMPONENTS_AT)[0])

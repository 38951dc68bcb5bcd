"""ICC profiles made in the test, whose colours are known by arithmetic (ICC.1:2022)."""

import struct
from collections.abc import Mapping, Sequence
from itertools import product

WHITE_D50 = (0.9642, 1.0, 0.8249)
# Colorants for a white of D50: Adobe RGB (1998) with its gamma of 563/256, and Display P3.
ADOBE = ((0.6097, 0.3111, 0.0195), (0.2053, 0.6257, 0.0609), (0.1492, 0.0632, 0.7446))
ADOBE_GAMMA = 563 / 256
DISPLAY_P3 = ((0.5151, 0.2412, -0.0011), (0.2920, 0.6922, 0.0419), (0.1571, 0.0666, 0.7841))
SRGB = ((0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141))
SRGB_FORMULA = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def rgb_profile(colorants: Sequence[Sequence[float]], curve: bytes) -> bytes:
    """Return a display's profile: three colorants and one tone curve."""
    names = zip((b"rXYZ", b"gXYZ", b"bXYZ"), colorants, strict=True)
    curves = dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    return _profile(b"mntr", b"RGB ", b"XYZ ", {**{name: _xyz(value) for name, value in names}, **curves})


def grey_profile(gamma: float) -> bytes:
    """Return the profile of grey pixels."""
    return _profile(b"mntr", b"GRAY", b"XYZ ", {b"kTRC": gamma_curve(gamma)})


def ink_profile(lab: Mapping[tuple[int, int, int, int], tuple[int, int, int]]) -> bytes:
    """Return a printer's profile: L (0 to 100), a and b by which of cyan, magenta, yellow and black are at their full.

    Between those corners colours are interpolated. Every corner must be there.
    """
    even = bytes(range(256))
    corners = b"".join(
        bytes([round(lab[ink][0] * 255 / 100), lab[ink][1] + 128, lab[ink][2] + 128])
        for ink in product((0, 1), repeat=4)
    )
    matrix = struct.pack(">9i", *(65536 * (at % 4 == 0) for at in range(9)))
    table = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + matrix + even * 4 + corners + even * 3
    return _profile(b"prtr", b"CMYK", b"Lab ", {b"A2B0": table})


def gamma_curve(gamma: float) -> bytes:
    """Return a tone curve that is a power."""
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256))


def formula_curve(values: Sequence[float]) -> bytes:
    """Return a tone curve of sRGB's form: g, a, b, c, d."""
    return b"para\0\0\0\0\0\x03\0\0" + struct.pack(">5i", *(round(value * 65536) for value in values))


def table_curve(values: Sequence[float]) -> bytes:
    """Return a tone curve as a table of light from 0 to 1."""
    return b"curv\0\0\0\0" + struct.pack(f">I{len(values)}H", len(values), *(round(value * 65535) for value in values))


def _xyz(value: Sequence[float]) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(part * 65536) for part in value))


def _profile(kind: bytes, space: bytes, connection: bytes, tags: Mapping[bytes, bytes]) -> bytes:
    tags = {b"wtpt": _xyz(WHITE_D50), b"desc": _text(), b"cprt": b"text\0\0\0\0none\0", **tags}
    directory, body, start = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for name, tag in tags.items():
        padded = tag + bytes(-len(tag) % 4)
        directory += struct.pack(">4sII", name, start + len(body), len(tag))
        body += padded
    size = start + len(body)
    header = struct.pack(">I4sI4s4s4s", size, b"lcms", 0x02400000, kind, space, connection)
    header += struct.pack(">6H4s", 2025, 1, 1, 0, 0, 0, b"acsp")
    header = header.ljust(68, b"\0") + struct.pack(">3i", *(round(part * 65536) for part in WHITE_D50))
    return header.ljust(128, b"\0") + directory + body


def _text() -> bytes:
    name = b"made in a test\0"
    return b"desc\0\0\0\0" + struct.pack(">I", len(name)) + name + bytes(78)

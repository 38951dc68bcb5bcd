"""Profiles of colours that a file describes by numbers (ITU-T H.273, CICP), so that they are read like any other."""

import struct
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

# Colours as x and y (CIE 1931); primaries are red, green and blue.
Point = tuple[float, float]
Primaries = tuple[Point, Point, Point]
BT_709: Primaries = ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060))
BT_2020: Primaries = ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046))
DISPLAY_P3: Primaries = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
D65: Point = (0.3127, 0.3290)
DCI_WHITE: Point = (0.314, 0.351)
BY_NUMBER: Mapping[int, tuple[Primaries, Point]] = {
    1: (BT_709, D65),
    9: (BT_2020, D65),
    11: (DISPLAY_P3, DCI_WHITE),
    12: (DISPLAY_P3, D65),
}
UNKNOWN, LINEAR, SRGB = 2, 8, 13
D50 = (0.9642, 1.0, 0.8249)
# Points that are nearer are the same, written with fewer digits.
NEAR = 0.002
BRADFORD = np.array(((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296)))
# Curves that are sRGB's to the eye, whatever standard for films they come from.
LIKE_SRGB = frozenset({1, UNKNOWN, 6, SRGB, 14, 15})
GAMMAS = {4: 2.2, 5: 2.8}
SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
# Less tells points on one line from three corners; a number in a profile may be no larger than the last.
LEAST_Y, LEAST_AREA, MOST_LIGHT = 0.001, 1e-4, 8.0
COLORANTS, CURVES = (b"rXYZ", b"gXYZ", b"bXYZ"), (b"rTRC", b"gTRC", b"bTRC")


def numbered_profile(primaries: int, transfer: int) -> bytes | None:
    """Return the ICC profile of colours that are CICP's numbers alone, as in HEIC and AVIF; None as below."""
    named = BY_NUMBER.get(primaries)
    return None if named is None else described_profile(*named, transfer)


@lru_cache(maxsize=16)
def described_profile(primaries: Primaries, white: Point, transfer: int, gamma: float | None = None) -> bytes | None:
    """Return the ICC profile of these colours; ``gamma`` counts more than ``transfer``, which is CICP's number.

    None for those of sRGB, and for those that no profile describes: the curves of HDR (PQ and HLG), and points that are
    none.
    """
    curve = _curve(transfer, gamma)
    is_srgb = gamma is None and transfer in LIKE_SRGB and np.allclose((white, *primaries), (D65, *BT_709), atol=NEAR)
    colorants = None if is_srgb or curve is None else _colorants(primaries, white)
    if colorants is None or curve is None:
        return None
    named = {name: _xyz(value) for name, value in zip(COLORANTS, colorants, strict=True)}
    return _profile({**named, **dict.fromkeys(CURVES, curve)})


def _curve(transfer: int, gamma: float | None) -> bytes | None:
    power = GAMMAS.get(transfer) if gamma is None else gamma
    if power is not None:
        return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(power * 256)) if 0 < power < 256 else None
    if transfer == LINEAR:
        return b"curv\0\0\0\0" + struct.pack(">I", 0)
    if transfer in LIKE_SRGB:
        return b"para\0\0\0\0\0\x03\0\0" + struct.pack(">5i", *(round(value * 65536) for value in SRGB_CURVE))
    return None


def _colorants(primaries: Primaries, white: Point) -> npt.NDArray[np.float64] | None:
    """Return what each primary looks like beneath a white of D50 (Bradford); None where the points are no colours."""
    if not all(abs(x) <= 1 and LEAST_Y <= y <= 1 for x, y in (white, *primaries)):
        return None
    lit = np.array(_light(white))
    directions = np.array([_light(point) for point in primaries])
    cones = BRADFORD @ lit
    if abs(np.linalg.det(directions)) < LEAST_AREA or np.abs(cones).min() < LEAST_AREA:
        return None
    strengths = np.linalg.solve(directions.T, lit)
    to_d50 = np.linalg.inv(BRADFORD) @ np.diag(BRADFORD @ D50 / cones) @ BRADFORD
    adapted = (directions * strengths[:, None]) @ to_d50.T
    return adapted if np.abs(adapted).max() <= MOST_LIGHT else None


def _light(point: Point) -> tuple[float, float, float]:
    x, y = point
    return x / y, 1.0, (1 - x - y) / y


def _xyz(value: Sequence[float]) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(part * 65536) for part in value))


def _profile(tags: dict[bytes, bytes]) -> bytes:
    """Return a display's profile (ICC.1:2022) of these tags."""
    named = {b"desc": _words("colours described by numbers"), b"cprt": _words("none"), b"wtpt": _xyz(D50), **tags}
    table, bodies, at = bytearray(), bytearray(), 132 + 12 * len(named)
    for name, body in named.items():
        padded = body + bytes(-len(body) % 4)
        table += name + struct.pack(">II", at + len(bodies), len(body))
        bodies += padded
    head = struct.pack(">I4sI4s4s4s", at + len(bodies), bytes(4), 0x04300000, b"mntr", b"RGB ", b"XYZ ")
    head += struct.pack(">6H4s28x", 2026, 1, 1, 0, 0, 0, b"acsp")
    head += struct.pack(">3i", *(round(part * 65536) for part in D50))
    return head.ljust(128, b"\0") + struct.pack(">I", len(named)) + bytes(table + bodies)


def _words(text: str) -> bytes:
    words = text.encode("utf-16-be")
    return b"mluc\0\0\0\0" + struct.pack(">II4sII", 1, 12, b"enUS", len(words), 28) + words

"""Tells whether an embedded ICC profile is sRGB, by its numbers and not by its name, without a colour engine."""

import struct
from functools import lru_cache

import numpy as np
import numpy.typing as npt

HEADER = 128
SPACE, SIGNATURE = slice(16, 20), slice(36, 40)
# Colorants of sRGB for a white of D50, as profiles hold them, a column of XYZ each for red, green and blue.
COLORANTS = {b"rXYZ": (0.4361, 0.2225, 0.0139), b"gXYZ": (0.3851, 0.7169, 0.0971), b"bXYZ": (0.1431, 0.0606, 0.7141)}
CURVES = (b"rTRC", b"gTRC", b"bTRC")
LOOK_UP_TABLE = b"A2B0"
COLORANT_TOLERANCE = 0.003
# Of 255 levels: what is nearer than this to sRGB looks the same and is left as it is.
LEVELS_TOLERANCE = 1.5
MOST_TAGS = 100
MOST_CURVE_POINTS = 65_536

Curve = npt.NDArray[np.float64]


@lru_cache(maxsize=64)
def is_srgb(profile: bytes) -> bool:
    """Whether ``profile`` gives every colour the meaning that sRGB gives it; damaged ones do not."""
    if profile[SPACE] != b"RGB " or profile[SIGNATURE] != b"acsp":
        return False
    try:
        tags = _tags(profile)
        with np.errstate(all="ignore"):
            return LOOK_UP_TABLE not in tags and _has_colorants(tags) and _has_curves(tags)
    except (struct.error, KeyError, ValueError):
        return False


def srgb_to_linear(encoded: Curve) -> Curve:
    """Return the light, 0 to 1, that sRGB values from 0 to 1 stand for (IEC 61966-2-1)."""
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def linear_to_srgb(linear: Curve) -> Curve:
    """Return the sRGB values, 0 to 1, of light from 0 to 1."""
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * np.maximum(linear, 0) ** (1 / 2.4) - 0.055)


_SAMPLES = np.linspace(0, 1, 33)


def _tags(profile: bytes) -> dict[bytes, bytes]:
    (count,) = struct.unpack_from(">I", profile, HEADER)
    if count > MOST_TAGS:
        raise ValueError("more tags than any profile has")
    entries = [struct.unpack_from(">4sII", profile, HEADER + 4 + 12 * at) for at in range(count)]
    return {name: profile[start : start + size] for name, start, size in entries}


def _has_colorants(tags: dict[bytes, bytes]) -> bool:
    found = [[value / 65536 for value in struct.unpack_from(">3i", tags[name], 8)] for name in COLORANTS]
    return bool(np.abs(np.array(found) - np.array(list(COLORANTS.values()))).max() < COLORANT_TOLERANCE)


def _has_curves(tags: dict[bytes, bytes]) -> bool:
    return all(_is_srgb_curve(tag) for tag in {tags[name] for name in CURVES})


def _is_srgb_curve(tag: bytes) -> bool:
    off = np.abs(linear_to_srgb(_curve(tag)) - _SAMPLES) * 255
    return bool(np.isfinite(off).all() and off.max() < LEVELS_TOLERANCE)


def _curve(tag: bytes) -> Curve:
    """Return the light of each sample by a tone curve: a table, a power or a formula (ICC.1:2022, 10.6 and 10.18)."""
    kind, count = struct.unpack_from(">4s4xI", tag)
    if kind == b"para":
        return _formula(count >> 16, tag)
    if kind != b"curv" or count > MOST_CURVE_POINTS:
        raise ValueError("no tone curve")
    if count < 2:
        gamma = struct.unpack_from(">H", tag, 12)[0] / 256 if count else 1.0
        return np.asarray(_SAMPLES**gamma)
    table = np.array(struct.unpack_from(f">{count}H", tag, 12)) / 65535
    return np.interp(_SAMPLES, np.linspace(0, 1, count), table)


def _formula(kind: int, tag: bytes) -> Curve:
    """Return sRGB's own form of formula at the samples, ``(a x + b) ** g`` above ``d`` and ``c x`` below it."""
    if kind != 3:
        raise ValueError("a formula that is not sRGB's")
    g, a, b, c, d = (value / 65536 for value in struct.unpack_from(">5i", tag, 12))
    above = np.maximum(a * _SAMPLES + b, 0) ** g
    light: Curve = np.where(d <= _SAMPLES, above, c * _SAMPLES)
    return light

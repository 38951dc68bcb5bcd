"""PNG: every colour type and depth, plain and interlaced, with every kind of transparency, turn and profile."""

import struct
import zlib
from collections.abc import Iterator
from itertools import product

import numpy as np

from tests.compare_decoders import by_libvips
from tests.compare_decoders.combinations import BLENDED, EXACT, MANAGED, MANAGED_16, Combination
from tests.compare_decoders.png_files import GREY, GREY_ALPHA, PALETTE, RGB, RGB_ALPHA, Chunk, png_file
from tests.compare_decoders.subject import Levels, colours, grey, in_8_bits, on_white, turned
from tests.fakes.profiles import ADOBE, ADOBE_GAMMA, gamma_curve, grey_profile, rgb_profile

DEPTHS = {GREY: (1, 2, 4, 8, 16), RGB: (8, 16), PALETTE: (1, 2, 4, 8), GREY_ALPHA: (8, 16), RGB_ALPHA: (8, 16)}
NAMES = {GREY: "grey", RGB: "RGB", PALETTE: "palette", GREY_ALPHA: "grey with alpha", RGB_ALPHA: "RGB with alpha"}


def png_combinations() -> Iterator[Combination]:
    for colour, depths in DEPTHS.items():
        for bits, interlaced in product(depths, (False, True)):
            yield _plain(colour, bits, interlaced=interlaced)
            if colour in (GREY, RGB, PALETTE):
                yield from _with_clear_colour(colour, bits, interlaced=interlaced)
    yield from _turned()
    yield from _profiled()


def _plain(colour: int, bits: int, *, interlaced: bool) -> Combination:
    samples, before, meant = _samples(colour, bits)
    return Combination(
        f"PNG {NAMES[colour]} {bits}",
        "interlaced" if interlaced else "plain",
        png_file(samples, colour, bits, interlaced=interlaced, before=before),
        BLENDED if colour in (GREY_ALPHA, RGB_ALPHA) else EXACT,
        meant,
        by_libvips.decoded,
    )


def _samples(colour: int, bits: int) -> tuple[np.ndarray, list[Chunk], Levels]:
    largest = 2**bits - 1
    if colour == GREY:
        return grey(bits), [], in_8_bits(grey(bits), largest)
    if colour == PALETTE:
        table = in_8_bits(np.random.default_rng(bits).integers(0, 256, (2**bits, 3)), 255)
        table = np.random.default_rng(bits).integers(0, 256, (2**bits, 3), np.uint8)
        return grey(bits), [(b"PLTE", table.tobytes())], table[grey(bits)]
    samples = colours(bits, {RGB: 3, GREY_ALPHA: 2, RGB_ALPHA: 4}[colour])
    if colour == RGB:
        return samples, [], in_8_bits(samples, largest)
    seen = samples[:, :, 0] if colour == GREY_ALPHA else samples[:, :, :3]
    return samples, [], on_white(in_8_bits(seen, largest), samples[:, :, -1], largest)


def _with_clear_colour(colour: int, bits: int, *, interlaced: bool) -> Iterator[Combination]:
    """Yield pictures in which one colour is clear that the picture has, and, of many bits, one of its neighbours."""
    samples, before, meant = _samples(colour, bits)
    found = samples[20, 30]
    if colour == PALETTE:
        alphas = np.random.default_rng(bits).integers(0, 256, 2**bits, np.uint8)
        one = bytes([255] * int(found) + [0])
        cases = [("alpha a colour", alphas.tobytes(), alphas[samples]), ("one clear", one, _alpha(samples == found))]
    else:
        near = found ^ 1
        cases = [
            ("one clear", _key(found), _alpha(_is(samples, found))),
            ("a neighbour clear", _key(near), _alpha(_is(samples, near))),
        ]
    for name, key, alpha in cases:
        yield Combination(
            f"PNG {NAMES[colour]} {bits}",
            f"{name}{', interlaced' if interlaced else ''}",
            png_file(samples, colour, bits, interlaced=interlaced, before=[*before, (b"tRNS", key)]),
            BLENDED,
            on_white(meant, alpha, 255),
            by_libvips.decoded,
        )


def _key(colour: np.ndarray) -> bytes:
    return np.atleast_1d(colour).astype(">u2").tobytes()


def _is(samples: np.ndarray, colour: np.ndarray) -> np.ndarray:
    same = samples == colour
    return same.all(axis=2) if same.ndim == 3 else same


def _alpha(clear: np.ndarray) -> np.ndarray:
    return np.where(clear, 0, 255)


def _turned() -> Iterator[Combination]:
    meant = in_8_bits(colours(8), 255)
    for orientation, order, place in product(range(1, 9), ("<", ">"), ("before", "after")):
        notes = [(b"eXIf", exif(orientation, order))]
        data = png_file(turned(meant, orientation), RGB, 8, **{place: notes})
        # libvips looks at what stands before the pixels alone.
        independent = by_libvips.decoded if place == "before" else None
        yield Combination("PNG turned", f"{orientation} {order} {place}", data, EXACT, meant, independent)


def exif(orientation: int, order: str) -> bytes:
    """Return EXIF that says nothing but how the camera was held."""
    start = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, 8)
    return start + struct.pack(order + "HHHIHHI", 1, 0x0112, 3, 1, orientation, 0, 0)


def _profiled() -> Iterator[Combination]:
    adobe, linear = rgb_profile(ADOBE, gamma_curve(ADOBE_GAMMA)), grey_profile(1.0)
    for colour, profile in ((RGB, adobe), (PALETTE, adobe), (RGB_ALPHA, adobe), (GREY, linear), (GREY_ALPHA, linear)):
        for bits in DEPTHS[colour]:
            if bits < 8:
                continue
            samples, before, _ = _samples(colour, bits)
            chunk = (b"iCCP", b"x\0\0" + zlib.compress(profile))
            data = png_file(samples, colour, bits, before=[chunk, *before])
            tolerance = MANAGED_16 if bits == 16 else MANAGED
            yield Combination(f"PNG {NAMES[colour]} {bits}", "profile", data, tolerance, None, by_libvips.decoded)

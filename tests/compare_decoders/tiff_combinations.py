"""TIFF: byte order x photometric x depth x kind of number x planes x compression x layout, and what it adds to that."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import numpy as np

from tests.compare_decoders import by_libvips
from tests.compare_decoders.combinations import BLENDED, EXACT, LAB_COLOURS, Combination
from tests.compare_decoders.subject import Levels, Numbers, colours, grey, in_8_bits, on_white, turned
from tests.compare_decoders.tiff_files import (
    BLACK_IS_ZERO,
    CMYK,
    DEFLATE,
    FLOAT,
    LAB,
    NONE,
    PACKBITS,
    PALETTE,
    RGB,
    SHORT,
    SIGNED,
    UNSIGNED,
    WHITE_IS_ZERO,
    YCBCR,
    TiffForm,
    tiff_file,
)

ORDERS = ("<", ">")
COMPRESSIONS = (NONE, DEFLATE, PACKBITS)
FORMATS = {UNSIGNED: "unsigned", SIGNED: "signed", FLOAT: "float"}
UNSPECIFIED, PREMULTIPLIED, STRAIGHT = 0, 1, 2
ORIENTATION = 274


def tiff_combinations() -> Iterator[Combination]:
    yield from _greys()
    yield from _reals()
    yield from _coloured()
    yield from _palettes()
    yield from _turned()


def _laid_out(base: TiffForm) -> Iterator[TiffForm]:
    """Yield every layout of one kind of sample."""
    for order, compression, tiled, big, fill_order in product(
        ORDERS, COMPRESSIONS, (False, True), (False, True), (1, 2)
    ):
        yield replace(base, order=order, compression=compression, tiled=tiled, big=big, fill_order=fill_order)
    if base.bits in (8, 16, 32, 64):
        for order, predictor, tiled in product(ORDERS, (3,) if base.sample_format == FLOAT else (2,), (False, True)):
            yield replace(base, order=order, compression=DEFLATE, predictor=predictor, tiled=tiled)


def _combination(
    kind: str, samples: np.ndarray, form: TiffForm, meant: Levels, tolerance: object = EXACT, *, by_vips: bool = True
) -> Combination:
    order = "little-endian" if form.order == "<" else "big-endian"
    parts = [order, f"compression {form.compression}", f"predictor {form.predictor}", f"fill order {form.fill_order}"]
    parts += [name for name, has in (("tiled", form.tiled), ("big", form.big), ("planes", form.planar == 2)) if has]
    independent = by_libvips.decoded if by_vips else None
    return Combination(f"TIFF {kind}", ", ".join(parts), tiff_file(samples, form), tolerance, meant, independent)


def _greys() -> Iterator[Combination]:
    """Yield whole numbers; those of 32 bits and more, and signed ones, libvips takes for light."""
    for bits, photometric in product((1, 2, 4, 8, 12, 16, 32, 64), (WHITE_IS_ZERO, BLACK_IS_ZERO)):
        upright = in_8_bits(grey(bits), float(2**bits - 1))
        meant = 255 - upright if photometric == WHITE_IS_ZERO else upright
        kind = f"grey {bits}{', white is zero' if photometric == WHITE_IS_ZERO else ''}"
        for form in _laid_out(TiffForm(photometric, bits)):
            yield _combination(kind, grey(bits), form, meant, by_vips=bits <= 16)
        if bits >= 8:
            signed = (grey(bits).astype(object) - 2 ** (bits - 1)).astype(f"i{bits // 8}") if bits != 12 else None
            for form in _laid_out(TiffForm(photometric, bits, SIGNED)) if signed is not None else ():
                yield _combination(f"{kind}, signed", signed, form, meant, by_vips=False)


def _reals() -> Iterator[Combination]:
    share = grey(16).astype(np.float64) / 65535
    meant = in_8_bits(grey(16), 65535)
    spoilt = share.copy()
    spoilt[0, 0], spoilt[1, 1], spoilt[2, 2] = np.inf, np.nan, -np.inf
    shown = meant.copy()
    shown[0, 0], shown[1, 1], shown[2, 2] = 255, 0, 0
    bright, dazzled = share.copy(), meant.copy()
    bright[5, 5], dazzled[5, 5] = 3e38, 255
    for bits, photometric in product((16, 32, 64), (WHITE_IS_ZERO, BLACK_IS_ZERO)):
        for name, numbers, levels in (("", share, meant), (", spoilt", spoilt, shown), (", outshone", bright, dazzled)):
            if bits == 16 and name == ", outshone":
                continue
            seen = 255 - levels if photometric == WHITE_IS_ZERO else levels
            kind = f"real {bits}{', white is zero' if photometric == WHITE_IS_ZERO else ''}{name}"
            for form in _laid_out(TiffForm(photometric, bits, FLOAT)):
                yield _combination(kind, numbers, form, seen, by_vips=False)


def _coloured() -> Iterator[Combination]:
    for bits, planar in product((8, 16, 32), (1, 2)):
        largest = float(2**bits - 1)
        three, four = colours(bits), colours(bits, 4)
        rgb, alpha = in_8_bits(four[:, :, :3], largest), four[:, :, 3]
        seen = on_white(rgb, alpha, largest)
        light = on_white(in_8_bits(four[:, :, 2], largest), alpha, largest)
        kinds: list[tuple[str, Numbers, TiffForm, Levels]] = [
            ("RGB", three, TiffForm(RGB, bits), in_8_bits(three, largest)),
            ("RGB, unspecified", four, TiffForm(RGB, bits, extra=(UNSPECIFIED,)), rgb),
            ("RGB with alpha", four, TiffForm(RGB, bits, extra=(STRAIGHT,)), seen),
            ("RGB premultiplied", _multiplied(four, largest), TiffForm(RGB, bits, extra=(PREMULTIPLIED,)), seen),
            ("grey with alpha", four[:, :, 2:], TiffForm(BLACK_IS_ZERO, bits, extra=(STRAIGHT,)), light),
            ("CMYK", four, TiffForm(CMYK, bits), by_libvips.inks(in_8_bits(four, largest))),
        ]
        for name, samples, form, meant in kinds:
            tolerance = BLENDED if form.extra or form.photometric == CMYK else EXACT
            # What is said to be no alpha, libvips takes for alpha all the same.
            by_vips = bits <= 16 and form.extra != (UNSPECIFIED,)
            for each in _laid_out(replace(form, planar=planar)):
                yield _combination(f"{name} {bits}", samples, each, meant, tolerance, by_vips=by_vips)
    yield from _of_other_spaces()


def _multiplied(four: Numbers, largest: float) -> Numbers:
    share = four[:, :, 3:].astype(np.float64) / largest
    multiplied = np.rint(four[:, :, :3] * share).astype(np.uint64)
    return np.concatenate([multiplied, four[:, :, 3:]], axis=2)


def _of_other_spaces() -> Iterator[Combination]:
    """Yield luma with chroma at full size, which libvips takes for colours, and CIELAB, whose meaning it tells."""
    three = colours(8)
    luma, blue, red = (three[:, :, at].astype(np.float64) - (128 if at else 0) for at in range(3))
    rgb = np.stack([luma + 1.402 * red, luma - 0.344136 * blue - 0.714136 * red, luma + 1.772 * blue], axis=2)
    subsampling = ((530, SHORT, (1, 1)),)
    meant = np.rint(np.clip(rgb, 0, 255)).astype(np.uint8)
    for form in _laid_out(TiffForm(YCBCR, 8, tags=subsampling)):
        yield _combination("YCbCr 8", three, form, meant, BLENDED, by_vips=False)
    lab = three.copy()
    # Colours that sRGB has: what it has not is cut off in as many ways as there are colour engines.
    lab[:, :, 0] = 64 + three[:, :, 0] // 2
    lab[:, :, 1:] = (three[:, :, 1:] // 8 + 240) % 256
    shown = by_libvips.of_lab(lab)
    for form in _laid_out(TiffForm(LAB, 8)):
        yield _combination("CIELAB 8", lab, form, shown, LAB_COLOURS, by_vips=False)


def _palettes() -> Iterator[Combination]:
    for bits in (1, 2, 4, 8, 16):
        table = np.random.default_rng(bits).integers(0, 256, (2**bits, 3))
        tags = ((320, SHORT, tuple(int(level) * 257 for level in table.T.ravel())),)
        for form in _laid_out(TiffForm(PALETTE, bits, tags=tags)):
            meant = table[grey(bits)].astype(np.uint8)
            yield _combination(f"palette {bits}", grey(bits), form, meant)


def _turned() -> Iterator[Combination]:
    meant = in_8_bits(colours(8), 255)
    for orientation, order, compression, tiled in product(range(1, 9), ORDERS, (NONE, DEFLATE), (False, True)):
        form = TiffForm(RGB, 8, order=order, compression=compression, tiled=tiled)
        form = replace(form, tags=((ORIENTATION, SHORT, (orientation,)),))
        found = _combination("turned", turned(meant, orientation), form, meant)
        yield replace(found, variant=f"{orientation}, {found.variant}")

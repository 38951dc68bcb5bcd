"""What Pillow writes of the other formats, and libvips: JPEG, WebP, AVIF, GIF and BMP, by mode, turn and profile."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
import pyvips
from PIL import Image

from processors.imaging.colours.srgb_profiles import linear_to_srgb
from tests.compare_decoders import by_libvips
from tests.compare_decoders.combinations import (
    BLENDED,
    EXACT,
    LOSSY,
    MANAGED,
    MANAGED_SPREAD,
    SPREAD,
    SUBSAMPLED,
    Combination,
    Tolerance,
)
from tests.compare_decoders.png_combinations import exif
from tests.compare_decoders.subject import Levels, colours, in_8_bits, on_white, turned
from tests.fakes.pictures import encoded
from tests.fakes.profiles import ADOBE, ADOBE_GAMMA, gamma_curve, grey_profile, rgb_profile

ADOBE_RGB = rgb_profile(ADOBE, gamma_curve(ADOBE_GAMMA))
PROFILES = {"RGB": ADOBE_RGB, "RGBA": ADOBE_RGB, "L": grey_profile(1.0)}
TURNABLE = {
    "JPEG": {"subsampling": 0, "quality": 100},
    "WEBP": {"lossless": True},
    "AVIF": {"quality": 100, "subsampling": "4:4:4"},
}


def pillow_combinations() -> Iterator[Combination]:
    yield from _jpegs()
    yield from _webps()
    yield from _avifs()
    yield from _turned()
    yield from _gifs()
    yield from _bmps()


def subject(mode: str) -> Image.Image:
    """Return the picture in one of Pillow's modes."""
    if mode in ("RGBA", "LA"):
        four = colours(8, 4).astype(np.uint8)
        return Image.fromarray(four if mode == "RGBA" else np.ascontiguousarray(four[:, :, 2:]))
    if mode == "CMYK":
        return Image.fromarray(colours(8, 4).astype(np.uint8), "CMYK")
    rgb = Image.fromarray(colours(8).astype(np.uint8))
    return rgb.quantize(64) if mode == "P" else rgb.convert(mode)


def meaning(image: Image.Image) -> Levels:
    """Return what a picture in memory shows, by arithmetic of our own."""
    if image.mode in ("RGBA", "LA"):
        pixels = np.asarray(image.convert("RGBA"))
        return on_white(pixels[:, :, :3], pixels[:, :, 3], 255)
    if image.mode == "CMYK":
        return by_libvips.inks(np.asarray(image))
    return in_8_bits(np.asarray(image.convert("RGB")), 255)


def _written(kind: str, mode: str, tolerance: Tolerance, *, exactly: bool = False, **options: Any) -> Combination:
    """Return one picture; where the codec is ``exactly`` undone its writer's arithmetic counts as well."""
    image = subject(mode)
    told = ", ".join(f"{name} {value}" for name, value in options.items() if name != "icc_profile")
    name = f"{kind} {mode}{', profile' if 'icc_profile' in options else ''}"
    meant = meaning(image) if exactly and "icc_profile" not in options else None
    return Combination(name, told or "plain", encoded(image, kind, **options), tolerance, meant, by_libvips.decoded)


def _jpegs() -> Iterator[Combination]:
    for mode, progressive, subsampling, quality in product(
        ("L", "RGB", "CMYK"), (False, True), (0, 1, 2), (30, 75, 95)
    ):
        options = {"progressive": progressive, "subsampling": subsampling, "quality": quality}
        tolerance = EXACT if mode == "L" else SUBSAMPLED
        yield _written("JPEG", mode, tolerance, **options)
        if mode in PROFILES:
            yield _written("JPEG", mode, MANAGED, icc_profile=PROFILES[mode], **options)
    for options in ({"keep_rgb": True}, {"restart_marker_blocks": 1}, {"restart_marker_rows": 1}, {"optimize": True}):
        yield _written("JPEG", "RGB", SUBSAMPLED, **options)
    picture = subject("RGB")
    both = encoded(picture, "MPO", save_all=True, append_images=[picture.rotate(180)])
    yield Combination("JPEG RGB", "two pictures", both, SUBSAMPLED, None, by_libvips.decoded)


def _webps() -> Iterator[Combination]:
    for mode, lossless, quality in product(("RGB", "RGBA"), (False, True), (50, 90)):
        tolerance = BLENDED if mode == "RGBA" else EXACT
        options = {"lossless": lossless, "quality": quality}
        yield _written("WEBP", mode, tolerance, exactly=lossless and mode == "RGB", **options)
        yield _written("WEBP", mode, MANAGED, icc_profile=ADOBE_RGB, **options)
    frames = {"save_all": True, "append_images": [subject("RGB").rotate(180)], "lossless": True}
    yield _written("WEBP", "RGB", EXACT, exactly=True, **frames)


def _avifs() -> Iterator[Combination]:
    """Yield colours that libvips looks at too, and greys and premultiplied ones, which it gets wrong by itself.

    It takes greys of limited range as of full, leaves out their profile, and never undoes a multiplication.
    """
    ranges, qualities = ("full", "limited"), (60, 100)
    for mode, subsampling, range_, quality in product(("RGB", "RGBA"), ("4:4:4", "4:2:2", "4:2:0"), ranges, qualities):
        options = {"subsampling": subsampling, "range": range_, "quality": quality, "speed": 10}
        yield _written("AVIF", mode, SPREAD, **options)
        yield _written("AVIF", mode, MANAGED_SPREAD, icc_profile=ADOBE_RGB, **options)
    greys, light = subject("L"), linear_to_srgb(np.asarray(subject("L")) / 255)
    for range_, profile in product(ranges, (None, PROFILES["L"])):
        data = encoded(greys, "AVIF", quality=100, subsampling="4:0:0", range=range_, icc_profile=profile)
        meant = meaning(greys) if profile is None else in_8_bits(light, 1)
        yield Combination("AVIF L", f"range {range_}, {'with' if profile else 'no'} profile", data, LOSSY, meant)
    clear = {"quality": 100, "subsampling": "4:4:4", "alpha_premultiplied": True}
    picture = subject("RGBA")
    yield Combination("AVIF RGBA", "premultiplied", encoded(picture, "AVIF", **clear), LOSSY, meaning(picture))
    for bits in (8, 10, 12):
        wide = pyvips.Image.new_from_array(colours(16).astype(np.uint16)).copy(interpretation="rgb16")
        data = wide.heifsave_buffer(compression="av1", bitdepth=bits, Q=95, effort=1, subsample_mode="off")
        yield Combination(f"AVIF RGB of {bits} bits", "by libvips", data, LOSSY, None, by_libvips.decoded)


def _turned() -> Iterator[Combination]:
    meant = in_8_bits(colours(8), 255)
    for (kind, options), orientation, order in product(TURNABLE.items(), range(1, 9), ("<", ">")):
        stored = Image.fromarray(turned(meant, orientation))
        data = encoded(stored, kind, exif=b"Exif\0\0" + exif(orientation, order), **options)
        tolerance = EXACT if kind == "WEBP" else LOSSY
        independent = by_libvips.decoded
        yield Combination(f"{kind} turned", f"{orientation} {order}", data, tolerance, meant, independent)


def _gifs() -> Iterator[Combination]:
    for mode, interlace, clear in product(("L", "P", "1"), (0, 1), (None, 7)):
        image = subject(mode)
        options: dict[str, Any] = {"interlace": interlace}
        meant = meaning(image)
        if clear is not None and mode == "P":
            options["transparency"] = clear
            meant = on_white(meant, np.where(np.asarray(image) == clear, 0, 255), 255)
        yield Combination(
            f"GIF {mode}", str(options), encoded(image, "GIF", **options), EXACT, meant, by_libvips.decoded
        )
    image = subject("P")
    animated = encoded(image, "GIF", save_all=True, append_images=[image.rotate(180)])
    yield Combination("GIF P", "two pictures", animated, EXACT, meaning(image), by_libvips.decoded)


def _bmps() -> Iterator[Combination]:
    """Yield what libvips does not read: the writer's arithmetic decides."""
    for mode in ("1", "L", "P", "RGB", "RGBA"):
        image = subject(mode)
        # Of 32 bits without a mask for alpha, which is how Pillow writes them, the fourth byte means nothing.
        yield Combination(f"BMP {mode}", "plain", encoded(image, "BMP"), EXACT, meaning(image.convert("RGB")))

"""JPEG 2000 and XL, TGA, PBM to PPM, ICO, PSD and camera raw: held against their writers and FFmpeg's own decoders."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from typing import Any

import numpy as np
from PIL import Image

from tests.compare_decoders import by_ffmpeg, by_libvips
from tests.compare_decoders.combinations import BLENDED, EXACT, LOSSY, MANAGED, SUBSAMPLED, Combination
from tests.compare_decoders.pillow_combinations import ADOBE_RGB, meaning, subject
from tests.compare_decoders.subject import Levels, colours, grey, in_8_bits, turned
from tests.fakes.camera_raws import FORMS, camera_raw
from tests.fakes.heic import box
from tests.fakes.jpeg_xl import contained, jxl, jxl_of_jpeg
from tests.fakes.pictures import encoded
from tests.fakes.psd import CMYK, GREY, INDEXED, PACKED, RAW, RGB, psd

CODECS = {"TGA": "targa", "JPEG2000": "jpeg2000", "1": "pbm", "L": "pgm", "RGB": "ppm"}


def seldom_combinations() -> Iterator[Combination]:
    yield from _jpeg_2000s()
    yield from _jpeg_xls()
    yield from _tgas()
    yield from _pnms()
    yield from _icons()
    yield from _psds()
    yield from _raws()


def _written(kind: str, mode: str, codec: str | None, **options: Any) -> Combination:
    image = subject(mode)
    tolerance = BLENDED if mode in ("LA", "RGBA") else EXACT
    independent = partial(by_ffmpeg.decoded_by, codec) if codec else None
    data = encoded(image, kind, **options)
    return Combination(f"{kind} {mode}", str(options), data, tolerance, meaning(image), independent)


def _jpeg_2000s() -> Iterator[Combination]:
    for mode, alone, tiles in product(("L", "LA", "RGB", "RGBA"), (False, True), (None, (32, 32))):
        yield _written("JPEG2000", mode, CODECS["JPEG2000"], no_jp2=alone, tile_size=tiles)
    rgb = subject("RGB")
    lossy = encoded(rgb, "JPEG2000", irreversible=True, quality_layers=[4])
    independent = partial(by_ffmpeg.decoded_by, CODECS["JPEG2000"])
    yield Combination("JPEG2000 RGB", "lossy", lossy, LOSSY, meaning(rgb), independent)
    wide = Image.fromarray(grey(16).astype(np.uint16))
    yield Combination("JPEG2000 of 16 bits", "grey", encoded(wide, "JPEG2000"), EXACT, in_8_bits(grey(16), 65535))
    managed = encoded(rgb, "PNG", icc_profile=ADOBE_RGB)
    yield Combination(
        "JPEG2000 RGB, profile",
        "in its boxes",
        _with_profile(encoded(rgb, "JPEG2000")),
        MANAGED,
        by_libvips.decoded(managed),
    )


def _jpeg_xls() -> Iterator[Combination]:
    """Yield what no other decoder here reads: its writer decides, or what libvips makes of the same JPEG."""
    for mode, in_parts in product(("L", "LA", "RGB", "RGBA"), (False, True)):
        image = subject(mode)
        data = contained(jxl(image), cuts=[11]) if in_parts else jxl(image)
        tolerance = BLENDED if mode in ("LA", "RGBA") else EXACT
        yield Combination(f"JPEG XL {mode}", f"{in_parts}", data, tolerance, meaning(image))
    for orientation in range(1, 9):
        jpeg, data = jxl_of_jpeg(subject("RGB"), orientation, quality=95, subsampling=0)
        yield Combination("JPEG XL of a JPEG", f"{orientation}", data, LOSSY, by_libvips.decoded(jpeg))


def _with_profile(data: bytes) -> bytes:
    """Return a JP2 whose colours are said by a profile instead of by the number of a space."""
    at = data.index(b"jp2h") - 4
    end = at + int.from_bytes(data[at : at + 4], "big")
    colour = data.index(b"colr", at) - 4
    after = colour + int.from_bytes(data[colour : colour + 4], "big")
    parts = data[at + 8 : colour] + box(b"colr", b"\2\0\0", ADOBE_RGB) + data[after:end]
    return data[:at] + box(b"jp2h", parts) + data[end:]


def _tgas() -> Iterator[Combination]:
    """Yield greys with alpha without FFmpeg, which takes their 16 bits for colours."""
    for mode, compression, below in product(("L", "LA", "P", "RGB", "RGBA"), (None, "tga_rle"), (1, -1)):
        codec = None if mode == "LA" else CODECS["TGA"]
        yield _written("TGA", mode, codec, compression=compression, orientation=below)


def _pnms() -> Iterator[Combination]:
    for mode in ("1", "L", "RGB"):
        yield _written("PPM", mode, CODECS[mode])
    for largest in (1, 100, 255, 1023, 65535):
        yield _plain_and_raw("grey", grey(16) * largest // 65535, largest, b"P2", b"P5", "pgm")
        yield _plain_and_raw("RGB", colours(16) * largest // 65535, largest, b"P3", b"P6", "ppm")


def _plain_and_raw(name: str, numbers: Any, largest: int, plain: bytes, raw: bytes, codec: str) -> Combination:
    """Return the numbers in a file as bytes, held against the same numbers as text."""
    head = b"\n# made by hand\n%d %d\n%d\n" % (numbers.shape[1], numbers.shape[0], largest)
    text = plain + head + b" ".join(b"%d" % number for number in numbers.ravel())
    data = raw + head + numbers.astype(">u2" if largest > 255 else "u1").tobytes()
    independent: Callable[[bytes], Levels] = partial(by_ffmpeg.decoded_by, codec)
    which, chosen = ("text", text) if largest in (1, 1023) else ("bytes", data)
    other = independent if which == "bytes" else None
    # Of 16 bits a colour FFmpeg keeps the high byte.
    tolerance = SUBSAMPLED if largest > 255 and name == "RGB" else EXACT
    return Combination(f"PPM {name} up to {largest}", which, chosen, tolerance, in_8_bits(numbers, largest), other)


def _icons() -> Iterator[Combination]:
    for mode, form in product(("RGB", "RGBA"), ("png", "bmp")):
        image = subject(mode)
        data = encoded(image, "ICO", bitmap_format=form, sizes=[image.size])
        tolerance = BLENDED if mode == "RGBA" else EXACT
        yield Combination(f"ICO {mode}", form, data, tolerance, meaning(image))


def _psds() -> Iterator[Combination]:
    for compression in (RAW, PACKED):
        for mode, number, codec in (("RGB", RGB, "psd"), ("L", GREY, "psd"), ("CMYK", CMYK, None)):
            image = subject(mode)
            planes = _planes(image if mode != "CMYK" else Image.fromarray(255 - np.asarray(image), "CMYK"))
            independent = partial(by_ffmpeg.decoded_by, codec) if codec else None
            data = psd(planes, number, compression=compression)
            yield Combination(f"PSD {mode}", str(compression), data, EXACT, meaning(image), independent)
        image = subject("P")
        levels = np.frombuffer(bytes(image.getpalette() or ()).ljust(768, b"\0"), np.uint8).reshape(256, 3)
        data = psd([np.asarray(image)], INDEXED, compression=compression, palette=levels.T.tobytes())
        yield Combination("PSD P", str(compression), data, EXACT, meaning(image))
        clear = subject("RGBA")
        on_white = meaning(clear)
        planes = [*_planes(Image.fromarray(on_white)), np.asarray(clear.getchannel("A"))]
        yield Combination("PSD RGBA", "on white", psd(planes, RGB, compression=compression), EXACT, on_white)


def _planes(image: Image.Image) -> list[Any]:
    return [np.ascontiguousarray(np.asarray(image.getchannel(at))) for at in range(len(image.getbands()))]


def _raws() -> Iterator[Combination]:
    meant = in_8_bits(colours(8), 255)
    for form, orientation in product(FORMS, range(1, 9)):
        stored = Image.fromarray(turned(meant, orientation))
        large, small = encoded(stored, quality=100, subsampling=0), encoded(stored.resize((16, 16)))
        data = camera_raw(form, [small, large], orientation)
        yield Combination(f"camera raw {form.name}", str(orientation), data, LOSSY, meant)

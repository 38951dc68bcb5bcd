"""A small file that claims a huge picture is refused by its header, in every format, before memory is taken."""

import struct
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.errors import Rejected
from processors.imaging.decoding.decode import decode
from processors.imaging.views import Crop
from schemas.dead_letters import Reason
from tests.fakes.camera_raws import FORMS, camera_raw
from tests.fakes.heic import HeicForm, heic
from tests.fakes.pictures import encoded, png_of, scene
from tests.fakes.psd import RGB, psd

MAX_PIXELS = 64_000_000
PICTURE = scene(64, 64)
PLANES = [np.asarray(PICTURE)[:, :, at].copy() for at in range(3)]


def _patched(data: bytes, mark: bytes, after: int, layout: str, *numbers: int) -> bytes:
    changed = bytearray(data)
    struct.pack_into(layout, changed, data.index(mark) + after, *numbers)
    return bytes(changed)


def _jpeg(width: int, height: int) -> bytes:
    return _patched(encoded(PICTURE), b"\xff\xc0", 5, ">HH", height, width)


def _codestream(data: bytes, width: int, height: int) -> bytes:
    return _patched(data, b"\xff\x4f\xff\x51", 8, ">II", width, height)


def _jp2(width: int, height: int) -> bytes:
    return _codestream(_patched(encoded(PICTURE, "JPEG2000"), b"ihdr", 4, ">II", height, width), width, height)


def _icon(width: int, height: int) -> bytes:
    data = encoded(PICTURE, "ICO", bitmap_format="bmp", sizes=[(64, 64)])
    return _patched(data, struct.pack("<Iii", 40, 64, 128), 4, "<ii", width, 2 * height)


def _icon_of_png(width: int, height: int) -> bytes:
    png = png_of(width, height)
    return struct.pack("<HHHBBBxHHII", 0, 1, 1, 0, 0, 0, 1, 32, len(png), 22) + png


CLAIMS = {
    "JPEG": _jpeg,
    "PNG": png_of,
    "GIF": lambda w, h: _patched(encoded(PICTURE, "GIF"), b"GIF", 6, "<HH", w, h),
    "BMP": lambda w, h: _patched(encoded(PICTURE, "BMP"), b"BM", 18, "<ii", w, h),
    "HEIC": lambda w, h: heic(PICTURE, HeicForm(announced=(w, h))),
    "JPEG 2000": _jp2,
    "JPEG 2000 codestream": lambda w, h: _codestream(encoded(PICTURE, "JPEG2000", no_jp2=True), w, h),
    "TGA": lambda w, h: _patched(encoded(PICTURE, "TGA"), b"\0\0\2", 12, "<HH", w, h),
    "TGA packed": lambda w, h: _patched(encoded(PICTURE, "TGA", compression="tga_rle"), b"\0\0\x0a", 12, "<HH", w, h),
    **{f"P{kind}": lambda w, h, kind=kind: b"P%d %d %d 255 \n" % (kind, w, h) + bytes(99) for kind in range(1, 7)},
    "PSD": lambda w, h: psd(PLANES, RGB, size=(w, h)),
    "PSD packed": lambda w, h: psd(PLANES, RGB, size=(w, h), compression=1),
    "ICO of a bitmap": _icon,
    "ICO of a PNG": _icon_of_png,
    **{form.name: lambda w, h, form=form: camera_raw(form, [_jpeg(w, h)]) for form in FORMS},
}


@pytest.mark.parametrize("name", CLAIMS)
@given(width=st.integers(8_100, 30_000), height=st.integers(8_100, 30_000))
@settings(max_examples=6, deadline=None)
def test_a_small_file_that_claims_a_huge_picture_is_refused_by_its_header(name: str, width: int, height: int) -> None:
    data = CLAIMS[name](width, height)
    tracemalloc.start()
    try:
        with pytest.raises(Rejected) as refused:
            decode(data, [Crop(64, 56)], MAX_PIXELS)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert refused.value.reason is Reason.TOO_MANY_PIXELS
    assert f"{width} x {height}" in refused.value.detail or "more pixels than can ever" in refused.value.detail
    assert peak_bytes < 5_000_000

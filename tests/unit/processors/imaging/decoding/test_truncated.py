"""Images whose data end early: recognised with a warning where half of their rows are there, refused otherwise."""

import io
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from infra.errors import Rejected
from processors.imaging.decoding.decode import DecodedImage, decode
from processors.imaging.decoding.decoder import Decoder
from processors.imaging.decoding.processes.pool import DecoderPool
from processors.imaging.formats.jpeg_scans import layout_of
from processors.imaging.views import Within
from schemas.dead_letters import Reason
from schemas.results import ResultWarning
from tests.compare_decoders.png_files import RGB, png_chunk, png_file
from tests.compare_decoders.tiff_files import DEFLATE, TiffForm, tiff_file
from tests.compare_decoders.tiff_files import RGB as TIFF_RGB
from tests.fakes.pictures import encoded, scene

pytestmark = pytest.mark.filterwarnings(r"ignore:::PIL\.")
WHOLE = Within(4096)
MAX_PIXELS = 1_000_000
NOISE = Image.effect_noise((200, 160), 90).convert("RGB")
GREY_SHOWN = 128
STRIP_OFFSETS = 273
JPEG = encoded(NOISE, "JPEG", quality=90)


def seen(data: bytes) -> DecodedImage:
    return decode(data, [WHOLE], MAX_PIXELS)


def pixels(data: bytes) -> Any:
    return seen(data).views[WHOLE]


def becomes(data: bytes) -> Reason | tuple[ResultWarning, ...]:
    try:
        return seen(data).warnings
    except Rejected as refused:
        return refused.reason


def cut(data: bytes, share: float) -> bytes:
    return data[: int(len(data) * share)]


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_rows": 1}, {"subsampling": 0}])
@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_a_jpeg_that_lacks_only_its_end_marker_loses_nothing_else(mode: str, options: dict[str, Any]) -> None:
    data = encoded(NOISE.convert(mode), "JPEG", **options)
    assert becomes(data) == ()
    assert becomes(data[:-2]) == (ResultWarning.TRUNCATED,)
    assert np.array_equal(pixels(data[:-2]), pixels(data))


@pytest.mark.parametrize("end", [b"", b"\xff\xd9"])
def test_a_jpeg_is_recognised_from_half_of_its_rows_whether_or_not_an_end_was_put_after_it(end: bytes) -> None:
    assert becomes(cut(JPEG, 0.9) + end) == (ResultWarning.TRUNCATED,)
    assert becomes(cut(JPEG, 0.7) + end) == (ResultWarning.TRUNCATED,)
    assert becomes(cut(JPEG, 0.3) + end) is Reason.CORRUPT_IMAGE


def test_what_is_there_of_a_jpeg_is_as_it_was_and_the_rest_is_grey() -> None:
    found, whole = pixels(cut(JPEG, 0.75)), pixels(JPEG)
    assert np.array_equal(found[:90], whole[:90])
    assert (found[-16:] == GREY_SHOWN).all()


@settings(deadline=None, max_examples=40)
@given(st.floats(0.02, 1), st.sampled_from([{}, {"progressive": True}, {"quality": 20}, {"restart_marker_blocks": 3}]))
def test_however_a_jpeg_is_cut_more_of_it_is_never_less_readable(share: float, options: dict[str, Any]) -> None:
    data = encoded(scene(90, 70), "JPEG", **options)
    less, more = becomes(cut(data, share)[:-2]), becomes(cut(data, min(1, share + 0.1))[:-2])
    assert {less, more} <= {Reason.CORRUPT_IMAGE, (ResultWarning.TRUNCATED,)}
    assert more != Reason.CORRUPT_IMAGE or less == Reason.CORRUPT_IMAGE


def test_a_progressive_jpeg_is_recognised_once_every_coefficient_of_its_luma_was_sent() -> None:
    data = encoded(NOISE, "JPEG", progressive=True)
    starts = [at for at in range(len(data)) if data[at : at + 2] == b"\xff\xda"]
    covered = [layout_of(data[:start]).is_covered for start in [*starts, len(data) - 2]]
    assert covered == sorted(covered)
    assert (covered[0], covered[-1]) == (False, True)
    for start, is_covered in zip(starts, covered, strict=False):
        expected = (ResultWarning.TRUNCATED,) if layout_of(data[: start + 10]).is_covered else Reason.CORRUPT_IMAGE
        assert becomes(data[: start + 10]) == expected, is_covered


def test_a_jpeg_inside_which_a_piece_is_missing_ends_early_too() -> None:
    middle = len(JPEG) // 2
    assert becomes(JPEG[:middle] + JPEG[middle + len(JPEG) // 5 :]) == (ResultWarning.TRUNCATED,)


def files() -> Iterator[tuple[str, bytes]]:
    yield "PNG", encoded(NOISE, "PNG")
    yield "GIF", encoded(NOISE.quantize(200), "GIF", interlace=0)
    yield "BMP", encoded(NOISE, "BMP")
    yield "TIFF", encoded(NOISE, "TIFF")


FILES = dict(files())


@pytest.mark.parametrize("kind", FILES)
def test_other_formats_whose_decoders_tell_are_treated_alike(kind: str) -> None:
    assert becomes(FILES[kind]) == ()
    assert becomes(cut(FILES[kind], 0.8)) == (ResultWarning.TRUNCATED,)
    assert becomes(cut(FILES[kind], 0.3)) is Reason.CORRUPT_IMAGE


@pytest.mark.parametrize("kind", ["WEBP", "AVIF"])
@pytest.mark.parametrize("share", [0.4, 0.9])
def test_formats_that_come_whole_or_not_at_all_are_refused(kind: str, share: float) -> None:
    assert becomes(cut(encoded(NOISE, kind, quality=90), share)) is Reason.CORRUPT_IMAGE


def png_of_rows(rows: int, height: int) -> bytes:
    """Return a PNG whose stream of pixels is complete, its checksums right, and which has too few rows."""
    header = struct.pack(">IIBBBBB", 40, height, 8, 0, 0, 0, 0)
    lines = b"".join(b"\0" + bytes([200] * 40) for _ in range(rows))
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(lines)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(kind, body) for kind, body in chunks)


def test_a_complete_stream_of_too_few_rows_is_not_recognised_as_black() -> None:
    assert becomes(png_of_rows(50, 50)) == ()
    assert becomes(png_of_rows(30, 50)) == (ResultWarning.TRUNCATED,)
    assert becomes(png_of_rows(20, 50)) is Reason.CORRUPT_IMAGE
    assert becomes(png_of_rows(0, 50)) is Reason.CORRUPT_IMAGE


def test_an_interlaced_png_has_holes_in_every_row_and_is_refused() -> None:
    data = png_file(np.asarray(NOISE), RGB, 8, interlaced=True)
    assert becomes(data) == ()
    assert becomes(cut(data, 0.9)) is Reason.CORRUPT_IMAGE


@pytest.mark.parametrize("body", [bytes(500), b"\xa7" * 500, zlib.compress(b"\0" * 3)])
def test_broken_pixels_with_right_checksums_are_corrupt(body: bytes) -> None:
    header = struct.pack(">IIBBBBB", 40, 40, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", body), (b"IEND", b"")]
    data = b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(kind, part) for kind, part in chunks)
    assert becomes(data) is Reason.CORRUPT_IMAGE


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP", "TIFF"])
@pytest.mark.parametrize("mode", ["L", "RGB", "P", "1"])
@pytest.mark.parametrize("level", [0, 64, 128, 255])
def test_a_picture_of_one_grey_is_whole_whatever_grey_it_is(kind: str, mode: str, level: int) -> None:
    if kind == "JPEG" and mode in ("P", "1"):
        mode = "L"
    image = Image.new("L", (40, 40), level).convert(mode)
    assert becomes(encoded(image, kind)) == ()


def test_a_setting_refuses_what_ends_early() -> None:
    strict, lenient = Decoder(MAX_PIXELS, None, accept_truncated=False), Decoder(MAX_PIXELS, None)
    assert lenient.decode(JPEG[:-2], [WHOLE]).warnings == (ResultWarning.TRUNCATED,)
    assert strict.decode(JPEG, [WHOLE]).warnings == ()
    with pytest.raises(Rejected, match="end early") as refused:
        strict.decode(JPEG[:-2], [WHOLE])
    assert refused.value.reason is Reason.CORRUPT_IMAGE


def test_a_process_that_decodes_warns_as_a_thread_does() -> None:
    data = encoded(NOISE, "JPEG", progressive=True)[:-2]
    pool = DecoderPool(1, 30, MAX_PIXELS)
    try:
        found = pool.decode(data, [WHOLE])
    finally:
        pool.close()
    assert found.warnings == (ResultWarning.TRUNCATED,)
    assert np.array_equal(found.views[WHOLE], pixels(data))


@pytest.mark.parametrize(("missing", "expected"), [(1, (ResultWarning.TRUNCATED,)), (2, Reason.CORRUPT_IMAGE)])
def test_a_compressed_tiff_whose_last_strips_lie_beyond_its_end_ends_early(missing: int, expected: object) -> None:
    data = bytearray(tiff_file(np.asarray(NOISE.resize((40, 43))), TiffForm(TIFF_RGB, 8, compression=DEFLATE)))
    entry = data.index(struct.pack("<HHI", STRIP_OFFSETS, 4, 3)) + 8
    (table,) = struct.unpack_from("<I", data, entry)
    for strip in range(3 - missing, 3):
        struct.pack_into("<I", data, table + 4 * strip, len(data) + 100)
    assert becomes(bytes(data)) == expected


def test_a_turned_tiff_that_ends_early_is_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 3
    buffer = io.BytesIO()
    NOISE.save(buffer, "TIFF", exif=exif)
    found = seen(cut(buffer.getvalue(), 0.8))
    assert found.warnings == (ResultWarning.TRUNCATED,)
    assert (found.views[WHOLE][:20] == GREY_SHOWN).all()

"""Decoding: every kind of picture comes out upright and RGB, every other kind of bytes as a rejection."""

import io
import struct
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from infra.errors import Rejected
from processors.imaging.decoding.containers import FORMATS
from processors.imaging.decoding.decode import decode
from processors.imaging.views import Crop
from processors.pictures import DEMO_PICTURES
from schemas.dead_letters import Reason

SIZE = Crop(256, 224)
MAX_PIXELS = 100_000_000
ORANGE = (250, 120, 10)
PICTURES = DEMO_PICTURES

# Pillow's words on damaged files, which the module silences itself; pytest replaces the process's filters.
pytestmark = pytest.mark.filterwarnings(r"ignore:::PIL\.")


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def plain(width: int = 320, height: int = 300) -> Image.Image:
    return Image.new("RGB", (width, height), ORANGE)


def left_white(mode: str = "RGB") -> Image.Image:
    """Black, with a white left half: what is upright, turned or mirrored can be told."""
    picture = Image.new("RGB", (600, 300))
    picture.paste((255, 255, 255), (0, 0, 300, 300))
    return picture.convert(mode)


def reason_for(data: bytes, max_pixels: int = MAX_PIXELS) -> Reason:
    with pytest.raises(Rejected) as rejected:
        decode(data, [SIZE], max_pixels)
    return rejected.value.reason


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_of(width: int, height: int) -> bytes:
    """A grey PNG of any size, in a few kilobytes."""
    rows = zlib.compressobj(9)
    row = bytes(1 + width)
    pixels = b"".join(rows.compress(row) for _ in range(height)) + rows.flush()
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + png_chunk(b"IDAT", pixels) + png_chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", FORMATS)
def test_every_open_format_is_read(kind: str) -> None:
    image = decode(encoded(plain(), kind), [SIZE], MAX_PIXELS)
    assert (image.width, image.height, image.format) == (320, 300, kind)
    assert image.views[SIZE].shape == (224, 224, 3)
    assert image.views[SIZE].dtype == np.uint8
    assert np.abs(image.views[SIZE].mean((0, 1)) - ORANGE).max() < 6


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize(
    ("orientation", "white"),
    [(1, "left"), (2, "right"), (3, "right"), (4, "left"), (5, "top"), (6, "top"), (7, "bottom"), (8, "bottom")],
)
def test_a_camera_held_otherwise_gives_an_upright_picture(kind: str, orientation: int, white: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = decode(encoded(left_white(), kind, exif=exif), [SIZE], MAX_PIXELS)
    assert (image.width, image.height) == ((600, 300) if orientation < 5 else (300, 600))
    grey = image.views[SIZE].mean(2)
    halves = {"left": grey[:, :100], "right": grey[:, 124:], "top": grey[:100], "bottom": grey[124:]}
    assert max(halves, key=lambda side: halves[side].mean()) == white
    assert halves[white].mean() > 240


def test_broken_camera_notes_do_not_cost_the_picture() -> None:
    data = encoded(plain(), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff broken" * 3)
    assert decode(data, [SIZE], MAX_PIXELS).width == 320


def test_a_cmyk_jpeg_keeps_its_colours() -> None:
    image = decode(encoded(plain().convert("CMYK"), "JPEG"), [SIZE], MAX_PIXELS)
    assert np.abs(image.views[SIZE].mean((0, 1)) - ORANGE).max() < 6


@pytest.mark.parametrize("mode", ["L", "1", "P", "LA", "RGBA"])
def test_a_png_of_any_mode_becomes_rgb(mode: str) -> None:
    image = decode(encoded(left_white(mode), "PNG"), [SIZE], MAX_PIXELS)
    assert image.views[SIZE][:, :80].mean() > 250
    assert image.views[SIZE][:, 144:].mean() < 5


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_are_scaled_and_not_clipped_to_white(kind: str) -> None:
    half = Image.fromarray(np.full((300, 300), 32768, np.uint16))
    assert decode(encoded(half, kind), [SIZE], MAX_PIXELS).views[SIZE].mean() == pytest.approx(127, abs=1)


def test_real_numbers_are_scaled_by_the_largest() -> None:
    values = np.zeros((300, 300), np.float32)
    values[:, :150] = 0.25
    image = decode(encoded(Image.fromarray(values), "TIFF"), [SIZE], MAX_PIXELS)
    assert image.views[SIZE][:, :80].mean() > 230
    assert image.views[SIZE][:, 144:].mean() < 5


@pytest.mark.parametrize(("mode", "kind"), [("RGBA", "PNG"), ("LA", "PNG"), ("RGBA", "WEBP")])
def test_transparency_shows_white(mode: str, kind: str) -> None:
    clear = Image.new("RGBA", (300, 300), (0, 0, 0, 0)).convert(mode)
    assert decode(encoded(clear, kind), [SIZE], MAX_PIXELS).views[SIZE].min() == 255


def test_a_palette_with_transparency_shows_white_where_it_is_clear() -> None:
    picture = left_white("P")
    data = encoded(picture, "PNG", transparency=picture.getpixel((500, 10)))
    assert decode(data, [SIZE], MAX_PIXELS).views[SIZE].min() == 255


def test_an_animation_is_its_first_frame() -> None:
    frames = [Image.new("RGB", (300, 300), colour) for colour in ((255, 0, 0), (0, 0, 255))]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=100)
    assert tuple(decode(data, [SIZE], MAX_PIXELS).views[SIZE][112, 112]) == (255, 0, 0)


def test_a_phones_jpeg_with_a_second_picture_inside_is_a_jpeg() -> None:
    data = encoded(plain(), "MPO", save_all=True, append_images=[plain()])
    assert decode(data, [SIZE], MAX_PIXELS).format == "JPEG"


def test_a_large_jpeg_decoded_at_a_fraction_reports_its_full_size_and_looks_the_same() -> None:
    with Image.open(PICTURES / "coffee.jpg") as picture:
        large = picture.resize((picture.width * 4, picture.height * 4), Image.Resampling.BICUBIC)
    reduced = decode(encoded(large, "JPEG", quality=95), [SIZE], MAX_PIXELS)
    whole = decode(encoded(large, "PNG", compress_level=1), [SIZE], MAX_PIXELS)
    assert (reduced.width, reduced.height) == large.size == (whole.width, whole.height)
    assert np.abs(reduced.views[SIZE].astype(int) - whole.views[SIZE]).mean() < 3


@pytest.mark.parametrize(("width", "height"), [(1, 1), (1, 5000), (5000, 1), (223, 40)])
def test_small_and_narrow_pictures_fill_the_models_square(width: int, height: int) -> None:
    image = decode(encoded(plain(width, height), "PNG"), [SIZE], MAX_PIXELS)
    assert (image.width, image.height) == (width, height)
    assert np.abs(image.views[SIZE].mean((0, 1)) - ORANGE).max() < 2


def test_no_bytes_are_empty() -> None:
    assert reason_for(b"") is Reason.EMPTY


@pytest.mark.parametrize(
    "data", [b"just a text file named .jpg\n", b"%PDF-1.7 page", b"%!PS-Adobe-3.0 EPSF-3.0", b"<svg/>", b"\0" * 100]
)
def test_bytes_of_another_kind_are_an_unsupported_format(data: bytes) -> None:
    assert reason_for(data) is Reason.UNSUPPORTED_FORMAT


@pytest.mark.parametrize("kind", ["PCX", "SGI", "DDS", "ICNS"])
def test_formats_that_pillow_knows_beyond_ours_stay_closed(kind: str) -> None:
    assert reason_for(encoded(plain(256, 256), kind)) is Reason.UNSUPPORTED_FORMAT


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "BMP"])
@pytest.mark.parametrize("kept", [0.02, 0.4])
def test_a_truncated_picture_is_corrupt(kind: str, kept: float) -> None:
    data = encoded(Image.effect_noise((300, 300), 60).convert("RGB"), kind)
    assert reason_for(data[: max(24, int(len(data) * kept))]) is Reason.CORRUPT_IMAGE


def test_two_hundred_megapixels_are_refused_from_the_header() -> None:
    bomb = png_of(20_000, 10_000)
    assert len(bomb) < 400_000
    assert reason_for(bomb) is Reason.TOO_MANY_PIXELS


def test_the_limit_is_the_callers_and_counts_exactly() -> None:
    data = encoded(plain(100, 100), "PNG")
    assert decode(data, [SIZE], 10_000).width == 100
    assert reason_for(data, 9_999) is Reason.TOO_MANY_PIXELS


def test_a_gif_that_claims_a_huge_frame_is_refused_before_memory_is_taken() -> None:
    side = struct.pack("<HH", 60_000, 60_000)
    screen = b"GIF89a" + side + b"\x80\0\0" + b"\0\0\0\xff\xff\xff"
    restore_background = b"\x21\xf9\x04\x08\0\0\0\0"
    frame = b"\x2c\0\0\0\0" + side + b"\0\x02\x02\x4c\x01\0\x3b"
    assert reason_for(screen + restore_background + frame) is Reason.TOO_MANY_PIXELS


def test_a_rejection_tells_the_limit_to_people() -> None:
    with pytest.raises(Rejected, match=r"100 x 100 pixels are more than the 9,999 allowed"):
        decode(encoded(plain(100, 100), "PNG"), [SIZE], 9_999)


def test_threads_decode_side_by_side_and_agree() -> None:
    data = [path.read_bytes() for path in sorted(PICTURES.glob("*.jpg"))]
    alone = [decode(item, [SIZE], MAX_PIXELS).views[SIZE] for item in data]
    together = threading.Barrier(4)

    def decode_all() -> list[np.ndarray]:
        together.wait()
        return [decode(item, [SIZE], MAX_PIXELS).views[SIZE] for item in data]

    with ThreadPoolExecutor(4) as pool:
        for decoded in [future.result() for future in [pool.submit(decode_all) for _ in range(4)]]:
            assert all(np.array_equal(a, b) for a, b in zip(alone, decoded, strict=True))


SEEDS = [encoded(left_white(), kind) for kind in FORMATS]


@settings(deadline=None, max_examples=150)
@given(st.binary(max_size=300))
def test_any_bytes_at_all_give_a_rejection(data: bytes) -> None:
    with pytest.raises(Rejected):
        decode(data, [SIZE], MAX_PIXELS)


@settings(deadline=None, max_examples=300)
@given(
    seed=st.sampled_from(SEEDS),
    damage=st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), min_size=1, max_size=12),
    kept=st.floats(0.3, 1),
)
def test_a_damaged_picture_is_read_or_rejected_and_nothing_else(
    seed: bytes, damage: list[tuple[int, int]], kept: float
) -> None:
    data = bytearray(seed)
    for position, value in damage:
        data[position % len(data)] = value
    try:
        image = decode(bytes(data[: int(len(data) * kept)]), [SIZE], 1_000_000)
    except Rejected:
        return
    assert image.views[SIZE].shape == (224, 224, 3)

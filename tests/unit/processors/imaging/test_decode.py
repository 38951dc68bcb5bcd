"""Every readable picture becomes upright RGB pixels of the right size."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from processors.imaging.decode import DecodedImage, InputSize, decode
from tests.fakes.pictures import BLUE, GREEN, RED, WHITE, corners, encoded, quarters, scene

SIZE = InputSize(shorter_side=64, crop=64)
MAX_PIXELS = 100_000_000
CLOSE = 4
EXIF_ORIENTATION = 0x0112
UPRIGHT = [RED, GREEN, BLUE, WHITE]

# How a camera that was held so stores an upright picture: the inverse of what EXIF asks of a reader.
STORED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def read(data: bytes, size: InputSize = SIZE) -> DecodedImage:
    return decode(data, size, MAX_PIXELS)


def as_stored(upright: Image.Image, orientation: int) -> Image.Image:
    turn = STORED.get(orientation)
    return upright if turn is None else upright.transpose(turn)


def exif(orientation: int) -> Image.Exif:
    block = Image.Exif()
    block[EXIF_ORIENTATION] = orientation
    return block


def assert_close(decoded: DecodedImage, expected: list[tuple[int, ...]]) -> None:
    assert np.abs(np.array(corners(decoded.pixels)) - np.array(expected)).max() <= CLOSE, corners(decoded.pixels)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("JPEG", {"quality": 95, "subsampling": 0}),
        ("JPEG", {"quality": 95, "subsampling": 0, "progressive": True}),
        ("PNG", {}),
        ("WEBP", {"lossless": True}),
        ("GIF", {}),
        ("BMP", {}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("AVIF", {"quality": 95, "subsampling": "4:4:4"}),
    ],
)
def test_each_format_gives_the_same_pixels(kind: str, options: dict[str, Any]) -> None:
    decoded = read(encoded(quarters(), kind, **options))
    assert_close(decoded, UPRIGHT)
    assert (decoded.format, decoded.width, decoded.height) == (kind, 256, 256)
    assert (decoded.pixels.shape, decoded.pixels.dtype) == ((64, 64, 3), np.uint8)


@pytest.mark.parametrize("mode", ["RGB", "P", "RGBA", "CMYK"])
def test_each_colour_mode_gives_the_same_pixels(mode: str) -> None:
    assert_close(read(encoded(quarters(mode=mode), "TIFF")), UPRIGHT)


def test_a_cmyk_jpeg_keeps_its_colours() -> None:
    assert_close(read(encoded(quarters(mode="CMYK"), quality=95, subsampling=0)), UPRIGHT)


@pytest.mark.parametrize("mode", ["L", "LA", "1"])
def test_grey_pictures_become_grey_rgb(mode: str) -> None:
    black_and_white = Image.new("L", (128, 128), 255)
    black_and_white.paste(0, (0, 0, 128, 64))
    assert_close(read(encoded(black_and_white.convert(mode), "PNG")), [(0, 0, 0), (0, 0, 0), WHITE, WHITE])


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_picture_is_set_upright(kind: str, orientation: int) -> None:
    upright = quarters().resize((256, 384))
    data = encoded(as_stored(upright, orientation), kind, quality=95, exif=exif(orientation))
    decoded = read(data)
    assert (decoded.width, decoded.height) == (256, 384)
    assert np.abs(np.array(corners(decoded.pixels)) - np.array(UPRIGHT)).max() <= 40, corners(decoded.pixels)


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "I;16"])
def test_a_turned_picture_of_another_mode_is_set_upright(mode: str) -> None:
    ramp = Image.fromarray(np.tile(np.linspace(0, 255, 96, dtype=np.uint8), (64, 1)))
    stored = ramp.transpose(Image.Transpose.ROTATE_90)
    if mode == "I;16":
        stored = Image.fromarray(np.asarray(stored).astype(np.uint16) * 257)
    decoded = read(encoded(stored if mode == "I;16" else stored.convert(mode), "PNG", exif=exif(6)))
    assert (decoded.width, decoded.height) == (96, 64)
    assert decoded.pixels[32, 0, 0] < 60
    assert decoded.pixels[32, -1, 0] > 195


def test_a_large_jpeg_that_is_turned_keeps_its_full_size() -> None:
    upright = quarters().resize((1200, 1600))
    decoded = read(encoded(as_stored(upright, 6), exif=exif(6)))
    assert (decoded.width, decoded.height) == (1200, 1600)
    assert_close(decoded, UPRIGHT)


def test_an_orientation_told_by_xmp_alone_counts() -> None:
    packet = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    decoded = read(encoded(as_stored(quarters(), 6), quality=95, subsampling=0, xmp=packet))
    assert_close(decoded, UPRIGHT)


@pytest.mark.parametrize("block", [b"Exif\0\0", b"Exif\0\0garbage", b"Exif\0\0II*\0\xff\xff\xff\xff", b"\0" * 40])
def test_a_damaged_exif_block_costs_nothing(block: bytes) -> None:
    assert_close(read(encoded(quarters(), quality=95, subsampling=0, exif=block)), UPRIGHT)


@pytest.mark.parametrize("orientation", [0, 9, 65_535])
def test_an_orientation_that_does_not_exist_turns_nothing(orientation: int) -> None:
    assert_close(read(encoded(quarters(), "PNG", exif=exif(orientation))), UPRIGHT)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bit_grey_is_scaled_and_not_clipped(kind: str) -> None:
    ramp = np.tile(np.linspace(0, 65_535, 64).astype(np.uint16), (64, 1))
    pixels = read(encoded(Image.fromarray(ramp), kind)).pixels
    assert np.abs(pixels[..., 0].astype(int) - ramp // 257).max() <= 1


def test_16_bit_grey_of_the_other_byte_order_is_scaled_too() -> None:
    ramp = np.tile(np.linspace(0, 65_535, 64).astype(">u2"), (64, 1))
    pixels = read(encoded(Image.frombytes("I;16B", (64, 64), ramp.tobytes()), "TIFF")).pixels
    assert np.abs(pixels[..., 0].astype(int) - ramp.astype(int) // 257).max() <= 1


def test_32_bit_grey_is_scaled_by_its_peak() -> None:
    ramp = np.tile(np.linspace(0, 2**30, 64).astype(np.int32), (64, 1))
    pixels = read(encoded(Image.fromarray(ramp), "TIFF")).pixels
    assert (pixels[0, 0, 0], pixels[0, -1, 0]) == (0, 255)


def test_float_grey_is_scaled_by_its_peak_whatever_stands_beside_it() -> None:
    ramp = np.tile(np.linspace(0, 1, 64, dtype=np.float32), (64, 1))
    ramp[0, 0], ramp[0, 1] = np.nan, np.inf
    pixels = read(encoded(Image.fromarray(ramp), "TIFF")).pixels
    assert (pixels[32, 0, 0], pixels[32, -1, 0]) == (0, 255)
    assert abs(int(pixels[32, 32, 0]) - 129) <= 1


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparency_is_laid_on_white(mode: str) -> None:
    clear = Image.new(mode, (100, 100), (0,) * len(mode))
    clear.paste(Image.new(mode, (100, 50), (*(0,) * (len(mode) - 1), 255)), (0, 0))
    assert_close(read(encoded(clear, "PNG")), [(0, 0, 0), (0, 0, 0), WHITE, WHITE])


@pytest.mark.parametrize("mode", ["P", "RGB", "L"])
def test_a_transparent_colour_is_laid_on_white(mode: str) -> None:
    picture = Image.new("L", (100, 100), 10)
    picture.paste(200, (0, 0, 100, 50))
    transparency: Any = {"P": 10, "L": 10, "RGB": (10, 10, 10)}[mode]
    if mode == "P":
        picture = Image.frombytes("P", picture.size, picture.tobytes())
        picture.putpalette([value for grey in range(256) for value in (grey, grey, grey)])
    data = encoded(picture.convert(mode), "PNG", transparency=transparency)
    assert_close(read(data), [(200, 200, 200), (200, 200, 200), WHITE, WHITE])


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF", "AVIF"])
def test_the_first_frame_of_several_counts(kind: str) -> None:
    options: dict[str, Any] = {"lossless": True} if kind == "WEBP" else {}
    frames = [Image.new("RGB", (80, 80), colour) for colour in (BLUE, GREEN)]
    data = encoded(quarters(80), kind, save_all=True, append_images=frames, **options)
    with Image.open(io.BytesIO(data)) as image:
        assert getattr(image, "n_frames", 1) == 3
    decoded = read(data)
    assert decoded.format == kind
    assert np.abs(np.array(corners(decoded.pixels)) - np.array(UPRIGHT)).max() <= 40


def test_several_jpegs_in_one_file_are_a_jpeg() -> None:
    data = encoded(quarters(), "MPO", save_all=True, append_images=[Image.new("RGB", (256, 256), BLUE)], quality=95)
    decoded = read(data)
    assert decoded.format == "JPEG"
    assert np.abs(np.array(corners(decoded.pixels)) - np.array(UPRIGHT)).max() <= 40


@pytest.mark.parametrize(("width", "height"), [(1, 1), (1, 5000), (5000, 1), (2, 3), (63, 10_000)])
def test_pictures_of_any_shape_are_taken(width: int, height: int) -> None:
    decoded = read(encoded(Image.new("RGB", (width, height), RED), "PNG"))
    assert (decoded.width, decoded.height) == (width, height)
    assert {tuple(pixel) for pixel in decoded.pixels.reshape(-1, 3)} == {RED}


def test_the_middle_is_cut_out_after_resizing_the_shorter_side() -> None:
    picture = scene(320, 256)
    expected = np.asarray(picture.crop((48, 16, 272, 240)))
    assert np.array_equal(read(encoded(picture, "PNG"), InputSize(256, 224)).pixels, expected)


def test_a_jpeg_decoded_at_a_fraction_of_its_size_looks_the_same(pictures: Path) -> None:
    with Image.open(pictures / "coffee.jpg") as picture:
        enlarged = picture.resize((2400, 1600), Image.Resampling.LANCZOS)
    drafted = read(encoded(enlarged, quality=95), InputSize(256, 224))
    whole = read(encoded(enlarged, "PNG"), InputSize(256, 224))
    assert np.abs(drafted.pixels.astype(int) - whole.pixels).mean() < 2
    assert (drafted.width, drafted.height) == (2400, 1600)

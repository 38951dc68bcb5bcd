"""Whatever the bytes are, decoding gives pixels or a rejection with its reason, soon and in little memory."""

import random
import re
import struct
import tracemalloc
import warnings
import zlib
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from infra.errors import Rejected
from processors.imaging.decoding.decode import decode
from processors.imaging.formats.jpeg_scans import MAX_SCANS, count_scans, has_too_many_scans
from processors.imaging.views import Crop
from schemas.dead_letters import Reason
from tests.fakes.heic import TURNS, HeicForm, heic
from tests.fakes.pictures import encoded, png_of, scene

SIZE = Crop(64, 56)
MAX_PIXELS = 100_000_000
MUTATIONS = 500


def refusal(data: bytes, max_pixels: int = MAX_PIXELS) -> Rejected:
    with pytest.raises(Rejected) as refused:
        decode(data, [SIZE], max_pixels)
    return refused.value


def tiff_of(tags: list[tuple[int, int]], strip: bytes) -> bytes:
    """Return a little-endian TIFF of these tags, whose pixels ``strip`` stand at offset 8."""
    directory = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    body = b"II*\0" + struct.pack("<I", 8 + len(strip)) + strip
    return body + struct.pack("<H", len(tags)) + directory + struct.pack("<I", 0)


def test_no_bytes_are_empty() -> None:
    assert refusal(b"").reason is Reason.EMPTY


@pytest.mark.parametrize(
    "data",
    [
        b"just some text that somebody called photo.jpg\n" * 50,
        b"<html><body>404 not found</body></html>",
        b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>',
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n",
        b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n",
        b"P7\nWIDTH 2\n" + b"\0" * 12,
        b"\0" * 100,
        encoded(scene(8, 8), "PCX"),
    ],
)
def test_what_is_no_picture_of_a_known_format_is_unsupported(data: bytes) -> None:
    assert refusal(data).reason is Reason.UNSUPPORTED_FORMAT


def test_a_jpeg_cut_off_before_its_pixels_is_corrupt() -> None:
    data = encoded(scene(40, 40))
    for length in range(3, data.index(b"\xff\xda") + 40):
        assert refusal(data[:length]).reason is Reason.CORRUPT_IMAGE, length


@pytest.mark.parametrize("kind", ["PNG", "GIF", "TIFF", "BMP", "WEBP", "AVIF", "JPEG2000", "TGA", "PPM"])
def test_a_picture_of_which_less_than_half_is_there_is_corrupt(kind: str) -> None:
    data = encoded(scene(200, 200), kind)
    assert refusal(data[: len(data) * 2 // 5]).reason is Reason.CORRUPT_IMAGE


def test_too_many_pixels_are_told_from_the_header_alone() -> None:
    tracemalloc.start()
    try:
        rejected = refusal(png_of(20_000, 10_000))
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert rejected.reason is Reason.TOO_MANY_PIXELS
    assert "pixels" in rejected.detail
    assert peak_bytes < 5_000_000


def test_as_many_pixels_as_are_allowed_are_allowed() -> None:
    data = encoded(scene(100, 100), "PNG")
    assert decode(data, [SIZE], 10_000).width == 100
    assert refusal(data, 9_999).reason is Reason.TOO_MANY_PIXELS


def test_a_gif_whose_first_frame_is_larger_than_its_canvas_is_measured_by_the_frame() -> None:
    canvas = b"GIF89a" + struct.pack("<HH", 1, 1) + b"\x80\0\0" + b"\0\0\0\xff\xff\xff"
    frame = b"," + struct.pack("<HHHH", 0, 0, 60_000, 60_000) + b"\0" + b"\x02\x02\x4c\x01\0;"
    assert refusal(canvas + frame).reason is Reason.TOO_MANY_PIXELS


def test_a_tiff_whose_tile_is_larger_than_the_image_is_measured_by_the_tile() -> None:
    strip = zlib.compress(b"\0" * 1000)
    tags = [(256, 16), (257, 16), (258, 8), (259, 8), (262, 1), (277, 1), (322, 20_000), (323, 20_000)]
    data = tiff_of([*tags, (324, 8), (325, len(strip))], strip)
    assert refusal(data).reason is Reason.TOO_MANY_PIXELS


def test_a_jpeg_of_countless_scans_is_refused_before_it_is_decoded() -> None:
    data = encoded(scene(64, 64), progressive=True)
    last_scan = data[data.rfind(b"\xff\xda") : -2]
    bomb = data[:-2] + last_scan * 200_000 + data[-2:]
    assert refusal(bomb).detail == f"the JPEG has more than {MAX_SCANS} scans"


def test_scans_of_previews_and_of_what_follows_the_end_do_not_count() -> None:
    picture = encoded(scene(64, 64), progressive=True)
    preview = b"\xff\xe2" + struct.pack(">H", 2 + 400) + b"\xff\xda" * 200
    data = picture[:2] + preview + picture[2:] + b"\xff\xda" * 500
    assert count_scans(data) == count_scans(picture) == picture.count(b"\xff\xda") > 1
    assert not has_too_many_scans(data)
    assert decode(data, [SIZE], MAX_PIXELS).format == "JPEG"


def test_the_detail_names_the_kind_of_error_and_nothing_of_the_file() -> None:
    rejected = refusal(encoded(scene(40, 40))[:300])
    assert re.fullmatch(r"the image cannot be decoded \(\w+\)", rejected.detail)


def outcome(data: bytes) -> str:
    """Decode with every warning an error; any exception but ``Rejected`` passes through."""
    try:
        return decode(data, [SIZE], 4_000_000).format
    except Rejected as rejected:
        return rejected.reason.value


@given(st.binary(max_size=300))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bytes_fail_otherwise(data: bytes) -> None:
    assert outcome(data) in ({Reason.UNSUPPORTED_FORMAT, Reason.CORRUPT_IMAGE} if data else {Reason.EMPTY})


SEEDS: dict[str, Callable[[Image.Image], bytes]] = {
    "JPEG": lambda image: encoded(image, "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0\0\0\0\0"),
    "progressive": lambda image: encoded(image, "JPEG", progressive=True),
    "PNG": lambda image: encoded(image, "PNG"),
    "palette": lambda image: encoded(image.convert("P"), "PNG", transparency=0),
    "GIF": lambda image: encoded(image, "GIF", save_all=True, append_images=[image.rotate(90)]),
    "BMP": lambda image: encoded(image, "BMP"),
    "TIFF": lambda image: encoded(image, "TIFF"),
    "LZW": lambda image: encoded(image, "TIFF", compression="tiff_lzw"),
    "WEBP": lambda image: encoded(image, "WEBP"),
    "AVIF": lambda image: encoded(image, "AVIF"),
    "HEIC": lambda image: heic(image.resize((64, 64)), HeicForm(turns=TURNS[6])),
}


@pytest.mark.parametrize("seed", SEEDS)
def test_mutated_pictures_become_pixels_or_a_rejection(seed: str) -> None:
    original = SEEDS[seed](scene(48, 32))
    chance = random.Random(seed)  # noqa: S311 - the same mutations in every run
    reasons = {outcome(mutated(original, chance)) for _ in range(MUTATIONS // len(SEEDS))}
    assert reasons & {Reason.CORRUPT_IMAGE, Reason.UNSUPPORTED_FORMAT}


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Return ``data`` with a few bytes changed, mostly near the start, and sometimes a piece doubled or cut out."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        reach = min(len(changed), chance.choice([40, 200, len(changed)]))
        changed[chance.randrange(reach)] = chance.choice([0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)])
    start, end = sorted(chance.randrange(len(changed)) for _ in range(2))
    piece = chance.choice([b"", changed[start:end] * 2, changed[start:end], changed[start:end]])
    return bytes(changed[:start] + piece + changed[end:])


def test_a_parsers_warning_reaches_nobody(capfd: pytest.CaptureFixture[str]) -> None:
    data = encoded(scene(48, 32), exif=b"Exif\0\0II*\0\x08\0\0\0\5\0\x12\1\3\0\1\0\0\0\6\0\0\0")
    with warnings.catch_warnings(record=True) as caught:
        assert decode(data, [SIZE], MAX_PIXELS).format == "JPEG"
    assert caught == []
    assert capfd.readouterr().err == ""

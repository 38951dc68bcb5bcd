"""What is intact and not read is unsupported, what is too large says so, and only what is damaged is corrupt."""

import struct

import numpy as np
import pytest

from infra.errors import Rejected
from processors.imaging.decoding.containers import claimed_format
from processors.imaging.decoding.decode import decode
from processors.imaging.decoding.decoder import Decoder
from processors.imaging.views import Within
from schemas.dead_letters import Reason
from tests.compare_decoders.tiff_files import BLACK_IS_ZERO, FLOAT, TiffForm, tiff_file
from tests.fakes.pictures import encoded, scene

pytestmark = pytest.mark.filterwarnings(r"ignore:::PIL\.")
WHOLE = Within(4096)
MAX_PIXELS = 64_000_000


def refusal(data: bytes, max_pixels: int = MAX_PIXELS) -> Rejected:
    with pytest.raises(Rejected) as refused:
        decode(data, [WHOLE], max_pixels)
    with pytest.raises(Rejected) as same:
        Decoder(max_pixels, None).decode(data, [WHOLE])
    assert same.value.reason is refused.value.reason
    return refused.value


@pytest.mark.parametrize("major", [b"avif", b"mif1"])
def test_avif_of_any_brand_is_avif(major: bytes) -> None:
    data = bytearray(encoded(scene(32, 32), "AVIF"))
    data[8:12] = major
    assert claimed_format(bytes(data)) == "AVIF"
    assert decode(bytes(data), [WHOLE], MAX_PIXELS).format == "AVIF"
    assert refusal(bytes(data[: len(data) // 2])).reason is Reason.CORRUPT_IMAGE


@pytest.mark.parametrize(("width", "height"), [(17_000, 17_000), (40_000, 100), (65_536, 65_536), (20_000, 4_000)])
def test_an_avif_that_is_too_large_says_so(width: int, height: int) -> None:
    data = bytearray(encoded(scene(32, 32), "AVIF"))
    at = data.index(b"ispe") + 8
    data[at : at + 8] = struct.pack(">II", width, height)
    refused = refusal(bytes(data))
    assert refused.reason is Reason.TOO_MANY_PIXELS
    assert f"{width} x {height}" in refused.detail


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("bits", [16, 64])
def test_a_tiff_of_a_kind_that_is_not_read_names_it(order: str, bits: int) -> None:
    data = tiff_file(np.ones((8, 8)), TiffForm(BLACK_IS_ZERO, bits, FLOAT, order))
    refused = refusal(data)
    assert refused.reason is Reason.UNSUPPORTED_FORMAT
    assert f"float samples of {bits} bits" in refused.detail


def test_a_tiff_of_a_kind_that_is_not_read_is_measured_first() -> None:
    data = bytearray(tiff_file(np.ones((8, 8)), TiffForm(BLACK_IS_ZERO, 16, FLOAT)))
    for tag in (256, 257):
        at = data.index(struct.pack("<HHI", tag, 4, 1)) + 8
        data[at : at + 4] = struct.pack("<I", 20_000)
    assert refusal(bytes(data)).reason is Reason.TOO_MANY_PIXELS


@pytest.mark.parametrize("real", [np.nan, np.inf, -np.inf, -1.0])
def test_real_numbers_of_which_none_has_a_brightness_are_unsupported(real: float) -> None:
    data = tiff_file(np.full((8, 8), real), TiffForm(BLACK_IS_ZERO, 32, FLOAT))
    assert refusal(data).reason is Reason.UNSUPPORTED_FORMAT


@pytest.mark.parametrize(("offset", "value"), [(1, 0xC3), (4, 12), (1, 0xC7)])
def test_a_jpeg_of_a_kind_that_is_not_read_is_no_damaged_one(offset: int, value: int) -> None:
    data = bytearray(encoded(scene(32, 32), "JPEG"))
    data[data.index(b"\xff\xc0") + offset] = value
    assert refusal(bytes(data)).reason is Reason.UNSUPPORTED_FORMAT


@pytest.mark.parametrize("kind", ["TIFF", "AVIF", "JPEG", "PNG"])
def test_noise_that_begins_as_a_format_is_corrupt(kind: str) -> None:
    start = encoded(scene(32, 32), kind)[:24]
    chance = np.random.default_rng(1)
    for _ in range(20):
        assert refusal(start + chance.bytes(300)).reason is Reason.CORRUPT_IMAGE


def test_a_bmp_of_a_kind_that_is_not_read_is_unsupported_and_a_damaged_one_is_not() -> None:
    data = bytearray(encoded(scene(32, 32), "BMP"))
    struct.pack_into("<HI", data, 28, 0, 4)
    assert refusal(bytes(data)).reason is Reason.UNSUPPORTED_FORMAT
    struct.pack_into("<HI", data, 28, 77, 0)
    assert refusal(bytes(data)).reason is Reason.CORRUPT_IMAGE

"""The header of a JPEG XL says what its decoder will make of it, and no bytes make its reading long or wrong."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imagecodecs import jpegxl_decode

from processors.imaging.formats.jpeg_xl import JpegXlHeader, NotAHeader, exif_box, header_of, is_jpeg_xl
from tests.fakes.jpeg_xl import SIGNATURE, bare, claim, contained, jxl, jxl_of_jpeg
from tests.fakes.pictures import scene

KINDS = {"u1": (np.uint8, 8, False), "u2": (np.uint16, 16, False), "f4": (np.float32, 32, True)}


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 80) | st.sampled_from([256, 300, 777]),
    st.integers(1, 80) | st.sampled_from([256, 400, 1000]),
    st.sampled_from([None, 2, 3, 4]),
    st.sampled_from(list(KINDS)),
    st.booleans(),
)
def test_a_header_says_what_the_decoder_hands_over(
    width: int, height: int, channels: int | None, kind: str, lossless: bool
) -> None:
    dtype, bits, is_real = KINDS[kind]
    shape = (height, width) if channels is None else (height, width, channels)
    data = jxl(np.ones(shape, dtype), lossless=lossless)
    decoded = jpegxl_decode(data, index=0)
    for file in (data, bare(data), contained(bare(data)), contained(bare(data), cuts=[1, 2, 3, 5])):
        header = header_of(file)
        assert (header.width, header.height, header.bits, header.is_real) == (width, height, bits, is_real)
        assert (header.channels, header.has_alpha) == (channels or 1, channels in (2, 4))
        assert decoded.shape[:2] == header.size[::-1]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_turn_is_in_the_header(orientation: int) -> None:
    header = header_of(jxl_of_jpeg(scene(64, 48), orientation)[1])
    assert header.orientation == orientation
    assert header.size == ((48, 64) if orientation > 4 else (64, 48))


@pytest.mark.parametrize("size", [(1, 1), (2**30, 2**30), (65_536, 12)])
def test_any_size_can_be_claimed(size: tuple[int, int]) -> None:
    assert header_of(claim(*size)) == JpegXlHeader(*size)


def test_a_header_that_ends_early_or_claims_countless_channels_is_none() -> None:
    data = bare(jxl(np.zeros((40, 30, 4), np.uint16)))
    for kept in range(8):
        with pytest.raises(NotAHeader):
            header_of(data[:kept])
    with pytest.raises(NotAHeader, match="extra channels"):
        header_of(claim(10, 10, extra_channels=4096))
    assert header_of(claim(10, 10, extra_channels=64)).channels == 67


@given(st.binary(max_size=200), st.sampled_from([b"", b"\xff\x0a", SIGNATURE, SIGNATURE + b"\0\0\0\0jxlp"]))
def test_no_bytes_make_it_stumble(data: bytes, start: bytes) -> None:
    file = start + data
    exif_box(file)
    try:
        header: Any = header_of(file)
    except NotAHeader:
        return
    assert header.width >= 1
    assert header.height >= 1
    assert is_jpeg_xl(file)

"""How often a JPEG 2000 may be halved while it is decoded is told by every header in it, and no bytes confuse that."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.imaging.formats.jpeg_2000 import SIZES, components_in, levels_in
from tests.fakes.pictures import encoded, scene

PICTURE = scene(256, 192)
CODING = b"\xff\x52"


@pytest.mark.parametrize("resolutions", [1, 2, 4, 6])
@pytest.mark.parametrize("options", [{}, {"no_jp2": True}, {"tile_size": (64, 64)}])
def test_a_picture_can_be_halved_as_often_as_its_writer_did(resolutions: int, options: dict[str, object]) -> None:
    assert levels_in(encoded(PICTURE, "JPEG2000", num_resolutions=resolutions, **options)) == resolutions - 1


def test_the_part_that_was_halved_least_decides() -> None:
    data = encoded(PICTURE, "JPEG2000", no_jp2=True, num_resolutions=6, tile_size=(64, 64))
    at = data.index(CODING)
    (size,) = struct.unpack_from(">H", data, at + 2)
    coding = bytearray(data[at : at + 2 + size])
    coding[9] = 2
    tile = data.index(b"\xff\x90", data.index(b"\xff\x90") + 1)
    length = struct.unpack_from(">I", data, tile + 6)[0]
    head = data[tile : tile + 6] + struct.pack(">I", length + len(coding)) + data[tile + 10 : tile + 12]
    assert levels_in(data[:tile] + head + bytes(coding) + data[tile + 12 :]) == 2


@given(st.binary(max_size=300), st.booleans())
def test_no_bytes_make_it_stumble(data: bytes, begun: bool) -> None:
    file = (SIZES if begun else b"") + data
    assert 0 <= levels_in(file) <= 32
    components_in(file)

"""HEIC is read as its container means it: turned once, whole or not at all, and only where the extra is installed."""

import struct
import subprocess
import sys
from collections.abc import Iterator
from itertools import product

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from infra.errors import Rejected
from processors.imaging.colours.colour_profiles import to_srgb
from processors.imaging.decoding import heif
from processors.imaging.decoding.containers import claimed_format
from processors.imaging.decoding.decode import decode
from processors.imaging.decoding.decoder import Decoder
from processors.imaging.decoding.processes.pool import DecoderPool
from processors.imaging.formats.iso_boxes import boxes, ends_early
from processors.imaging.views import Crop, Within
from schemas.dead_letters import Reason
from tests.compare_decoders.png_combinations import exif
from tests.compare_decoders.subject import Levels, turned
from tests.fakes.heic import TURNS, HeicForm, box, heic, turned_heic
from tests.fakes.pictures import encoded, scene
from tests.fakes.profiles import (
    ADOBE,
    ADOBE_GAMMA,
    DISPLAY_P3,
    SRGB_FORMULA,
    formula_curve,
    gamma_curve,
    rgb_profile,
)
from tests.places import ROOT

WHOLE = Within(4096)
MAX_PIXELS = 64_000_000
UPRIGHT = scene(192, 128)
# What colours lose on their way to luma and back; nothing else is lost.
LEVELS = 3


def pixels(data: bytes) -> Levels:
    return decode(data, [WHOLE], MAX_PIXELS).views[WHOLE]


def refusal(data: bytes, max_pixels: int = MAX_PIXELS) -> Rejected:
    with pytest.raises(Rejected) as refused:
        decode(data, [WHOLE], max_pixels)
    return refused.value


def off(one: Levels, other: Levels) -> int:
    assert one.shape == other.shape
    return int(np.abs(one.astype(int) - other).max())


@pytest.fixture(scope="module")
def processes() -> Iterator[DecoderPool]:
    pool = DecoderPool(1, 30, MAX_PIXELS)
    yield pool
    pool.close()


@pytest.mark.parametrize(("orientation", "tiles", "noted"), list(product(range(1, 9), (1, 2), (False, True))))
def test_a_turn_of_the_container_is_carried_out_once_whatever_exif_says_beside_it(
    orientation: int, tiles: int, noted: bool
) -> None:
    upright = np.asarray(UPRIGHT)
    stored = Image.fromarray(turned(upright, orientation))
    note = b"Exif\0\0" + exif(orientation, "<") if noted else b""
    image = decode(turned_heic(stored, orientation, tiles=tiles, exif=note), [WHOLE], MAX_PIXELS)
    assert (image.format, image.width, image.height) == ("HEIC", 192, 128)
    assert off(image.views[WHOLE], upright) <= LEVELS


@pytest.mark.parametrize("orientation", range(1, 9))
def test_what_exif_says_alone_turns_nothing(orientation: int) -> None:
    note = b"Exif\0\0" + exif(orientation, ">")
    assert off(pixels(heic(UPRIGHT, HeicForm(exif=note))), np.asarray(UPRIGHT)) <= LEVELS


@given(st.lists(st.sampled_from([(b"irot", 0), (b"irot", 1), (b"irot", 2), (b"irot", 3), (b"imir", 0), (b"imir", 1)])))
@settings(max_examples=40, deadline=None)
def test_turns_are_carried_out_in_the_order_of_the_file(turns: list[tuple[bytes, int]]) -> None:
    expected = np.asarray(UPRIGHT)
    unique = list(dict.fromkeys(turns))
    for kind, value in unique:
        mirrored = expected[::-1] if value == 0 else expected[:, ::-1]
        expected = np.rot90(expected, value) if kind == b"irot" else mirrored
    assert off(pixels(heic(UPRIGHT, HeicForm(turns=tuple(unique)))), expected) <= LEVELS


@pytest.mark.parametrize("bits", [8, 10, 12])
def test_more_bits_are_the_same_picture(bits: int) -> None:
    assert off(pixels(heic(UPRIGHT, HeicForm(bits=bits))), np.asarray(UPRIGHT)) <= LEVELS


def test_an_embedded_profile_is_applied() -> None:
    profile = rgb_profile(ADOBE, gamma_curve(ADOBE_GAMMA))
    meant = pixels(encoded(UPRIGHT, "PNG", icc_profile=profile))
    assert off(meant, np.asarray(UPRIGHT)) > 20
    seen = pixels(heic(UPRIGHT, HeicForm(profile=profile)))
    # In the dark, where curves are steep, one level before is many behind.
    assert np.abs(seen.astype(int) - meant).mean() < 1


@pytest.mark.parametrize("tiles", [1, 2])
def test_a_heic_that_ends_early_is_corrupt_wherever_it_ends(tiles: int) -> None:
    data = heic(UPRIGHT, HeicForm(tiles=tiles, exif=b"Exif\0\0" + exif(6, "<")))
    ends = {
        *range(12, len(data), 997),
        *range(len(data) - 40, len(data)),
        *(box.start for box in list(boxes(data))[1:]),
    }
    for end in sorted(ends):
        assert refusal(data[:end]).reason is Reason.CORRUPT_IMAGE, end


def test_one_whose_last_box_has_no_length_is_known_by_the_pieces_of_its_picture() -> None:
    data = bytearray(heic(UPRIGHT))
    last = list(boxes(bytes(data)))[-1]
    data[last.start - 8 : last.start - 4] = bytes(4)
    assert off(pixels(bytes(data)), np.asarray(UPRIGHT)) <= LEVELS
    assert ends_early(bytes(data[:-1]))
    assert refusal(bytes(data[: len(data) // 2])).reason is Reason.CORRUPT_IMAGE


@pytest.mark.parametrize("added", [b"\0", b"SEFT" * 30, b"\0\0\xff\xffmpvdshort", b"\xff" * 500])
def test_what_a_phone_adds_behind_its_picture_costs_nothing(added: bytes) -> None:
    assert off(pixels(heic(UPRIGHT) + added), np.asarray(UPRIGHT)) <= LEVELS


@pytest.mark.parametrize("announced", [(30_000, 30_000), (65_535, 65_535), (2**31, 2**31), (64_000_001, 1)])
def test_a_small_file_that_announces_a_huge_picture_is_refused_by_its_header(announced: tuple[int, int]) -> None:
    refused = refusal(heic(UPRIGHT, HeicForm(announced=announced)))
    assert refused.reason is Reason.TOO_MANY_PIXELS
    assert f"{announced[0]} x {announced[1]}" in refused.detail


@pytest.mark.parametrize("announced", [(64, 64), (191, 128), (3000, 2000)])
def test_a_picture_of_another_size_than_it_announces_is_corrupt(announced: tuple[int, int]) -> None:
    assert refusal(heic(UPRIGHT, HeicForm(announced=announced))).reason is Reason.CORRUPT_IMAGE


def test_as_many_pixels_as_are_allowed_are_allowed() -> None:
    data = heic(UPRIGHT)
    assert decode(data, [WHOLE], 192 * 128).width == 192
    assert refusal(data, 192 * 128 - 1).reason is Reason.TOO_MANY_PIXELS


@pytest.mark.parametrize("codec", [b"av01", b"jpeg", b"avc1", b"j2k1", b"unci", b"\xff\0\x1b["])
def test_a_picture_coded_otherwise_is_unsupported_by_its_codec(codec: bytes) -> None:
    refused = refusal(heic(UPRIGHT, HeicForm(codec=codec, brands=(b"mif1", b"mif1"))))
    assert refused.reason is Reason.UNSUPPORTED_FORMAT
    assert (codec.decode("latin-1") if codec.isalnum() else "unknown") in refused.detail


@pytest.mark.parametrize(
    ("brands", "name"),
    [
        ((b"heic", b"mif1", b"heic"), "HEIC"),
        ((b"mif1", b"mif1", b"heic", b"hevc"), "HEIC"),
        ((b"heix", b"mif1", b"heix"), "HEIC"),
        ((b"heim", b"mif1", b"heim"), "HEIC"),
        ((b"heis", b"mif1"), "HEIC"),
        ((b"mif1", b"mif1", b"miaf"), "HEIF"),
    ],
)
def test_any_brand_is_read_and_named(brands: tuple[bytes, ...], name: str) -> None:
    data = heic(UPRIGHT, HeicForm(brands=brands))
    assert claimed_format(data) == decode(data, [WHOLE], MAX_PIXELS).format == name


def test_a_film_of_pictures_is_named_as_one() -> None:
    data = box(b"ftyp", b"hevc", bytes(4), b"msf1") + box(b"moov", bytes(100)) + box(b"mdat", bytes(100))
    refused = refusal(data)
    assert refused.reason is Reason.UNSUPPORTED_FORMAT
    assert "sequence" in refused.detail


def test_where_the_extra_is_missing_the_rejection_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heif, "can_read_heif", lambda: False)
    refused = refusal(heic(UPRIGHT))
    assert refused.reason is Reason.UNSUPPORTED_FORMAT
    assert "pip install 'vedette[heic]'" in refused.detail
    with pytest.raises(Rejected, match="vedette\\[heic\\]"):
        Decoder(MAX_PIXELS, None).decode(heic(UPRIGHT), [WHOLE])


def test_a_process_beside_the_worker_decodes_it_to_the_same_pixels(processes: DecoderPool) -> None:
    decoder, view = Decoder(MAX_PIXELS, processes), Crop(64, 56)
    for orientation in TURNS:
        data = turned_heic(UPRIGHT, orientation)
        ours, theirs = decoder.decode(data, [view]), decode(data, [view], MAX_PIXELS)
        assert (ours.format, ours.width, ours.height) == ("HEIC", theirs.width, theirs.height)
        assert np.array_equal(ours.views[view], theirs.views[view])
    with pytest.raises(Rejected) as cut:
        decoder.decode(heic(UPRIGHT)[:-1], [view])
    assert cut.value.reason is Reason.CORRUPT_IMAGE


def test_pictures_of_other_formats_never_load_its_library() -> None:
    program = (
        "import sys; from pathlib import Path; from processors.imaging.decoding.decode import decode;"
        "from processors.imaging.views import Crop;"
        "decode(Path('processors/pictures/coffee.jpg').read_bytes(), [Crop(256, 224)], 10**8);"
        "sys.exit('pi_heif' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize("kind", ["HEIC", "AVIF"])
def test_colours_described_by_numbers_are_shown_in_srgb(kind: str) -> None:
    picture = scene(96, 64)

    def numbered(primaries: int, transfer: int) -> bytes:
        if kind == "HEIC":
            return heic(picture, HeicForm(primaries=primaries, transfer=transfer))
        data = encoded(picture, "AVIF", quality=100, subsampling="4:4:4", speed=10)
        at = data.index(b"nclx") + 4
        return data[:at] + struct.pack(">HH", primaries, transfer) + data[at + 4 :]

    def shown(primaries: int, transfer: int) -> npt.NDArray[np.int64]:
        return decode(numbered(primaries, transfer), [WHOLE], MAX_PIXELS).views[WHOLE].astype(int)

    plain, display_p3 = shown(1, 13), rgb_profile(DISPLAY_P3, formula_curve(SRGB_FORMULA))
    by_profile = np.asarray(to_srgb(Image.fromarray(plain.astype(np.uint8)), display_p3)).astype(int)
    assert np.abs(shown(12, 13) - by_profile).mean() < 1
    for as_it_is in ((1, 1), (2, 2), (9, 16), (12, 18)):
        assert np.array_equal(shown(*as_it_is), plain), as_it_is

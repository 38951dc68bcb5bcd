"""A camera's raw file is shown by its largest JPEG, turned once by what its own first directory says."""

import random

import numpy as np
import pytest
from PIL import Image

from infra.errors import Rejected
from processors.imaging.decoding.decode import DecodedImage, decode
from processors.imaging.formats.camera_raw import raw_file
from processors.imaging.views import Within
from schemas.dead_letters import Reason
from tests.compare_decoders.png_combinations import exif
from tests.compare_decoders.subject import turned
from tests.fakes.camera_raws import FORMS, RawForm, camera_raw
from tests.fakes.pictures import encoded, scene

WHOLE = Within(4096)
UPRIGHT = scene(192, 128)
DNG = FORMS[0]


def decoded(data: bytes) -> DecodedImage:
    return decode(data, [WHOLE], 64_000_000)


def refusal(data: bytes) -> Rejected:
    with pytest.raises(Rejected) as refused:
        decoded(data)
    return refused.value


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_turn_of_the_file_counts_once_whatever_the_preview_says(form: RawForm, orientation: int) -> None:
    stored = Image.fromarray(turned(np.asarray(UPRIGHT), orientation))
    plain = encoded(stored, quality=100, subsampling=0)
    noted = encoded(stored, quality=100, subsampling=0, exif=b"Exif\0\0" + exif(orientation, ">"))
    for jpeg in (plain, noted):
        image = decoded(camera_raw(form, [jpeg], orientation))
        assert (image.format, image.width, image.height) == (form.name, 192, 128)
        assert np.abs(image.views[WHOLE].astype(int) - np.asarray(UPRIGHT)).mean() < 2


def test_where_the_file_says_nothing_the_previews_own_turn_counts() -> None:
    jpeg = encoded(UPRIGHT, exif=b"Exif\0\0" + exif(6, "<"))
    assert (decoded(camera_raw(DNG, [jpeg])).width, decoded(camera_raw(DNG, [jpeg], 1)).width) == (128, 192)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_the_largest_preview_is_taken_wherever_it_stands(form: RawForm) -> None:
    jpegs = [encoded(scene(side * 3, side * 2)) for side in (20, 64, 40)]
    for at in range(3):
        image = decoded(camera_raw(form, jpegs[at:] + jpegs[:at]))
        assert (image.width, image.height) == (192, 128)


def test_a_lossless_jpeg_which_is_the_sensors_is_no_preview() -> None:
    lossless = bytearray(encoded(scene(400, 400)))
    lossless[lossless.index(b"\xff\xc0") + 1] = 0xC3
    assert decoded(camera_raw(DNG, [bytes(lossless), encoded(UPRIGHT)])).width == 192
    refused = refusal(camera_raw(DNG, [bytes(lossless)]))
    assert (refused.reason, "DNG without an embedded JPEG" in refused.detail) == (Reason.UNSUPPORTED_FORMAT, True)


def test_a_raw_file_that_ends_before_a_preview_does_is_corrupt() -> None:
    data = camera_raw(FORMS[2], [encoded(UPRIGHT)])
    start = data.index(b"\xff\xd8\xff")
    first = int.from_bytes(data[4:8], "big")
    # The directories stand last here; in a camera's file they come first.
    moved = data[:start] + data[start + 2000 :]
    assert raw_file(data[: first + 20]) is None or refusal(data[: first + 20]).reason is Reason.CORRUPT_IMAGE
    assert refusal(moved).reason in {Reason.CORRUPT_IMAGE, Reason.UNSUPPORTED_FORMAT}


def test_an_ordinary_tiff_is_decoded_itself() -> None:
    for options in ({}, {"compression": "jpeg"}, {"compression": "tiff_lzw"}):
        data = encoded(UPRIGHT, "TIFF", **options)
        assert raw_file(data) is None
        assert decoded(data).format == "TIFF"


def test_directories_that_lead_to_each_other_come_to_an_end() -> None:
    chance = random.Random(1)  # noqa: S311 - the same damage at every run
    whole = camera_raw(FORMS[3], [encoded(UPRIGHT), encoded(scene(30, 30))])
    first = int.from_bytes(whole[4:8], "little")
    for _ in range(500):
        data = bytearray(whole)
        for _ in range(6):
            data[chance.randrange(first - 200, len(data))] = chance.choice([0, 8, 255, first & 255, first >> 8])
        raw_file(bytes(data))

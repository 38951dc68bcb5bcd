"""JPEG XL is read as it is meant: turned once, within the limits, whole or not at all, and only with the extra."""

import struct
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from infra.errors import Rejected
from processors.imaging.decoding import jpeg_xl
from processors.imaging.decoding.decode import decode
from processors.imaging.decoding.decoder import Decoder
from processors.imaging.decoding.processes.pool import DecoderPool
from processors.imaging.views import Crop, Pixels, Within
from schemas.dead_letters import Reason
from tests.fakes.jpeg_xl import claim, contained, jxl, jxl_of_jpeg
from tests.fakes.noted_pictures import FULL
from tests.fakes.pictures import quarters, scene

WHOLE = Within(4096)
MAX_PIXELS = 1_000_000
PICTURE = scene(192, 128)
LEVELS = np.asarray(PICTURE)


@pytest.fixture(scope="module")
def processes() -> Iterator[DecoderPool]:
    pool = DecoderPool(1, 300.0, MAX_PIXELS)
    yield pool
    pool.close()


def shown(data: bytes) -> Pixels:
    return decode(data, [WHOLE], MAX_PIXELS).views[WHOLE]


def refusal(data: bytes) -> Rejected:
    with pytest.raises(Rejected) as refused:
        decode(data, [WHOLE], MAX_PIXELS)
    return refused.value


def light(levels: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
    """Return the light of sRGB's levels (IEC 61966-2-1)."""
    shares = levels / 255
    return np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)


def test_without_loss_every_level_is_the_one_that_was_written() -> None:
    for data in (jxl(PICTURE), contained(jxl(PICTURE)), contained(jxl(PICTURE), cuts=[7, 100])):
        assert np.array_equal(shown(data), LEVELS)
    assert np.array_equal(shown(jxl(PICTURE.convert("L")))[:, :, 0], np.asarray(PICTURE.convert("L")))
    assert np.array_equal(shown(jxl(np.stack([LEVELS, LEVELS[::-1]]))), LEVELS), "of an animation it is the first"


@pytest.mark.parametrize("kind", [np.uint16, np.float32])
def test_samples_that_are_light_are_shown_as_what_they_look_like(kind: type) -> None:
    bright = light(LEVELS)
    samples = np.rint(bright * 65535).astype(np.uint16) if kind is np.uint16 else bright.astype(np.float32)
    off = np.abs(shown(jxl(samples)).astype(int) - LEVELS)
    # Eight bits of light leave few levels in the dark.
    assert off.mean() < 1
    assert off.max() <= 13


@pytest.mark.parametrize("orientation", range(1, 9))
def test_one_made_of_a_jpeg_shows_the_same_turned_as_often(orientation: int, processes: DecoderPool) -> None:
    jpeg, data = jxl_of_jpeg(quarters(128).resize((128, 64)), orientation, quality=95, subsampling=0)
    ours, theirs = processes.decode(data, [WHOLE]), decode(jpeg, [WHOLE], MAX_PIXELS)
    assert (ours.format, ours.width, ours.height) == ("JXL", theirs.width, theirs.height)
    assert np.abs(ours.views[WHOLE].astype(int) - theirs.views[WHOLE]).mean() < 1


def test_what_is_clear_is_white() -> None:
    four = PICTURE.convert("RGBA")
    four.putalpha(Image.linear_gradient("L").resize(PICTURE.size))
    white = Image.new("RGBA", PICTURE.size, (255, 255, 255, 255))
    meant = np.asarray(Image.alpha_composite(white, four).convert("RGB")).astype(int)
    assert np.abs(shown(jxl(four)) - meant).max() <= 1


def test_more_pixels_than_allowed_are_refused_by_the_header_alone() -> None:
    for data in (claim(1001, 1000), contained(claim(2**30, 2**30)), jxl(np.zeros((1100, 1000), np.uint8))):
        assert refusal(data).reason is Reason.TOO_MANY_PIXELS


def test_more_samples_than_fit_are_refused_by_the_header_alone() -> None:
    refused = refusal(claim(1000, 1000, extra_channels=64))
    assert refused.reason is Reason.DECODE_OUT_OF_MEMORY
    assert "1000 x 1000 pixels of 67 samples of 8 bits" in refused.detail


@given(st.integers(2, 10**9))
@settings(max_examples=30, deadline=None)
def test_one_that_ends_early_is_corrupt(cut: int) -> None:
    data = jxl(PICTURE)
    assert refusal(data[: 2 + cut % (len(data) - 3)]).reason is Reason.CORRUPT_IMAGE


def test_a_header_that_differs_from_what_is_decoded_is_no_way_around_the_limits() -> None:
    """Of several codestreams in a container the first counts, for us as for the decoder."""
    small, large = jxl(np.zeros((8, 8), np.uint8)), jxl(np.zeros((1100, 1000), np.uint8))
    data = contained(small) + struct.pack(">I", 8 + len(large)) + b"jxlc" + large
    assert shown(data).shape == (8, 8, 3)


def test_its_container_may_tell_when_and_with_what_it_was_taken() -> None:
    assert decode(contained(jxl(PICTURE), exif=FULL), [WHOLE], MAX_PIXELS).notes.camera == "Apple iPhone 12"


def test_where_the_extra_is_missing_the_rejection_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jpeg_xl, "can_read_jxl", lambda: False)
    for data in (jxl(PICTURE), contained(jxl(PICTURE))):
        refused = refusal(data)
        assert refused.reason is Reason.UNSUPPORTED_FORMAT
        assert refused.detail.startswith("JPEG XL is not read here")
        assert "pip install 'vedette[jxl]'" in refused.detail
        with pytest.raises(Rejected, match="vedette\\[jxl\\]"):
            Decoder(MAX_PIXELS, None).decode(data, [Crop(64, 56)])

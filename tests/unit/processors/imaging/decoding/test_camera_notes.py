"""What a camera noted is told from every format that has room for it, and no such note ever costs a picture."""

import struct
from collections.abc import Iterator
from functools import cache

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from processors.imaging.decoding.decode import decode
from processors.imaging.decoding.decoder import Decoder
from processors.imaging.decoding.processes.pool import DecoderPool
from processors.imaging.views import Pixels, Within
from schemas.camera_notes import NO_NOTES, CameraNotes, Location
from tests.fakes.camera_raws import FORMS, camera_raw
from tests.fakes.exif import LONG, MODEL, Value, exif, text
from tests.fakes.noted_pictures import BESIDE, EVERY, FULL, MOST_BYTES
from tests.fakes.pictures import encoded, quarters
from tests.unit.processors.imaging.exif.test_notes import directories, orders

pytestmark = pytest.mark.filterwarnings(r"ignore:::PIL\.")

WHOLE = Within(4096)
MAX_PIXELS = 1_000_000
PICTURE = quarters(64)
TOLD = CameraNotes(
    taken_at="2024-05-01T12:30:00+02:00",
    camera="Apple iPhone 12",
    location=Location(lat=52.520094, lon=13.41),
)
ORIENTATION, RESOLUTION, UNIT = 0x0112, 0x011A, 0x0128


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    processes = DecoderPool(1, 300.0, MAX_PIXELS)
    yield Decoder(MAX_PIXELS, processes)
    processes.close()


@pytest.mark.parametrize("kind", EVERY)
def test_time_camera_and_place_are_told_by_every_format_and_by_either_way(kind: str, decoder: Decoder) -> None:
    data = EVERY[kind](PICTURE, FULL)
    for image in (decode(data, [WHOLE], MAX_PIXELS), decoder.decode(data, [WHOLE])):
        assert image.notes == TOLD


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_a_raw_file_tells_its_own_notes(form: object, decoder: Decoder) -> None:
    jpeg = EVERY["JPEG"](PICTURE, exif({MODEL: text("another")}))
    image = decoder.decode(camera_raw(form, [jpeg], 6), [WHOLE])  # type: ignore[arg-type]
    assert image.notes == CameraNotes(camera=form.maker.decode())  # type: ignore[attr-defined]


def test_a_picture_without_exif_tells_nothing(decoder: Decoder) -> None:
    for kind in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"):
        assert decoder.decode(encoded(PICTURE, kind), [WHOLE]).notes == NO_NOTES


def hostile() -> st.SearchStrategy[bytes]:
    """Return strategies for EXIF of wrong types, counts, places and circles, and for what is no EXIF at all."""
    no_turns = directories.map(lambda found: {tag: value for tag, value in found.items() if tag != ORIENTATION})
    built = st.builds(exif, no_turns, st.none() | directories, st.none() | directories, orders)
    cut = st.tuples(built, st.integers(0, 200)).map(lambda pair: pair[0][: pair[1]])
    return st.one_of(built, cut, st.binary(max_size=40)).filter(lambda notes: 0 < len(notes) <= MOST_BYTES)


# A resolution that is a byte: Pillow asks it for its second part, and gives up the picture.
BYTE_RESOLUTION = exif({RESOLUTION: Value(1, b"\1", 1), UNIT: Value(3, b"\2\0", 1)})
ENDLESS = exif({MODEL: Value(2, b"", 2**32 - 1, at=2**32 - 1), UNIT: Value(LONG, struct.pack("<I", 8), 2**31)})


@cache
def sound(kind: str) -> Pixels:
    """Return how the picture looks beside EXIF that is as it should be."""
    return decode(BESIDE[kind](PICTURE, FULL), [WHOLE], MAX_PIXELS).views[WHOLE]


@pytest.mark.parametrize("kind", BESIDE)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(notes=hostile())
@example(notes=BYTE_RESOLUTION)
@example(notes=ENDLESS)
@example(notes=b"II*\0")
@example(notes=b"Exif\0\0II*\0\xff\xff\xff\xff")
def test_whatever_exif_holds_the_picture_is_read_as_it_is(kind: str, notes: bytes) -> None:
    image = decode(BESIDE[kind](PICTURE, notes), [WHOLE], MAX_PIXELS)
    assert np.array_equal(image.views[WHOLE], sound(kind))
    assert CameraNotes.model_validate_json(image.notes.model_dump_json()) == image.notes


@pytest.mark.parametrize("kind", ["JPEG", "MPO"])
def test_a_jpeg_that_a_parser_stumbles_over_keeps_its_turn_and_its_notes(kind: str) -> None:
    stumbling = {RESOLUTION: Value(1, b"\1", 1), UNIT: Value(3, b"\2\0", 1)}
    notes = exif({ORIENTATION: Value(3, b"\6\0", 1), MODEL: text("E-PL1"), **stumbling})
    image = decode(BESIDE[kind](quarters(64).resize((64, 32)), notes), [WHOLE], MAX_PIXELS)
    assert (image.width, image.height, image.notes.camera) == (32, 64, "E-PL1")


@pytest.mark.parametrize("size", [65_000, 10_000_000])
def test_much_exif_is_no_more_than_what_is_asked_of_it(size: int, decoder: Decoder) -> None:
    notes = exif({MODEL: text("x" * size)}, {0x9003: text("2024:05:01 12:30:00")})
    kinds = ["PNG", "WebP", "JPEG 2000", "PSD", "HEIC", *(["JPEG"] if size < 65_500 else [])]
    for kind in kinds:
        assert decoder.decode(BESIDE[kind](PICTURE, notes), [WHOLE]).notes.camera == "x" * 128, kind

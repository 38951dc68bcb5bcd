"""What EXIF says is read where it can be true, and left out where it cannot, whatever the bytes are."""

import struct
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.imaging.exif.notes import notes_in
from schemas.camera_notes import MOST_CAMERA_CHARACTERS, NO_NOTES, CameraNotes, Location
from tests.fakes.exif import (
    ASCII,
    DOUBLE,
    EXIF_DIRECTORY,
    FLOAT,
    GPS_DIRECTORY,
    LONG,
    MAKE,
    MODEL,
    RATIONAL,
    SHORT,
    SRATIONAL,
    UNDEFINED,
    Value,
    exif,
    positioned,
    ratios,
    text,
)

TAKEN, FRACTION, OFFSET, DIGITAL = 0x9003, 0x9291, 0x9011, 0x9004
BERLIN = ((52, 1), (31, 1), (1234, 100)), ((13, 1), (24, 1), (36, 1))
orders = st.sampled_from("<>")
# Digits all the same, to Python.
ARABIC = {ord("0") + digit: 0x0660 + digit for digit in range(10)}


def taken(moment: str, *, fraction: str | None = None, offset: str | None = None) -> CameraNotes:
    own = {TAKEN: text(moment)}
    own |= {tag: text(said) for tag, said in ((FRACTION, fraction), (OFFSET, offset)) if said is not None}
    return notes_in(exif({}, own))


@given(
    orders,
    st.datetimes(min_value=datetime(1826, 1, 1), max_value=datetime(9998, 12, 31)),
    st.integers(-14 * 60, 14 * 60),
)
def test_a_moment_is_read_as_it_was_written(order: str, moment: datetime, ahead: int) -> None:
    offset = f"{'-' if ahead < 0 else '+'}{abs(ahead) // 60:02}:{abs(ahead) % 60:02}"
    own = {TAKEN: text(moment.strftime("%Y:%m:%d %H:%M:%S").rjust(19, "0")), OFFSET: text(offset)}
    own[FRACTION] = text(f"{moment.microsecond:06}")
    told = notes_in(exif({}, own, order=order))
    assert told.taken_at is not None
    back = datetime.fromisoformat(told.taken_at)
    assert (back.replace(tzinfo=None), back.utcoffset(), told.taken_at_local) == (
        moment,
        datetime.fromisoformat(f"2024-01-01T00:00:00{offset}").utcoffset(),
        None,
    )


def test_a_moment_without_an_offset_is_marked_as_local() -> None:
    told = taken("2024:05:01 12:30:00")
    assert (told.taken_at, told.taken_at_local) == ("2024-05-01T12:30:00", True)


@pytest.mark.parametrize(
    ("offset", "shown"),
    [("+02:00", "+02:00"), ("-0330", "-03:30"), ("Z", "+00:00"), ("+15:00", ""), ("+02:60", ""), ("?", "")],
)
def test_an_offset_counts_where_it_is_one(offset: str, shown: str) -> None:
    told = taken("2024:05:01 12:30:00", offset=offset, fraction="25")
    assert told.taken_at == f"2024-05-01T12:30:00.250000{shown}"
    assert told.taken_at_local == (None if shown else True)


@pytest.mark.parametrize(
    "moment",
    [
        "0000:00:00 00:00:00",
        "0001:01:01 00:00:00",
        "1825:12:31 23:59:59",
        "9999:12:31 23:59:59",
        "2024:02:30 12:00:00",
        "2024:13:01 12:00:00",
        "2024:05:01 24:00:00",
        "2024:05:01 12:00:60",
        "2024:05:01",
        "    :  :     :  :  ",
        "2024:05:01 12:30:00".translate(ARABIC),
        "2024:05:01 12:30:00 or so",
        "x" * 10_000_000,
    ],
)
def test_what_is_no_moment_is_left_out(moment: str) -> None:
    assert taken(moment) == NO_NOTES


def test_where_nobody_says_when_it_was_taken_the_time_of_its_digitisation_is_told() -> None:
    own = {TAKEN: text("0000:00:00 00:00:00"), DIGITAL: text("2001:01:01 00:00:00")}
    assert notes_in(exif({}, own)).taken_at == "2001-01-01T00:00:00"


@pytest.mark.parametrize(
    ("make", "model", "camera"),
    [
        ("Apple", "iPhone 12", "Apple iPhone 12"),
        ("Canon", "Canon EOS 400D", "Canon EOS 400D"),
        ("NIKON CORPORATION", "NIKON D70", "NIKON D70"),
        ("", "E-PL1", "E-PL1"),
        ("SONY", "", "SONY"),
        ("  OLYMPUS  IMAGING CORP.  ", " E-PL1 ", "OLYMPUS IMAGING CORP. E-PL1"),
        ("ev\x01il\x1b[31m", "co\r\nde\u202e\u200b", "evil[31m co de"),
        ("\x07", "\x7f\u0085", None),
        ("", "", None),
    ],
)
def test_a_camera_is_its_make_and_model_without_what_cannot_be_shown(make: str, model: str, camera: str | None) -> None:
    assert notes_in(exif({MAKE: text(make), MODEL: text(model)})).camera == camera


def test_a_camera_name_of_ten_megabytes_is_cut() -> None:
    camera = notes_in(exif({MAKE: text("M" * 10_000_000), MODEL: text("m " * 5_000_000)})).camera
    assert camera is not None
    assert len(camera) <= MOST_CAMERA_CHARACTERS


def test_a_text_ends_at_its_first_nul_and_may_be_of_another_encoding() -> None:
    told = notes_in(exif({MAKE: text(b"M\xfcller\0hidden"), MODEL: text("Größe")}))
    assert told.camera == "Müller Größe"


@given(orders, st.tuples(st.integers(0, 89), st.integers(0, 59), st.integers(0, 5999)), st.sampled_from(["NE", "SW"]))
def test_a_place_is_read_as_it_was_written(order: str, at: tuple[int, int, int], sides: str) -> None:
    degrees, minutes, hundredths = at
    numbers = ((degrees, 1), (minutes, 1), (hundredths, 100))
    told = notes_in(exif({}, place=positioned(order, numbers, numbers, sides), order=order)).location
    expected = (degrees + minutes / 60 + hundredths / 360_000) * (1 if sides == "NE" else -1)
    if not any(at):
        assert told is None
    else:
        assert told is not None
        assert (told.lat, told.lon) == pytest.approx((expected, expected), abs=1e-6)


@pytest.mark.parametrize(
    "place",
    [
        positioned("<", ((999, 1), (0, 1), (0, 1)), BERLIN[1]),
        positioned("<", BERLIN[0], ((181, 1), (0, 1), (0, 1))),
        positioned("<", ((90, 1), (0, 1), (1, 1)), BERLIN[1]),
        positioned("<", ((52, 0), (31, 1), (0, 1)), BERLIN[1]),
        positioned("<", ((0, 0), (0, 0), (0, 0)), BERLIN[1]),
        positioned("<", ((52, 1), (99, 1), (0, 1)), BERLIN[1]),
        positioned("<", *BERLIN, sides="XE"),
        positioned("<", *BERLIN, sides="EN"),
        positioned("<", ((0, 1),) * 3, ((0, 1),) * 3),
        positioned("<", BERLIN[0][:2], BERLIN[1]),
        positioned("<", *BERLIN) | {2: ratios("<", (-52, 1), (31, 1), (0, 1), kind=SRATIONAL)},
        positioned("<", *BERLIN) | {2: Value(FLOAT, struct.pack("<fff", float("nan"), 0, 0), 3)},
        positioned("<", *BERLIN) | {2: Value(DOUBLE, struct.pack("<ddd", float("inf"), 0, 0), 3)},
        positioned("<", *BERLIN) | {2: Value(RATIONAL, b"", 3, at=2**32 - 1)},
        positioned("<", *BERLIN) | {2: Value(RATIONAL, b"", 2**32 - 1, at=8)},
        positioned("<", *BERLIN) | {9: text("V")},
        {2: positioned("<", *BERLIN)[2], 4: positioned("<", *BERLIN)[4]},
    ],
)
def test_what_is_no_place_is_left_out(place: dict[int, Value]) -> None:
    assert notes_in(exif({MODEL: text("E-PL1")}, place=place)) == CameraNotes(camera="E-PL1")


def test_a_place_with_a_fix_is_told_to_a_few_centimetres() -> None:
    told = notes_in(exif({}, place=positioned("<", *BERLIN) | {9: text("A")}))
    assert told.location == Location(lat=52.520094, lon=13.41)


@pytest.mark.parametrize("order", ["<", ">"])
def test_directories_that_lead_in_a_circle_are_read_once(order: str) -> None:
    loops = {tag: Value(LONG, struct.pack(order + "I", 8), 1) for tag in (EXIF_DIRECTORY, GPS_DIRECTORY)}
    assert notes_in(exif({MODEL: text("E-PL1"), **loops}, order=order)).camera == "E-PL1"


@pytest.mark.parametrize("kind", [0, SHORT, LONG, RATIONAL, UNDEFINED, FLOAT, 14, 65535])
def test_a_value_of_another_type_is_left_out(kind: int) -> None:
    assert (
        notes_in(exif({MODEL: Value(kind, b"E-PL1\0\0\0", 8)}, {TAKEN: Value(kind, b"2024:05:01 12:30:00\0", 20)}))
        == NO_NOTES
    )


def test_exif_in_a_big_tiff_is_read() -> None:
    head = b"II+\0" + struct.pack("<HHQ", 8, 0, 16)
    entry = struct.pack("<HHQ8s", MODEL, ASCII, 6, b"E-PL1\0")
    assert notes_in(head + struct.pack("<Q", 1) + entry + bytes(8)).camera == "E-PL1"


values: st.SearchStrategy[Value] = st.builds(
    Value,
    kind=st.one_of(
        st.sampled_from([ASCII, SHORT, LONG, RATIONAL, SRATIONAL, FLOAT, DOUBLE, 129]), st.integers(0, 65535)
    ),
    body=st.one_of(st.binary(max_size=64), st.text(max_size=40).map(lambda words: words.encode()[:60])),
    count=st.one_of(st.integers(0, 40), st.integers(0, 2**32 - 1)),
    at=st.one_of(st.none(), st.integers(0, 600), st.integers(0, 2**32 - 1)),
)
tags = st.one_of(
    st.sampled_from([MAKE, MODEL, EXIF_DIRECTORY, GPS_DIRECTORY, TAKEN, FRACTION, OFFSET, DIGITAL, 1, 2, 3, 4, 9]),
    st.integers(0, 65535),
)
directories = st.dictionaries(tags, values, max_size=12)


@given(
    st.builds(exif, directories, st.none() | directories, st.none() | directories, orders),
    st.sampled_from([b"", b"Exif\0\0", b"Exif\0\0Exif\0\0"]),
    st.integers(0, 2000),
)
def test_whatever_the_directories_hold_only_what_can_be_told_is(written: bytes, start: bytes, kept: int) -> None:
    for data in (start + written, (start + written)[:kept]):
        told = notes_in(data)
        assert CameraNotes.model_validate_json(told.model_dump_json()) == told


@given(st.binary(max_size=300))
def test_no_bytes_at_all_make_it_stumble(data: bytes) -> None:
    for start in (b"", b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08", b"II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0"):
        notes_in(start + data)


def told(**fields: Any) -> CameraNotes:
    return CameraNotes.model_validate(fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"taken_at": "2024-02-30T12:00:00"},
        {"taken_at": "0000-01-01T00:00:00"},
        {"taken_at": "9999-12-31T23:59:59-14:00"},
        {"taken_at": "2024-05-01T12:00:00+99:00"},
        {"taken_at": "2024-05-01T12:00:00".translate(ARABIC)},
        {"taken_at": "2024-05-01"},
        {"camera": "a\0b"},
        {"camera": ""},
        {"camera": "x" * (MOST_CAMERA_CHARACTERS + 1)},
        {"location": {"lat": 999, "lon": 0}},
        {"location": {"lat": float("nan"), "lon": 0}},
        {"location": {"lat": 0, "lon": float("inf")}},
    ],
)
def test_no_process_and_no_producer_can_tell_what_no_store_could_keep(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        told(**fields)

"""When, with what and where a picture was taken, as its EXIF says (CIPA DC-008, EXIF 2.32 and 3.0)."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

from processors.imaging.exif.directories import Directory, ExifReader
from schemas.camera_notes import FIRST_YEAR, LATEST_YEAR, MOST_CAMERA_CHARACTERS, NO_NOTES, CameraNotes, Location

MAKE, MODEL, EXIF_DIRECTORY, GPS_DIRECTORY = 0x010F, 0x0110, 0x8769, 0x8825
# The moment, the fractions of its second and its offset from UTC: when it was taken, or else when it became digital.
MOMENTS = ((0x9003, 0x9291, 0x9011), (0x9004, 0x9292, 0x9012))
NORTH_SOUTH, LATITUDE, EAST_WEST, LONGITUDE, FIX = 1, 2, 3, 4, 9
NO_FIX = "V"
LONGEST_OFFSET_H = 14
DECIMALS = 6

_MOMENT = re.compile(r"([0-9]{4})[:/.-]([0-9]{2})[:/.-]([0-9]{2})[ T]([0-9]{2}):([0-9]{2}):([0-9]{2})")
_OFFSET = re.compile(r"([+-])([0-9]{2}):?([0-9]{2})")
_FRACTION = re.compile(r"[0-9]+")


def notes_in(exif: bytes) -> CameraNotes:
    """Return what ``exif`` says; what cannot be read, or cannot be true, is left out."""
    reader = ExifReader(exif)
    first = reader.first()
    if not first:
        return NO_NOTES
    own = reader.directory(reader.number(first.get(EXIF_DIRECTORY)))
    place = reader.directory(reader.number(first.get(GPS_DIRECTORY)))
    moment = next(_moments(reader, own, first), None)
    return CameraNotes(
        taken_at=None if moment is None else moment.isoformat(),
        taken_at_local=True if moment is not None and moment.tzinfo is None else None,
        camera=_camera(reader, first),
        location=_location(reader, place),
    )


def _moments(reader: ExifReader, *directories: Directory) -> Iterator[datetime]:
    for moment, fraction, offset in MOMENTS:
        for directory in directories:
            texts = (reader.text(directory.get(tag)).strip() for tag in (moment, fraction, offset))
            if (found := _moment(*texts)) is not None:
                yield found


def _moment(text: str, fraction: str, offset: str) -> datetime | None:
    found = _MOMENT.fullmatch(text)
    if found is None or not FIRST_YEAR <= int(found[1]) <= LATEST_YEAR:
        return None
    micros = int(fraction[:6].ljust(6, "0")) if _FRACTION.fullmatch(fraction) else 0
    try:
        return datetime(*map(int, found.groups()), micros, tzinfo=_zone(offset))  # type: ignore[arg-type,misc]
    except ValueError:
        # No such day or hour.
        return None


def _zone(offset: str) -> timezone | None:
    if offset == "Z":
        return UTC
    found = _OFFSET.fullmatch(offset)
    if found is None or int(found[2]) > LONGEST_OFFSET_H or int(found[3]) >= 60:
        return None
    ahead = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return timezone(-ahead if found[1] == "-" else ahead)


def _camera(reader: ExifReader, first: Directory) -> str | None:
    """Return make and model as one text; a model that begins with a word of its make stands alone."""
    make, model = (_plain(reader.text(first.get(tag))) for tag in (MAKE, MODEL))
    repeats = model.partition(" ")[0].casefold() in make.casefold().split()
    named = model if repeats else f"{make} {model}"
    return named.strip()[:MOST_CAMERA_CHARACTERS].strip() or None


def _plain(text: str) -> str:
    """Return a text without control characters and what else shows nothing, its words one space apart."""
    shown = (" " if sign.isspace() else sign for sign in text if sign.isspace() or unicodedata.category(sign)[0] != "C")
    return " ".join("".join(shown).split())


def _location(reader: ExifReader, place: Directory) -> Location | None:
    if reader.text(place.get(FIX)).strip() == NO_FIX:
        return None
    lat = _degrees(reader, place, LATITUDE, NORTH_SOUTH, "NS", 90)
    lon = _degrees(reader, place, LONGITUDE, EAST_WEST, "EW", 180)
    # Where there was no fix, many write zeros.
    if lat is None or lon is None or (lat, lon) == (0, 0):
        return None
    return Location(lat=lat, lon=lon)


def _degrees(reader: ExifReader, place: Directory, tag: int, side_tag: int, sides: str, most: int) -> float | None:
    """Return degrees, minutes and seconds as degrees, those to the south and west negative."""
    numbers = reader.ratios(place.get(tag), 3)
    side = reader.text(place.get(side_tag)).strip().upper()
    if numbers is None or len(side) != 1 or side not in sides:
        return None
    degrees, minutes, seconds = numbers
    whole = degrees + minutes / 60 + seconds / 3600
    if not (degrees >= 0 and 0 <= minutes <= 60 and 0 <= seconds <= 60 and whole <= most):
        return None
    return round(-whole if side == sides[1] else whole, DECIMALS)

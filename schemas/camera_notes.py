"""What a camera noted beside its picture: when, with what and where it was taken. Nobody vouches for any of it."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from schemas.images import Frozen

# No photograph is older, and beyond the latest year a moment in UTC could not be told.
FIRST_YEAR, LATEST_YEAR = 1826, 9998
MOST_CAMERA_CHARACTERS = 128


def _require_moment(text: str) -> str:
    """Return ``text`` unchanged; raises ``ValueError`` where it is no moment of a year that may be told."""
    if not FIRST_YEAR <= datetime.fromisoformat(text).year <= LATEST_YEAR:
        raise ValueError(f"is no moment between the years {FIRST_YEAR} and {LATEST_YEAR}")
    return text


TakenAt = Annotated[
    str,
    StringConstraints(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?([+-][0-9]{2}:[0-9]{2})?$"
    ),
    AfterValidator(_require_moment),
]
CameraName = Annotated[
    str, StringConstraints(min_length=1, max_length=MOST_CAMERA_CHARACTERS, pattern=r"^[^\x00-\x1f\x7f]+$")
]


class Location(Frozen):
    """A place on earth, in degrees (WGS 84)."""

    lat: float = Field(ge=-90, le=90, allow_inf_nan=False, description="Degrees north, negative in the south.")
    lon: float = Field(ge=-180, le=180, allow_inf_nan=False, description="Degrees east, negative in the west.")


class CameraNotes(Frozen):
    """What EXIF says of how a picture came about. What it does not say, or not readably, is absent."""

    taken_at: TakenAt | None = Field(
        default=None,
        description="When EXIF says that the picture was taken, in ISO 8601: with the offset from UTC if EXIF has one, "
        "otherwise the time that the camera's clock showed, without an offset.",
        examples=["2024-05-01T12:30:00+02:00"],
    )
    taken_at_local: bool | None = Field(
        default=None, description="True if `taken_at` has no offset: nobody knows in which time zone the clock was."
    )
    camera: CameraName | None = Field(
        default=None, description="The camera's make and model, as EXIF has them.", examples=["Apple iPhone 12"]
    )
    location: Location | None = Field(
        default=None,
        description="Where EXIF says that the picture was taken. Only in workspaces that keep locations.",
    )


NO_NOTES = CameraNotes()

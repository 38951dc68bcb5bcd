"""Moments as callers write them: RFC 3339 with a time zone, and nothing else that could be taken for one."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AwareDatetime, BeforeValidator


def _refuse_number(value: object) -> object:
    """Pydantic would take a number, written or not, for seconds or milliseconds since 1970, as it thinks fit."""
    if isinstance(value, (int, float)) or (isinstance(value, str) and _is_number(value)):
        raise ValueError("Write a date and time with a time zone, for example 2026-03-01T00:00:00Z.")
    return value


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


Moment = Annotated[AwareDatetime, BeforeValidator(_refuse_number)]


def in_utc(moment: datetime | None) -> datetime | None:
    """Return the moment; one without a time zone is in UTC, as drivers give them and people mean them."""
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment

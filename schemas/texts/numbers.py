"""Numbers as callers write them in JSON, where 24 and 24.0 are the same."""

from typing import Annotated

from pydantic import BeforeValidator, Field


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


WholeNumber = Annotated[int, Field(strict=True), BeforeValidator(_whole)]
"""A whole number, and no text or truth value that could be taken for one."""

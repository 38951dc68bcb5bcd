"""Whole numbers as JSON has them: 24.0 is one, and text or a truth value is none."""

import pytest
from pydantic import TypeAdapter, ValidationError

from schemas.texts.numbers import WholeNumber

WHOLE: TypeAdapter[int] = TypeAdapter(WholeNumber)


@pytest.mark.parametrize("text", ["24", "24.0", "2.4e1"])
def test_each_way_to_write_a_whole_number_is_taken(text: str) -> None:
    assert WHOLE.validate_json(text) == 24


@pytest.mark.parametrize("text", ['"24"', "true", "24.5", "null", "[24]"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        WHOLE.validate_json(text)

"""What is wrong with one field of a request, in words for people, with an example of what is right."""

from collections.abc import Mapping, Sequence
from typing import Any

Location = Sequence[int | str]

MOMENT = ("This is not a point in time. Send date, time and time zone in ISO 8601.", "2026-03-01T12:00:00Z")
WHOLE = ("This is not a whole number.", "50")
NUMBER = ("This is not a number.", "0.5")
TRUTH = ("This is neither true nor false.", "true")
TEXT = ("This is not text.", "shop")
LIST = ("This is not a list.", '["…"]')
OBJECT = ("This is not a JSON object.", '{{"name": "value"}}')
ID = ("This is not an id.", "0b8f4a5e-6c7d-4e5f-8a9b-0c1d2e3f4a5b")
NO_JSON = ("The body is not valid JSON.", '{{"name": "value"}}')

# By pydantic's kinds of error; what is in single braces stands in an error's context.
WORDS: Mapping[str, tuple[str, str | None]] = {
    "missing": ("This field is required.", None),
    "extra_forbidden": ("There is no such field. Leave it out, or check the spelling.", None),
    "union_tag_invalid": ("The field {discriminator} in this must be one of {expected_tags}.", None),
    "union_tag_not_found": ("This needs the field {discriminator}, which says of which kind it is.", None),
    "enum": ("This must be one of {expected}.", None),
    "literal_error": ("This must be one of {expected}.", None),
    "greater_than_equal": ("This is too small: it must be at least {ge}.", "{ge}"),
    "greater_than": ("This is too small: it must be more than {gt}.", None),
    "less_than_equal": ("This is too large: it must be at most {le}.", "{le}"),
    "less_than": ("This is too large: it must be less than {lt}.", None),
    "string_too_short": ("This is too short: it must have at least {min_length} characters.", None),
    "string_too_long": ("This is too long: it must have at most {max_length} characters.", None),
    "too_short": ("These are too few: there must be at least {min_length}.", None),
    "too_long": ("These are too many: there must be at most {max_length}.", None),
    "string_pattern_mismatch": ("This does not match the required pattern: {pattern}.", None),
    "string_unicode": ("This contains invalid characters. Send text in UTF-8.", None),
    "string_type": TEXT,
    "string_sub_type": TEXT,
    "bytes_type": TEXT,
    "datetime_type": MOMENT,
    "datetime_parsing": MOMENT,
    "datetime_from_date_parsing": MOMENT,
    "datetime_object_invalid": MOMENT,
    "timezone_naive": ("This time has no time zone. Add Z or an offset from UTC.", MOMENT[1]),
    "timezone_aware": MOMENT,
    "date_type": MOMENT,
    "date_parsing": MOMENT,
    "int_type": WHOLE,
    "int_parsing": WHOLE,
    "int_parsing_size": WHOLE,
    "int_from_float": WHOLE,
    "float_type": NUMBER,
    "float_parsing": NUMBER,
    "finite_number": NUMBER,
    "bool_type": TRUTH,
    "bool_parsing": TRUTH,
    "list_type": LIST,
    "tuple_type": LIST,
    "set_type": LIST,
    "frozen_set_type": LIST,
    "dict_type": OBJECT,
    "model_type": OBJECT,
    "model_attributes_type": OBJECT,
    "dataclass_type": OBJECT,
    "uuid_type": ID,
    "uuid_parsing": ID,
    "json_invalid": NO_JSON,
}
NO_TYPE = "The body must be JSON, and this header must say so. For example: application/json"
NO_BODY = "The body is missing. Send a JSON object. For example: {}"


def told(kind: str, message: str, context: Mapping[str, Any] | None = None, example: object = None) -> str:
    """Return what to tell of an error of pydantic's: what is wrong, and then ``example``, or one of the kind's own.

    Our own checks have said it in words already; a kind without words keeps pydantic's, which repeat nothing sent.
    """
    if kind == "value_error":
        return _with_example(_own_words(message), example)
    if kind not in WORDS:
        # Whatever braces it holds were sent, and stand for nothing.
        return _with_example(sentence(message), example)
    words, usual = WORDS[kind]
    values = {name: value for name, value in (context or {}).items() if name != "error"}
    return _with_example(words.format_map(values), example or (usual and usual.format_map(values)))


def _own_words(message: str) -> str:
    own = message.removeprefix("Value error, ")
    if own.startswith("value is not a valid email address"):
        return "This is not an e-mail address."
    return sentence(own)


def sentence(text: str) -> str:
    """Return ``text`` as a sentence of its own."""
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith((".", "!", "?", ")")) else ".")


def _with_example(words: str, example: object) -> str:
    return words if example in (None, "") else f"{words} For example: {example}"

"""Messages as they come off the wire: any producer's bytes become a reference, or an error that names the field."""

from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails, from_json

from schemas.dead_letters import Reason
from schemas.images import ImageIdentity, ImageReference, identity_of
from schemas.texts.masking import mask_secrets
from schemas.topics import FOREIGN_BATCH_BYTES, MAX_REFERENCE_BYTES

# Confluent's serializers put a magic byte, zero, and a four-byte schema id before the JSON.
FRAME_BYTES = 5
MAGIC = b"\0"
MAX_PROBLEMS_TOLD = 5
MAX_NAME_CHARACTERS = 64
METADATA_PROBLEM = "must be text of at most 1024 characters, a number, true or false"
TOO_LARGE = f"the message is larger than {MAX_REFERENCE_BYTES} bytes"


class InvalidReference(ValueError):
    """A message is not an image reference.

    ``detail`` names the fields at fault and never repeats what they hold; ``identity`` is the image it was about,
    where owner and name can still be told.
    """

    def __init__(self, reason: Reason, detail: str, identity: ImageIdentity | None = None) -> None:
        super().__init__(f"{reason.value}: {detail}")
        self.reason = reason
        self.detail = detail
        self.identity = identity


def parse_reference(value: bytes | None) -> ImageReference:
    """Parse the value of a message on a reference topic, framed by Confluent's serializer or not.

    Raises ``InvalidReference`` for everything else that a topic may hold; no bytes make it fail otherwise.
    """
    if value and len(value) > FOREIGN_BATCH_BYTES:
        # No producer can send it but compressed: it is not looked at any further.
        raise InvalidReference(Reason.INVALID_REFERENCE, TOO_LARGE)
    payload = _parse_object(value or b"")
    if value and len(value) > MAX_REFERENCE_BYTES:
        raise InvalidReference(Reason.INVALID_REFERENCE, TOO_LARGE, identity_of(payload))
    try:
        return ImageReference.model_validate(payload)
    except ValidationError as error:
        raise InvalidReference(Reason.INVALID_REFERENCE, describe(error), identity_of(payload)) from None


def identity_named(value: bytes | None) -> ImageIdentity | None:
    """Return the image that a message on a reference topic validly names, whatever else is wrong with it."""
    if value and len(value) > FOREIGN_BATCH_BYTES:
        return None
    try:
        return identity_of(_parse_object(value or b""))
    except InvalidReference:
        return None


def unframe(value: bytes) -> bytes:
    """Return ``value`` without Confluent's magic byte and schema id; JSON itself never starts with a zero byte."""
    return value[FRAME_BYTES:] if value[:1] == MAGIC else value


def describe(error: ValidationError) -> str:
    """Return one sentence: each field at fault and what is wrong with it, without the input."""
    problems = dict(_problem(details) for details in reversed(error.errors(include_url=False, include_input=False)))
    told = [f"{field}: {message}" for field, message in reversed(problems.items())]
    more = [f"and {len(told) - MAX_PROBLEMS_TOLD} more"] if len(told) > MAX_PROBLEMS_TOLD else []
    return mask_secrets("; ".join([*told[:MAX_PROBLEMS_TOLD], *more]))


def _parse_object(value: bytes) -> dict[str, Any]:
    if not value:
        raise InvalidReference(Reason.INVALID_JSON, "the message is empty")
    try:
        payload = from_json(unframe(value), allow_inf_nan=False)
    except ValueError as error:
        raise InvalidReference(Reason.INVALID_JSON, f"the message is not JSON: {error}") from None
    if not isinstance(payload, dict):
        raise InvalidReference(Reason.INVALID_REFERENCE, f"the message is {_kind(payload)}, not a JSON object")
    return payload


def _kind(payload: object) -> str:
    if payload is None:
        return "null"
    kinds = {bool: "true or false", int: "a number", float: "a number", str: "a text", list: "a list"}
    return kinds[type(payload)]


def _problem(details: ErrorDetails) -> tuple[str, str]:
    """Return the field and the message; the several ways in which one metadata value is none count once."""
    location = details["loc"]
    message = details["msg"].removeprefix("Value error, ")
    if location[0] == "metadata" and len(location) > 1:
        is_name = location[-1] == "[key]"
        location, message = location[:2], "the name is too long or empty" if is_name else METADATA_PROBLEM
    return ".".join(str(part)[:MAX_NAME_CHARACTERS] for part in location), message

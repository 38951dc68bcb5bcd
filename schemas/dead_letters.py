"""Why a message was not recognised, in words that programs can group by."""

from enum import StrEnum

DEFAULT_MAX_IMAGE_BYTES = 33_554_432


class Reason(StrEnum):
    """Reason codes of rejections; part of the event contract: add, never rename."""

    INVALID_JSON = "invalid_json"
    INVALID_REFERENCE = "invalid_reference"
    OWNER_NOT_ALLOWED = "owner_not_allowed"
    UNKNOWN_WORKSPACE = "unknown_workspace"
    SOURCE_NOT_ALLOWED = "source_not_allowed"
    ADDRESS_NOT_ALLOWED = "address_not_allowed"
    UNSUPPORTED_SCHEME = "unsupported_scheme"
    NOT_FOUND = "not_found"
    ACCESS_DENIED = "access_denied"
    SOURCE_UNAVAILABLE = "source_unavailable"
    TOO_LARGE = "too_large"
    EMPTY = "empty"
    UNSUPPORTED_FORMAT = "unsupported_format"
    TOO_MANY_PIXELS = "too_many_pixels"
    CORRUPT_IMAGE = "corrupt_image"
    DEADLINE_PASSED = "deadline_passed"
    CRASHED_WORKER = "crashed_worker"

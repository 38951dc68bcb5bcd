"""Page cursors: positions in a list, refused when altered, taken to another list, or beyond what a store can hold.

A cursor holds a position and nothing that grants access: the list it belongs to is checked again on every page. How one
is made is no secret: the API signs those that leave the platform.
"""

import base64
import binascii
import hashlib
from collections.abc import Sequence

import orjson

from infra.errors import InvalidCursor

DIGEST_BYTES = 16
# What both stores keep a whole number in.
INTEGERS = range(-(2**63), 2**63)
MESSAGE = "the cursor was altered or belongs to another list; leave it out to start at the first page"

Position = list[int | float | str | None]


def encode_cursor(listing: Sequence[object], position: Sequence[object]) -> str:
    """Return the cursor for ``position`` in the list that ``listing`` describes."""
    body = orjson.dumps(list(position))
    return base64.urlsafe_b64encode(_digest(listing, body) + body).decode().rstrip("=")


def decode_cursor(listing: Sequence[object], cursor: str, types: Sequence[type | tuple[type, ...]]) -> Position:
    """Return the position that ``cursor`` holds, of these ``types``; raises ``InvalidCursor`` for any other."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise InvalidCursor(MESSAGE) from None
    digest, body = raw[:DIGEST_BYTES], raw[DIGEST_BYTES:]
    if digest != _digest(listing, body):
        raise InvalidCursor(MESSAGE)
    try:
        position: Position = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise InvalidCursor(MESSAGE) from None
    if not isinstance(position, list) or len(position) != len(types) or not all(map(_fits, position, types)):
        raise InvalidCursor(MESSAGE)
    return position


def _fits(value: object, kind: type | tuple[type, ...]) -> bool:
    """Whether a store can be asked for this value; JSON's truth values are no numbers here."""
    if isinstance(value, bool) or not isinstance(value, kind):
        return False
    return not isinstance(value, int) or value in INTEGERS


def _digest(listing: Sequence[object], body: bytes) -> bytes:
    described = orjson.dumps([str(part) for part in listing])
    return hashlib.blake2b(described + b"\0" + body, digest_size=DIGEST_BYTES).digest()

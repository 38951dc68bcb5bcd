"""Keys in settings: 32 random bytes in Base64."""

import base64
from typing import Annotated

from pydantic import AfterValidator, SecretStr

KEY_BYTES = 32
# Of 32 random bytes more than 24 are different, but for one key in a great many.
FEWEST_DIFFERENT_BYTES = 16
HOW_TO_MAKE_A_KEY = "make one with `openssl rand -base64 32`, and keep a copy away from this machine"


def decode_key(key: SecretStr) -> bytes:
    """Return the 32 bytes of a key in Base64; raises ``ValueError`` for what is none, or is too weak to be one."""
    try:
        decoded = base64.b64decode(key.get_secret_value().strip(), validate=True)
    except ValueError:
        raise ValueError(f"is not Base64: {HOW_TO_MAKE_A_KEY}") from None
    if len(decoded) != KEY_BYTES:
        raise ValueError(f"has {len(decoded)} bytes and not {KEY_BYTES}: {HOW_TO_MAKE_A_KEY}")
    if len(set(decoded)) < FEWEST_DIFFERENT_BYTES:
        raise ValueError(f"is too weak to keep anything secret: {HOW_TO_MAKE_A_KEY}")
    return decoded


def _require_whole(key: SecretStr) -> SecretStr:
    decode_key(key)
    return key


Key = Annotated[SecretStr, AfterValidator(_require_whole)]
"""A key in a setting, refused at the start if it is none."""

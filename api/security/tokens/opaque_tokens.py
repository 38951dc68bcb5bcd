"""Random tokens that are found by their digest: refresh tokens and API keys.

Each holds 256 random bits, so that one round of SHA-256 is enough: there is nothing to guess that a slow hash would
protect, as there is with passwords.
"""

import hashlib
import secrets

SECRET_BYTES = 32


def new_secret(kind: str) -> str:
    """Return a new token; ``kind`` stands in front, so that one that leaked is recognised as what it is."""
    return f"{kind}_{secrets.token_urlsafe(SECRET_BYTES)}"


def digest_of(token: str) -> bytes:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode()).digest()

"""Page cursors as callers see them: signed, so that a store reads only positions that this platform gave out."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Sequence

from infra.cursors import MESSAGE
from infra.errors import InvalidCursor

PURPOSE = b"vedette page cursors"
SEAL_BYTES = 16


class CursorSeal:
    """Signs cursors with HMAC-SHA256, and takes back none but those that it signed.

    A cursor names its list and filter, and the signature covers it whole: nobody makes one, changes one, or takes one
    to another list. ``keys`` are secrets that all API processes share, the newest first; the newest signs and all
    count, so that cursors outlive a rotation.
    """

    def __init__(self, keys: Callable[[], Sequence[bytes]]) -> None:
        self._keys = keys

    def seal(self, cursor: str) -> str:
        """Return ``cursor`` as it may be shown."""
        return f"{_signature(self._keys()[0], cursor)}.{cursor}"

    def open(self, sealed: str) -> str:
        """Return the cursor that was sealed; raises ``InvalidCursor`` for any other text. Takes as long for each."""
        signature, _, cursor = sealed.partition(".")
        given = signature.encode(errors="surrogatepass")
        matches = [hmac.compare_digest(given, _signature(key, cursor).encode()) for key in self._keys()]
        if True not in matches:
            raise InvalidCursor(MESSAGE)
        return cursor


def _signature(key: bytes, cursor: str) -> str:
    digest = hmac.digest(key, cursor.encode(errors="surrogatepass"), hashlib.sha256)
    return base64.urlsafe_b64encode(digest[:SEAL_BYTES]).decode().rstrip("=")

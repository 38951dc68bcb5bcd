"""Exports through the API: how many at a time, and for as long as their callers may see what they hold."""

import time
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing

import structlog

from api.http.errors import Overloaded
from api.security.callers import Callers
from api.security.proofs import Proof
from api.security.tokens.access_tokens import InvalidToken
from infra.errors import TransientError, VedetteError
from infra.operations.export.service import Exporter, packed
from infra.settings.api import ApiSettings
from schemas.access.accounts import Principal
from schemas.queries import ResultQuery
from schemas.records.exports import ExportFormat

RECHECK_S = 10.0
# So long an export goes on while nobody can tell whether it may.
LONGEST_UNCHECKED_S = 60.0
RETRY_AFTER_S = 10

log = structlog.get_logger(__name__)


class AccessLost(VedetteError):
    """Whoever began an export may no longer see what it holds."""


class Exports:
    """Begins exports, and keeps to how many may run: in this process, and for each caller."""

    def __init__(self, exporter: Exporter, callers: Callers, settings: ApiSettings) -> None:
        self._exporter = exporter
        self._callers = callers
        self._settings = settings
        self._running: Counter[str] = Counter()

    @property
    def patience_s(self) -> float:
        """How long a caller may take to receive a part."""
        return self._settings.export_patience_s

    async def begin(
        self, query: ResultQuery, wanted: ExportFormat, caller: Principal, proof: Proof, *, compressed: bool
    ) -> "Export":
        """Return an export whose first part is there, to be closed; raises ``Overloaded`` and ``TransientError``."""
        self._take_place(caller.bucket)
        pieces = self._exporter.pieces(query, wanted)
        try:
            if compressed:
                pieces = packed(pieces)
            first = await anext(pieces)
        except BaseException:
            await pieces.aclose()
            self.leave(caller)
            raise
        return Export(self, caller, proof, first, pieces)

    def leave(self, caller: Principal) -> None:
        """Give back the place of one export."""
        self._running[caller.bucket] -= 1
        if not self._running[caller.bucket]:
            del self._running[caller.bucket]

    async def require_access(self, caller: Principal, proof: Proof) -> None:
        """Raise ``AccessLost`` where the caller's rights have changed, ``TransientError`` where nobody can tell.

        A token that was valid when the export began may expire meanwhile.
        """
        try:
            now = await self._callers.stands_for(proof)
        except InvalidToken:
            raise AccessLost("the log-in, key or account no longer counts") from None
        if now != caller:
            raise AccessLost("what the caller may see has changed")

    def _take_place(self, bucket: str) -> None:
        if self._running[bucket] >= self._settings.max_exports_per_caller:
            detail = (
                f"This account or API key has {self._settings.max_exports_per_caller} exports running, which is the "
                "most that one caller may have. Wait until one of them has ended."
            )
            raise Overloaded("busy", detail, RETRY_AFTER_S)
        if self._running.total() >= self._settings.max_exports:
            raise Overloaded("busy", "Too many exports are running. Try again in a moment.", RETRY_AFTER_S)
        self._running[bucket] += 1


class Export:
    """One export on its way to its caller. It holds a place until it is closed."""

    def __init__(
        self, exports: Exports, caller: Principal, proof: Proof, first: bytes, rest: AsyncGenerator[bytes, None]
    ) -> None:
        self._exports = exports
        self._caller = caller
        self._proof = proof
        self._first = first
        self._rest = rest
        self._checked_at = time.monotonic()
        self._is_open = True

    @property
    def patience_s(self) -> float:
        """How long the caller may take to receive a part."""
        return self._exports.patience_s

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """Yield the export; raises ``TransientError`` and ``AccessLost`` where it ends before it is whole."""
        yield self._first
        async with aclosing(self._rest):
            async for piece in self._rest:
                await self._check()
                yield piece

    async def close(self) -> None:
        """Read no further, and give the place back; may be called again."""
        if self._is_open:
            self._is_open = False
            self._exports.leave(self._caller)
            await self._rest.aclose()

    async def _check(self) -> None:
        since_s = time.monotonic() - self._checked_at
        if since_s < RECHECK_S:
            return
        try:
            await self._exports.require_access(self._caller, self._proof)
            self._checked_at = time.monotonic()
        except TransientError as error:
            if since_s > LONGEST_UNCHECKED_S:
                raise
            log.warning("export_access_not_checked", error=str(error))

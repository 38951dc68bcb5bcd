"""An export as the answer to a request: sent as fast as the caller takes it, and cut off where it cannot be whole."""

import asyncio
import re
from contextlib import aclosing

import structlog
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.exports.service import AccessLost, Export
from api.http.streaming import cut_off, until_gone
from infra.errors import TransientError
from schemas.records.exports import FILE_ENDINGS, MEDIA_TYPES, ExportFormat

MOST_BYTES_AT_ONCE = 65_536
NEVER = re.compile(r"q=0(\.0{0,3})?")

log = structlog.get_logger(__name__)


class ExportStream(Response):
    """An export as the answer to one request."""

    def __init__(self, export: Export, wanted: ExportFormat, *, compressed: bool) -> None:
        headers = {
            "Content-Disposition": f'attachment; filename="results.{FILE_ENDINGS[wanted]}"',
            "Vary": "Accept-Encoding",
            "X-Accel-Buffering": "no",
        }
        if compressed:
            headers["Content-Encoding"] = "gzip"
        super().__init__(headers=headers)
        self.headers["Content-Type"] = MEDIA_TYPES[wanted]
        del self.headers["content-length"]
        self._export = export

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the export ends or the caller goes away."""
        try:
            await until_gone(self._send_all(scope, send), receive)
        finally:
            await self._export.close()

    async def _send_all(self, scope: Scope, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        try:
            async with aclosing(self._export.pieces()) as pieces:
                async for piece in pieces:
                    for start in range(0, len(piece), MOST_BYTES_AT_ONCE):
                        await self._send(send, piece[start : start + MOST_BYTES_AT_ONCE])
        except (TransientError, AccessLost, TimeoutError) as error:
            log.warning("export_cut_off", error=str(error) or "the caller takes nothing")
            cut_off(scope)
            return
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send(self, send: Send, body: bytes) -> None:
        """Send, or raise ``TimeoutError`` where the caller does not receive."""
        async with asyncio.timeout(self._export.patience_s):
            await send({"type": "http.response.body", "body": body, "more_body": True})


def takes_gzip(accepted: str) -> bool:
    """Whether a header ``Accept-Encoding`` (RFC 9110, section 12.5.3) names gzip, and does not forbid it."""
    for offer in accepted.lower().split(","):
        name, _, weight = offer.replace(" ", "").replace("\t", "").partition(";")
        if name in ("gzip", "x-gzip"):
            return NEVER.fullmatch(weight) is None
    return False

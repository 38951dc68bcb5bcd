"""How the server speaks with clients: it reads no further than to a limit, while it does not know yet whose it is."""

import logging
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

# Above what the application refuses with a problem of its own: here an endless head ends, whatever it holds.
MOST_HEAD_BYTES = 131_072
REFUSAL = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Length: 0\r\nCache-Control: no-store\r\n"
    b"X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"
)

# Among the extensions in a request's scope: ends its connection at once, whatever waits to be sent.
ABORT, CALL = "vedette.abort", "call"


class BoundedHeadProtocol(HttpToolsProtocol):
    """HTTP as uvicorn reads it by httptools, which by itself keeps a request's head in memory however long it gets."""

    _reads_head = True
    _head_bytes = 0

    def on_message_begin(self) -> None:
        """Count anew: another request begins."""
        self._reads_head, self._head_bytes = True, 0
        super().on_message_begin()
        # For streams whose client takes nothing: to close waits until everything was sent.
        self.scope["extensions"] = {ABORT: {CALL: self.transport.abort}}

    def on_headers_complete(self) -> None:
        """Count no more: what follows is a body, which has limits of its own."""
        self._reads_head = False
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Read on, or end the connection where the head is not over by now."""
        super().data_received(data)
        if not self._reads_head or self.transport.is_closing():
            return
        self._head_bytes += len(data)
        if self._head_bytes > MOST_HEAD_BYTES:
            self.transport.write(REFUSAL)
            self.transport.close()


class QuietWebSocketProtocol(WebSocketsSansIOProtocol):
    """WebSockets as uvicorn speaks them, which by itself logs addresses with all that is asked, tickets included."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.logger = logging.getLogger("vedette.websockets")
        self.logger.setLevel(logging.WARNING)

    def handle_connect(self, event: Any) -> None:
        """Begin as ever, with a way to end the connection at once."""
        super().handle_connect(event)
        if not self.close_sent:
            self.scope["extensions"] = {**(self.scope.get("extensions") or {}), ABORT: {CALL: self.transport.abort}}

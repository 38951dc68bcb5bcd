"""Streams as the answer to a request: as server-sent events, or as messages of a WebSocket that stands behind it."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import aclosing

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.http.streaming import cut_off, until_gone
from api.live.streams import Form, LiveStream
from schemas.messages.live import EndReason

MEDIA_TYPE = "text/event-stream"
MOST_BYTES_AT_ONCE = 65_536
# So long a browser waits before it comes back.
RETRY = b"retry: 3000\n"
# Among the extensions in a request's scope: each piece of the answer is one message of a WebSocket.
AS_MESSAGES = "vedette.websocket"
# In the last message of an answer: why the stream ended.
ENDED = "vedette.ended"


def event_frame(event: str, cursor: str | None, data: bytes) -> bytes:
    """Return one event (the standard HTML, section 9.2). ``data`` is JSON, which holds no line break."""
    told = b"" if cursor is None else b"id: %b\n" % cursor.encode()
    return b"%bevent: %b\ndata: %b\n\n" % (told, event.encode(), data)


def message_frame(event: str, cursor: str | None, data: bytes) -> bytes:
    """Return the same as one JSON object."""
    return b'{"event":%b,"id":%b,"data":%b}' % (orjson.dumps(event), orjson.dumps(cursor), data)


EVENTS = Form("events", event_frame)
MESSAGES = Form("messages", message_frame)


class EventStream(Response):
    """A stream as the answer to one request."""

    media_type = MEDIA_TYPE

    def __init__(self, stream: LiveStream) -> None:
        # Proxies pass on at once what is sent.
        super().__init__(headers={"X-Accel-Buffering": "no"}, media_type=MEDIA_TYPE)
        del self.headers["content-length"]
        self._stream = stream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the stream ends or the client goes away."""
        try:
            await until_gone(self._send_all(scope, send), receive)
        finally:
            self._stream.close()

    async def _send_all(self, scope: Scope, send: Send) -> None:
        extensions = scope.get("extensions") or {}
        form = MESSAGES if AS_MESSAGES in extensions else EVENTS
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        try:
            if form is EVENTS:
                await self._send(send, RETRY)
            async with aclosing(self._stream.messages(form)) as messages:
                async for some in messages:
                    for body in joined(some) if form is EVENTS else some:
                        await self._send(send, body)
        except TimeoutError:
            self._stream.subscriber.end(EndReason.SLOW)
            cut_off(scope)
            return
        await send(
            {"type": "http.response.body", "body": b"", "more_body": False, ENDED: self._stream.subscriber.ended}
        )

    async def _send(self, send: Send, body: bytes) -> None:
        """Send, or raise ``TimeoutError`` where the client does not receive."""
        async with asyncio.timeout(self._stream.patience_s):
            await send({"type": "http.response.body", "body": body, "more_body": True})


def joined(messages: Sequence[bytes]) -> Iterator[bytes]:
    """Yield the messages in few pieces, none much larger than ``MOST_BYTES_AT_ONCE``."""
    piece = bytearray()
    for message in messages:
        piece += message
        if len(piece) >= MOST_BYTES_AT_ONCE:
            yield bytes(piece)
            piece = bytearray()
    if piece:
        yield bytes(piece)

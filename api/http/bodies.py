"""Bodies of requests, read before anything is begun for their requests: within a time, and so many at once."""

import asyncio

from starlette.types import Message, Receive, Scope

TIMEOUT_S = 10.0
MOST_SLOW_BYTES = 64 * 2**20


def has_body(scope: Scope) -> bool:
    """Whether a request announces a body; without these fields HTTP/1.1 has none."""
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
        for name, value in scope["headers"]
    )


class Bodies:
    """Reads bodies whole; at most ``slow_at_once`` of them, of ``slow_bytes`` together, are waited for.

    A body that is there when its request begins is not among these. Where there is no room, the body that was waited
    for longest gives way to the newest, so that senders who stall shut out nobody. Use from one event loop.
    """

    def __init__(self, slow_at_once: int, slow_bytes: int = MOST_SLOW_BYTES) -> None:
        self._slow_at_once = slow_at_once
        self._slow_bytes = slow_bytes
        self._slow: dict[asyncio.Task[list[Message]], bytearray] = {}

    async def read(self, receive: Receive) -> list[Message]:
        """Return the whole body as one message, and after it, where the caller went away, that.

        Raises ``TimeoutError`` where it does not come in time or had to give way, and what ``receive`` raises.
        """
        body = bytearray()
        reading = asyncio.create_task(self._read(receive, body))
        try:
            # One turn of the loop is enough for what is there already.
            await asyncio.sleep(0)
            if not reading.done():
                await self._wait_for(reading, body)
            if not reading.done() or reading.cancelled():
                raise TimeoutError("the body took too long to arrive")
            return reading.result()
        finally:
            reading.cancel()

    async def _wait_for(self, reading: asyncio.Task[list[Message]], body: bytearray) -> None:
        if len(self._slow) >= self._slow_at_once:
            self._end_slowest()
        self._slow[reading] = body
        try:
            await asyncio.wait({reading}, timeout=TIMEOUT_S)
        finally:
            self._slow.pop(reading, None)

    async def _read(self, receive: Receive, body: bytearray) -> list[Message]:
        """Put what comes into ``body``: kept as they came, messages of one byte would take hundreds each."""
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return [_message(body, more_body=True), message]
            body += message.get("body", b"")
            if not message.get("more_body", False):
                return [_message(body, more_body=False)]
            self._make_room()

    def _make_room(self) -> None:
        while len(self._slow) > 1 and sum(map(len, self._slow.values())) > self._slow_bytes:
            self._end_slowest()

    def _end_slowest(self) -> None:
        slowest = next(iter(self._slow))
        del self._slow[slowest]
        slowest.cancel()


def _message(body: bytearray, *, more_body: bool) -> Message:
    return {"type": "http.request", "body": bytes(body), "more_body": more_body}

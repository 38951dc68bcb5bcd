"""Bodies of requests, read before anything is begun for their requests: within a time, and so many at once."""

import asyncio

from starlette.types import Message, Receive, Scope

TIMEOUT_S = 10.0


def has_body(scope: Scope) -> bool:
    """Whether a request announces a body; without these fields HTTP/1.1 has none."""
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
        for name, value in scope["headers"]
    )


class Bodies:
    """Reads bodies whole; at most ``slow_at_once`` of them are waited for.

    A body that is there when its request begins is not among these. Where all places are taken, the body that was
    waited for longest gives way to the newest, so that senders who stall shut out nobody. Use from one event loop.
    """

    def __init__(self, slow_at_once: int) -> None:
        self._slow_at_once = slow_at_once
        self._slow: dict[asyncio.Task[list[Message]], None] = {}

    async def read(self, receive: Receive) -> list[Message]:
        """Return all messages of a body, the last of which may say that the caller went away.

        Raises ``TimeoutError`` where it does not come in time or had to give way, and what ``receive`` raises.
        """
        reading = asyncio.create_task(_read(receive))
        try:
            # One turn of the loop is enough for what is there already.
            await asyncio.sleep(0)
            if not reading.done():
                await self._wait_for(reading)
            if not reading.done() or reading.cancelled():
                raise TimeoutError("the body took too long to arrive")
            return reading.result()
        finally:
            reading.cancel()

    async def _wait_for(self, reading: asyncio.Task[list[Message]]) -> None:
        if len(self._slow) >= self._slow_at_once:
            self._end_slowest()
        self._slow[reading] = None
        try:
            await asyncio.wait({reading}, timeout=TIMEOUT_S)
        finally:
            self._slow.pop(reading, None)

    def _end_slowest(self) -> None:
        slowest = next(iter(self._slow))
        del self._slow[slowest]
        slowest.cancel()


async def _read(receive: Receive) -> list[Message]:
    messages = [await receive()]
    while messages[-1].get("more_body", False):
        messages.append(await receive())
    return messages

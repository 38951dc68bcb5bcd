"""Pictures that come in by HTTP: as they are, a chunk at a time, within bounds of size, memory and time."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

from api.admission.fair_share import FairShareLimiter
from api.http.errors import no_picture, too_large, too_slow
from infra.errors import FieldError, InvalidRequest
from infra.settings.settings import Settings
from infra.sources.memory import ByteBudget
from schemas.texts.pictures import HEAD_BYTES, is_picture_data

PACE_WINDOW_S = 10.0


@dataclass(frozen=True)
class ReceivedPicture:
    """A whole picture, which claims by its first bytes to be one, and its hash in hexadecimal."""

    data: bytes = field(repr=False)
    sha256: str


class Inbox:
    """Receives pictures of up to ``max_bytes``; what is being received at once is bounded, and as much again waits.

    One account takes no more of both than its share, and what comes too slowly is given up, so that nobody who sends
    much, or hardly anything, keeps others from sending.
    """

    def __init__(self, settings: Settings) -> None:
        self.max_bytes = settings.sources.max_bytes
        self._timeout_s = settings.uploads.timeout_s
        self._least_pace = settings.uploads.min_bytes_per_s
        memory_bytes = max(settings.uploads.memory_bytes, self.max_bytes)
        # However small pictures are, they are never more than half of all requests that may be at work.
        self._least_room = memory_bytes // max(1, settings.api.max_requests // 4) or 1
        self._memory = ByteBudget(memory_bytes)
        of_each = max(settings.uploads.account_memory_bytes, self.max_bytes, self._least_room)
        self._limiter = FairShareLimiter(2 * memory_bytes, of_each)

    @asynccontextmanager
    async def receive(
        self, chunks: AsyncIterator[bytes], announced: str | None, account_id: UUID, *, is_picture: bool = True
    ) -> AsyncIterator[ReceivedPicture]:
        """Yield the picture, for whose bytes there is room as long as it is used; any file, unless ``is_picture``.

        ``announced`` is the Content-Length, where there is one. Raises 413, 415 or 408 as soon as it is known that the
        picture is too large, is none, or does not come in time, 429 where the account or all together send too much at
        once, and ``InvalidRequest`` where there are no bytes.
        """
        size_bytes = self._room_for(announced)
        room_bytes = max(size_bytes, self._least_room)
        with ExitStack() as taken:
            share = self._limiter.take(account_id, room_bytes)
            taken.callback(share.release)
            try:
                async with asyncio.timeout(self._timeout_s):
                    held = await self._memory.reserve(room_bytes)
                    taken.callback(held.release)
                    picture = await _read(_in_time(chunks, self._least_pace), size_bytes, is_picture=is_picture)
            except TimeoutError:
                raise too_slow() from None
            kept_bytes = max(len(picture.data), self._least_room)
            held.shrink(kept_bytes)
            share.shrink(kept_bytes)
            yield picture

    def _room_for(self, announced: str | None) -> int:
        if announced is None or not announced.isdecimal():
            return self.max_bytes
        # A number of any length is compared as text first.
        if len(announced) > len(str(self.max_bytes)) or int(announced) > self.max_bytes:
            raise too_large()
        return max(1, int(announced))


async def _in_time(chunks: AsyncIterator[bytes], least_pace: int) -> AsyncIterator[bytes]:
    """Yield the chunks; raises ``TimeoutError`` once they come more slowly than ``least_pace`` bytes a second.

    So many bytes as make a window at that pace must come within each window.
    """
    window_bytes, loop = least_pace * PACE_WINDOW_S, asyncio.get_running_loop()
    ends_at, came_bytes = loop.time() + PACE_WINDOW_S, 0
    while True:
        async with asyncio.timeout_at(ends_at):
            chunk = await anext(chunks, None)
        if chunk is None:
            return
        came_bytes += len(chunk)
        if came_bytes >= window_bytes:
            ends_at, came_bytes = loop.time() + PACE_WINDOW_S, 0
        yield chunk


async def _read(chunks: AsyncIterator[bytes], max_bytes: int, *, is_picture: bool) -> ReceivedPicture:
    data, digest, looked_at = bytearray(), hashlib.sha256(), not is_picture
    async for chunk in chunks:
        data += chunk
        digest.update(chunk)
        if len(data) > max_bytes:
            raise too_large()
        if len(data) >= HEAD_BYTES and not looked_at:
            looked_at = _require_picture(data)
    if not data:
        raise InvalidRequest([FieldError(field="body", message="The body is empty. Send the bytes of the file.")])
    if is_picture:
        _require_picture(data)
    return ReceivedPicture(bytes(data), digest.hexdigest())


def _require_picture(data: bytearray) -> bool:
    if not is_picture_data(bytes(data[:HEAD_BYTES])):
        raise no_picture()
    return True

"""Pictures that come in by HTTP: as they are, a chunk at a time, within bounds of size, memory and time."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from api.errors import FieldError, InvalidRequest, no_picture, too_large, too_slow
from infra.settings import Settings
from infra.sources.memory import ByteBudget
from schemas.pictures import HEAD_BYTES, is_picture_data


@dataclass(frozen=True)
class ReceivedPicture:
    """A whole picture, which claims by its first bytes to be one, and its hash in hexadecimal."""

    data: bytes = field(repr=False)
    sha256: str


class Inbox:
    """Receives pictures of up to ``max_bytes``; what is being received at once is bounded, and more of it waits."""

    def __init__(self, settings: Settings) -> None:
        self.max_bytes = settings.sources.max_bytes
        self._timeout_s = settings.uploads.timeout_s
        self._memory = ByteBudget(max(settings.uploads.memory_bytes, self.max_bytes))

    @asynccontextmanager
    async def receive(self, chunks: AsyncIterator[bytes], announced: str | None) -> AsyncIterator[ReceivedPicture]:
        """Yield the picture, for whose bytes there is room as long as it is used.

        ``announced`` is the Content-Length, where there is one. Raises 413, 415 or 408 as soon as it is known that the
        picture is too large, is none, or does not come in time, and ``InvalidRequest`` where there are no bytes.
        """
        size_bytes = self._room_for(announced)
        try:
            async with asyncio.timeout(self._timeout_s):
                held = await self._memory.reserve(size_bytes)
                try:
                    picture = await _read(chunks, size_bytes)
                except BaseException:
                    held.release()
                    raise
        except TimeoutError:
            raise too_slow() from None
        try:
            held.shrink(len(picture.data))
            yield picture
        finally:
            held.release()

    def _room_for(self, announced: str | None) -> int:
        if announced is None or not announced.isdecimal():
            return self.max_bytes
        # A number of any length is compared as text first.
        if len(announced) > len(str(self.max_bytes)) or int(announced) > self.max_bytes:
            raise too_large()
        return max(1, int(announced))


async def _read(chunks: AsyncIterator[bytes], max_bytes: int) -> ReceivedPicture:
    data, digest, looked_at = bytearray(), hashlib.sha256(), False
    async for chunk in chunks:
        data += chunk
        digest.update(chunk)
        if len(data) > max_bytes:
            raise too_large()
        if len(data) >= HEAD_BYTES and not looked_at:
            looked_at = _require_picture(data)
    if not data:
        raise InvalidRequest([FieldError(field="body", message="There is no picture: send the file's bytes.")])
    _require_picture(data)
    return ReceivedPicture(bytes(data), digest.hexdigest())


def _require_picture(data: bytearray) -> bool:
    if not is_picture_data(bytes(data[:HEAD_BYTES])):
        raise no_picture()
    return True

"""Exports of whatever a search finds, however much that is: a page is in memory at a time."""

import asyncio
import zlib
from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from typing import Protocol

from infra.operations.export.formats import writer_of
from schemas.queries import ResultQuery
from schemas.records.exports import ExportedImage, ExportFormat

GZIP = 31
LEVEL = 5


class SnapshotPages(Protocol):
    """What a query finds at one moment."""

    def pages(self) -> AsyncGenerator[Sequence[ExportedImage], None]: ...


class SnapshotIndex(Protocol):
    """Where results are found."""

    def snapshot(self, query: ResultQuery) -> AbstractAsyncContextManager[SnapshotPages]: ...


class Exporter:
    """Writes what a query finds, newest outcome first, as it is at the moment at which the export begins."""

    def __init__(self, index: SnapshotIndex) -> None:
        self._index = index

    async def pieces(self, query: ResultQuery, wanted: ExportFormat) -> AsyncGenerator[bytes, None]:
        """Yield the export in order; nothing is read ahead of whoever takes it.

        The first piece comes once the index has answered. Raises ``TransientError`` where it does not, also later:
        what was yielded until then lacks the end.
        """
        writer = writer_of(wanted)
        piece = writer.head()
        async with self._index.snapshot(query) as snapshot:
            for number in range(writer.passes):
                if number:
                    piece += writer.turn()
                async with aclosing(snapshot.pages()) as pages:
                    async for page in pages:
                        yield piece + await asyncio.to_thread(writer.body, page)
                        piece = b""
        yield piece + writer.tail()


async def packed(pieces: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """Yield the same compressed by gzip (RFC 1952), whose last bytes tell whether all of it came."""
    packer = zlib.compressobj(LEVEL, wbits=GZIP)
    async with aclosing(pieces):
        async for piece in pieces:
            if some := await asyncio.to_thread(packer.compress, piece):
                yield some
    yield packer.flush()

"""The text of a manifest, wherever it lies, a part at a time."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar
from uuid import UUID

import obstore
import stamina

from infra.errors import OutsideSystem, Rejected, SourceUnavailable, TransientError
from infra.manifests.object_keys import LISTING_ERRORS, is_final, open_store
from infra.objects.job_files import JobFiles
from infra.operations.jobs.items.sources import JobFailed
from infra.settings.recognition import SourceSettings
from infra.sources.https_source import HttpsSource
from infra.sources.network import Resolve
from infra.sources.rules import SourceRules
from schemas.dead_letters import Reason
from schemas.texts.uris import parse_uri

MANIFEST = "manifest"
ATTEMPTS = 5
MOST_BYTES = 4 << 30
REFUSALS = {
    Reason.NOT_FOUND: "The server has no such manifest.",
    Reason.ACCESS_DENIED: "The server denies access to the manifest.",
}

Answer = TypeVar("Answer")


class ManifestText(Protocol):
    """Raises ``JobFailed`` where it cannot be read, and ``TransientError`` while it cannot."""

    async def size_bytes(self) -> int: ...
    async def read_part(self, start: int, end: int) -> bytes: ...


@dataclass(frozen=True)
class WebPlace:
    """A web address, and by which rules it may be asked."""

    uri: str
    allowed_prefixes: Sequence[str]
    rules: SourceRules
    settings: SourceSettings
    resolve: Resolve | None = None


class UploadedManifest:
    """A manifest that was uploaded with its job."""

    def __init__(self, files: JobFiles, owner: str, job_id: UUID) -> None:
        self._files = files
        self._job = (owner, job_id)

    async def size_bytes(self) -> int:
        size = await self._files.size_bytes(*self._job, MANIFEST)
        if size is None:
            raise JobFailed("The uploaded manifest is gone. Create the job again.")
        return size

    async def read_part(self, start: int, end: int) -> bytes:
        return await self._files.read_part(*self._job, MANIFEST, start, end)


class FetchedManifest(UploadedManifest):
    """A manifest at a web address: fetched once into the place of uploaded ones, where it stays as it is."""

    def __init__(self, place: WebPlace, files: JobFiles, owner: str, job_id: UUID) -> None:
        super().__init__(files, owner, job_id)
        self._place = place

    async def size_bytes(self) -> int:
        if await self._files.size_bytes(*self._job, MANIFEST) is None:
            await self._fetch()
        return await super().size_bytes()

    async def _fetch(self) -> None:
        with tempfile.TemporaryDirectory(prefix="vedette-job-") as folder:
            path = Path(folder, MANIFEST)
            try:
                async for attempt in stamina.retry_context(on=SourceUnavailable, attempts=ATTEMPTS, timeout=None):
                    with attempt:
                        await self._download(path)
            except SourceUnavailable as error:
                raise JobFailed(f"The manifest's server does not answer. {error} Create the job again.") from None
            except Rejected as error:
                raise JobFailed(REFUSALS.get(error.reason, f"The manifest cannot be fetched. {error.detail}")) from None
            await self._files.write(*self._job, MANIFEST, path)

    async def _download(self, path: Path) -> None:
        source = HttpsSource(self._place.settings, self._place.rules, self._place.resolve)
        size = 0
        try:
            uri = self._place.rules.check_uri(self._place.uri, self._place.allowed_prefixes)
            with path.open("wb") as file:
                async with aclosing(source.pieces(uri, self._place.allowed_prefixes)) as pieces:
                    while (piece := await self._next(pieces)) is not None:
                        file.write(piece)
                        size += len(piece)
                        if size > MOST_BYTES:
                            raise JobFailed(f"The manifest is larger than {MOST_BYTES >> 30} GiB. Make several of it.")
        finally:
            await source.close()

    async def _next(self, pieces: AsyncGenerator[bytes, None]) -> bytes | None:
        """Return the next piece; nobody waits for a server that sends nothing."""
        try:
            async with asyncio.timeout(self._place.settings.timeout_s):
                return await anext(pieces, None)
        except TimeoutError:
            raise SourceUnavailable("The server sends nothing any more.") from None


class StoredManifest:
    """A manifest in an object store; it must stay as it is until it is read."""

    def __init__(self, uri: str, stores: SourceSettings) -> None:
        self._uri = uri
        self._stores = stores
        self._tag: str | None = None

    async def size_bytes(self) -> int:
        size, tag = await asyncio.to_thread(self._ask, self._head)
        if self._tag not in (None, tag):
            raise JobFailed("The manifest was changed while it was read. Create the job again.")
        self._tag = tag
        return size

    async def read_part(self, start: int, end: int) -> bytes:
        return await asyncio.to_thread(self._ask, lambda: self._range(start, end))

    def _head(self) -> tuple[int, str]:
        source = parse_uri(self._uri)
        meta = obstore.head(open_store(source.scheme, source.host, self._stores), source.key)
        return int(meta["size"]), str(meta["e_tag"] or meta["last_modified"])

    def _range(self, start: int, end: int) -> bytes:
        source = parse_uri(self._uri)
        store = open_store(source.scheme, source.host, self._stores)
        return bytes(obstore.get_range(store, source.key, start=start, end=end))

    def _ask(self, call: Callable[[], Answer]) -> Answer:
        try:
            return call()
        except LISTING_ERRORS as error:
            if is_final(error):
                raise JobFailed("The manifest cannot be read: there is none, or the object store refuses us.") from None
            kind = type(error).__name__
            raise TransientError(f"the manifest cannot be read ({kind})", part=OutsideSystem.OBJECT_STORE) from None

"""The text of a manifest, wherever it lies, a part at a time."""

import asyncio
from collections.abc import Callable
from typing import Protocol, TypeVar
from uuid import UUID

import obstore

from infra.errors import OutsideSystem, TransientError
from infra.manifests.object_keys import LISTING_ERRORS, is_final, open_store
from infra.objects.job_files import JobFiles
from infra.operations.jobs.items.sources import JobFailed
from infra.settings.recognition import SourceSettings
from schemas.texts.uris import parse_uri

MANIFEST = "manifest"

Answer = TypeVar("Answer")


class ManifestText(Protocol):
    """Raises ``JobFailed`` where it cannot be read, and ``TransientError`` while it cannot."""

    async def size_bytes(self) -> int: ...
    async def read_part(self, start: int, end: int) -> bytes: ...


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

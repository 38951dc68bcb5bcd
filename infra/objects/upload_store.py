"""Uploaded pictures, written and deleted; workers read them by ``infra.sources.upload_source``."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import TypeVar

from infra.objects.upload_place import UploadPlace
from schemas.texts.uploads import Upload

WRITER_THREADS = 4

Done = TypeVar("Done")


class UploadStore:
    """Pictures under the workspace, the image and their own hash: ``<owner>/<image_key>/<sha256>``.

    Methods raise ``TransientError`` while an object store does not answer, and ``ConfigurationError`` where the place
    cannot be written to.
    """

    def __init__(self, place: UploadPlace) -> None:
        self._place = place
        self._threads = ThreadPoolExecutor(WRITER_THREADS, thread_name_prefix="uploads")

    async def save(self, upload: Upload, picture: bytes) -> None:
        """Store a picture, durable when this returns; storing it again changes nothing."""
        await self._run(lambda: self._place.open(upload.owner, upload.image_key).write(upload.sha256, picture))

    async def delete(self, owner: str, image_key: str) -> None:
        """Delete whatever was uploaded for the image; nothing there is no error."""
        await self._run(lambda: self._delete(owner, image_key))

    async def expire(self, owner: str, before: datetime, image_key: str | None = None) -> AsyncIterator[int]:
        """Delete a workspace's pictures, or one image's, that were written before; yield how many, some at a time."""
        places = (owner,) if image_key is None else (owner, image_key)
        prefix = "" if image_key is None else f"{image_key}/"
        some = self._place.open(*places).older(before)
        while (names := await self._run(lambda: next(some, None))) is not None:
            gone = [f"{prefix}{name}" for name in names]
            await self._run(partial(self._place.open(owner).delete, gone))
            yield len(gone)

    async def close(self) -> None:
        """Let the threads end once their work is done."""
        await asyncio.to_thread(self._threads.shutdown)

    def _delete(self, owner: str, image_key: str) -> None:
        if names := self._place.open(owner, image_key).list_names():
            self._place.open(owner).delete([f"{image_key}/{name}" for name in names])

    async def _run(self, call: Callable[[], Done]) -> Done:
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

"""Manifests that were uploaded for jobs, and jobs' result files: beside uploaded pictures, where nobody else reads."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from infra.objects.upload_place import Folder, UploadPlace

THREADS = 2
# No image has this key.
JOBS = "jobs"
PIECE_BYTES = 1_048_576

Done = TypeVar("Done")


class JobFiles:
    """Files under the workspace and the job: ``<owner>/jobs/<job>/<name>``.

    Methods raise ``TransientError`` while an object store does not answer, and ``ConfigurationError`` where the place
    cannot be used.
    """

    def __init__(self, place: UploadPlace) -> None:
        self._place = place
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="job-files")

    async def write(self, owner: str, job_id: UUID, name: str, content: bytes | Path) -> None:
        """Store a file, durable when this returns; storing it again replaces it."""
        await self._run(lambda: self._folder(owner, job_id).write(name, content))

    async def size_bytes(self, owner: str, job_id: UUID, name: str) -> int | None:
        """Return a file's size; ``None`` where there is none such."""
        return await self._run(lambda: self._folder(owner, job_id).size_bytes(name))

    async def read_part(self, owner: str, job_id: UUID, name: str, start: int, end: int) -> bytes:
        """Return the bytes of a file that is there, from ``start`` to ``end``."""
        return await self._run(lambda: self._folder(owner, job_id).read_part(name, start, end))

    async def pieces(self, owner: str, job_id: UUID, name: str, size_bytes: int) -> AsyncGenerator[bytes, None]:
        """Yield a file of this size piece by piece."""
        for start in range(0, size_bytes, PIECE_BYTES):
            yield await self.read_part(owner, job_id, name, start, min(start + PIECE_BYTES, size_bytes))

    async def delete(self, owner: str, job_id: UUID) -> None:
        """Delete the files of one job; none there is no error."""
        await self._run(lambda: _empty(self._folder(owner, job_id)))

    async def delete_all(self, owner: str) -> None:
        """Delete the files of all jobs of a workspace."""
        await self._run(lambda: _empty(self._place.open(owner, JOBS)))

    async def close(self) -> None:
        """Let the threads end once their work is done."""
        await asyncio.to_thread(self._threads.shutdown)

    def _folder(self, owner: str, job_id: UUID) -> Folder:
        return self._place.open(owner, JOBS, str(job_id))

    async def _run(self, call: Callable[[], Done]) -> Done:
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)


def _empty(folder: Folder) -> None:
    folder.delete(folder.list_names())

"""Erasures in Cassandra: how far each has come, and every image that it has deleted."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from infra.cassandra.session import CassandraSession, Write
from infra.slices import in_slices
from schemas.records.erasures import Erasure, ErasureSearch, MeantImage

BUCKETS = 256
READ_AT_ONCE = 50
CREATE = "INSERT INTO {keyspace}.erasures (id, erasure, search) VALUES (?, ?, ?)"
SAVE = "INSERT INTO {keyspace}.erasures (id, erasure) VALUES (?, ?)"
FINISH = "INSERT INTO {keyspace}.erasures (id, erasure, search, header, seal) VALUES (?, ?, null, ?, ?)"
FIND = "SELECT erasure, search, header, seal FROM {keyspace}.erasures WHERE id = ?"
LIST = "SELECT erasure FROM {keyspace}.erasures"
FIND_MEANT = "SELECT meant FROM {keyspace}.erased_images WHERE erasure = ? AND bucket = ? AND image_key = ?"
MEAN = "INSERT INTO {keyspace}.erased_images (erasure, bucket, image_key, meant) VALUES (?, ?, ?, ?)"
NOTE = "INSERT INTO {keyspace}.erased_images (erasure, bucket, image_key, line) VALUES (?, ?, ?, ?)"
IMAGES = "SELECT image_key, meant, line FROM {keyspace}.erased_images WHERE erasure = ? AND bucket = ?"


class ErasureStore:
    """Erasures and their images. Methods raise ``TransientError`` while Cassandra does not answer.

    Every write may be done twice.
    """

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    async def create(self, erasure: Erasure, search: ErasureSearch) -> None:
        """Keep a new erasure with what it looks for."""
        values = (erasure.id, erasure.model_dump_json(), search.model_dump_json(exclude_defaults=True))
        await self._session.execute(CREATE, values)

    async def save(self, erasure: Erasure) -> None:
        """Keep how far an erasure has come."""
        await self._session.execute(SAVE, (erasure.id, erasure.model_dump_json()))

    async def finish(self, erasure: Erasure, header: str, seal: str) -> None:
        """Keep the end of an erasure, with the first and the last line of its list; forget what it looked for."""
        await self._session.execute(FINISH, (erasure.id, erasure.model_dump_json(), header, seal))

    async def find(self, erasure_id: UUID) -> Erasure | None:
        rows = await self._session.execute(FIND, (erasure_id,))
        return Erasure.model_validate_json(rows[0].erasure) if rows and rows[0].erasure else None

    async def search_of(self, erasure_id: UUID) -> ErasureSearch | None:
        """Return what an erasure looks for; None once it is done."""
        rows = await self._session.execute(FIND, (erasure_id,))
        return ErasureSearch.model_validate_json(rows[0].search) if rows and rows[0].search else None

    async def frame_of(self, erasure_id: UUID) -> tuple[str, str] | None:
        """Return the first and the last line of an erasure's list; None until it is done."""
        rows = await self._session.execute(FIND, (erasure_id,))
        return (rows[0].header, rows[0].seal) if rows and rows[0].seal else None

    async def list_erasures(self) -> tuple[Erasure, ...]:
        """Return every erasure, the newest first."""
        found = [row.erasure async for row in self._session.stream(LIST) if row.erasure]
        erasures = map(Erasure.model_validate_json, found)
        return tuple(sorted(erasures, key=lambda erasure: (erasure.begun_at, erasure.id), reverse=True))

    async def mean(self, erasure_id: UUID, images: Sequence[MeantImage]) -> list[MeantImage]:
        """Keep that these images are about to be deleted, and return what is kept: what was kept before stays."""
        kept = [await self._kept(erasure_id, some) for some in in_slices(images, READ_AT_ONCE)]
        known = [image for some in kept for image in some]
        await self._session.write(
            [Write(MEAN, (erasure_id, _bucket(image.image_key), image.image_key, image.model_dump_json()))]
            for image, before in zip(images, known, strict=True)
            if before is None
        )
        return [before or image for image, before in zip(images, known, strict=True)]

    async def note_erased(self, erasure_id: UUID, lines: Mapping[str, str]) -> None:
        """Keep the lines of images that are deleted, by the images' keys."""
        await self._session.write([Write(NOTE, (erasure_id, _bucket(key), key, line))] for key, line in lines.items())

    async def unfinished(self, erasure_id: UUID) -> AsyncIterator[MeantImage]:
        """Yield the images that were about to be deleted, and of which it is not known whether they were."""
        for bucket in range(BUCKETS):
            async for row in self._rows(erasure_id, bucket):
                if row.line is None and (image := _meant(row.meant)) is not None:
                    yield image

    async def lines(self, erasure_id: UUID) -> AsyncIterator[str]:
        """Yield the line of every image, in the order of their keys."""
        for bucket in range(BUCKETS):
            async for row in self._rows(erasure_id, bucket):
                if row.line is not None:
                    yield row.line

    async def _kept(self, erasure_id: UUID, images: Sequence[MeantImage]) -> list[MeantImage | None]:
        keys = [image.image_key for image in images]
        found = await asyncio.gather(
            *(self._session.execute(FIND_MEANT, (erasure_id, _bucket(key), key)) for key in keys)
        )
        return [_meant(rows[0].meant) if rows else None for rows in found]

    def _rows(self, erasure_id: UUID, bucket: int) -> AsyncIterator[Any]:
        return self._session.stream(IMAGES, (erasure_id, bucket))


def _bucket(image_key: str) -> int:
    return int(image_key[:2], 16)


def _meant(text: str | None) -> MeantImage | None:
    return None if text is None else MeantImage.model_validate_json(text)

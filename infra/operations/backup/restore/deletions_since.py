"""Deletions since a backup: what was deleted after it stays deleted, whatever the topics still hold.

They are kept in a table of its own before the stores are emptied: those that the stores know, and, where the stores are
lost, those that the newest later backup knows. Deletions that no store and no backup knew stand on the topics.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple

from infra.cassandra.images.results import ResultStore
from infra.cassandra.images.scan import SCAN_DELETIONS, deletion_of
from infra.cassandra.session import CassandraSession, Write
from infra.elasticsearch.results import ResultIndex
from infra.errors import ConfigurationError, NotFound
from infra.operations.backup.format.catalogue import Catalogue
from infra.operations.backup.format.errors import DamagedBackup
from infra.operations.backup.format.parts import read_part
from infra.operations.backup.restore.access_rules import EditedRow
from schemas.images import ImageIdentity, Origin
from schemas.records.backups import Manifest
from schemas.results import ImageDeleted

TABLE = "restore_deletions"
CREATE = (
    f"CREATE TABLE IF NOT EXISTS {{keyspace}}.{TABLE} (image_key text PRIMARY KEY, owner text, image_id text,"
    " deleted text) WITH comment = 'What an unfinished restore has to delete again'"
)
# The newest deletion of an image stays, wherever it was read.
KEEP = (
    f"INSERT INTO {{keyspace}}.{TABLE} (image_key, owner, image_id, deleted) VALUES (?, ?, ?, ?)"  # noqa: S608 - ours
    " USING TIMESTAMP ?"
)
LIST = f"SELECT owner, image_id, deleted FROM {{keyspace}}.{TABLE}"  # noqa: S608 - as above
DROP = f"DROP TABLE IF EXISTS {{keyspace}}.{TABLE}"
IMAGES = "images"
AT_ONCE = 500
# Clocks differ, and a backup takes a while.
MARGIN = timedelta(days=1)


class Mark(NamedTuple):
    """The mark of a deleted image, as a row of ``images`` has it."""

    owner: str
    image_id: str
    deleted: str

    @property
    def deletion(self) -> tuple[ImageDeleted, Origin]:
        return deletion_of(self.owner, self.image_id, self.deleted)


class DeletionsSince:
    """The deletions that a restore applies. Methods raise ``TransientError``; all may be done twice."""

    def __init__(self, session: CassandraSession, index: ResultIndex, manifest: Manifest) -> None:
        self._session = session
        self._index = index
        self._manifest = manifest

    async def keep(self, catalogue: Catalogue) -> tuple[str, ...]:
        """Keep every deletion since the backup that is known; return which later backups could not be asked.

        To be called before anything is emptied.
        """
        await self._session.execute_unprepared(CREATE)
        stored = self._session.stream(SCAN_DELETIONS)
        async for marks in _slices(Mark(row.owner, row.image_id, row.deleted) async for row in stored if row.deleted):
            await self._keep(marks)
        return await self._keep_from_backups(catalogue)

    async def apply(self) -> int:
        """Delete the images once more, in both stores, and return how many there are."""
        store, applied = ResultStore(self._session), 0
        kept = self._session.stream(LIST)
        async for marks in _slices(Mark(row.owner, row.image_id, row.deleted) async for row in kept):
            deletions = [mark.deletion for mark in marks]
            await store.save_deletions(deletions)
            await self._index.save_deletions(deletions)
            applied += len(deletions)
        return applied

    async def forget(self) -> None:
        """Take the table away: the restore is done."""
        await self._session.execute_unprepared(DROP)

    async def _keep_from_backups(self, catalogue: Catalogue) -> tuple[str, ...]:
        """Keep the deletions that the newest later backup knows; older ones know no others."""
        problems: list[str] = []
        for manifest_id in await asyncio.to_thread(_later, catalogue, self._manifest):
            try:
                marks = iter_marks(catalogue, await asyncio.to_thread(catalogue.find, manifest_id))
                while some := await asyncio.to_thread(_next, marks):
                    await self._keep(some)
            except (DamagedBackup, ConfigurationError, NotFound) as error:
                problems.append(f"backup {manifest_id}: {error}")
            else:
                break
        return tuple(problems)

    async def _keep(self, marks: Sequence[Mark]) -> None:
        since = self._manifest.begun_at - MARGIN
        writes = [_write(mark) for mark in marks if mark.deletion[0].deleted_at >= since]
        await self._session.write([[write] for write in writes])


def iter_marks(catalogue: Catalogue, manifest: Manifest) -> Iterator[Mark]:
    """Yield the deletions that a backup knows; blocks. Raises ``DamagedBackup``."""
    for copy in manifest.tables:
        for part in copy.parts if copy.name == IMAGES else ():
            with catalogue.part(manifest.id, part) as path:
                for row in read_part(path, catalogue.key, f"{manifest.id}/{part.name}", copy):
                    yield from _marks(EditedRow(copy.columns, row, manifest.begun_at))


def _marks(row: EditedRow) -> Iterable[Mark]:
    texts = [row.value(name) for name in ("owner", "image_id", "deleted")] if row.has("deleted") else [None]
    told = [text.decode() for text in texts if text is not None]
    return [Mark(*told)] if len(told) == len(texts) else []


def _next(marks: Iterator[Mark]) -> list[Mark]:
    return list(islice(marks, AT_ONCE))


def _later(catalogue: Catalogue, manifest: Manifest) -> list[str]:
    """Return the complete backups that were begun after this one, the newest first."""
    later = [one for one in catalogue.list() if one.is_complete and one.begun_at > _second(manifest.begun_at)]
    return [one.id for one in reversed(later) if one.id != manifest.id]


def _second(moment: datetime) -> datetime:
    """Ids of backups tell whole seconds."""
    return moment.replace(microsecond=0)


def _write(mark: Mark) -> Write:
    deleted, origin = mark.deletion
    key = ImageIdentity(owner=deleted.owner, image_id=deleted.image_id).image_key
    return Write(KEEP, (key, mark.owner, mark.image_id, mark.deleted, origin.version))


async def _slices(marks: AsyncIterator[Mark]) -> AsyncIterator[list[Mark]]:
    some: list[Mark] = []
    async for mark in marks:
        some.append(mark)
        if len(some) == AT_ONCE:
            yield some
            some = []
    if some:
        yield some

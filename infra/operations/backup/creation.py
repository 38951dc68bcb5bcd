"""Making a backup: groups' offsets first, then every row of every table and every document, the manifest last.

Whatever a group had acknowledged when its offset was read is in its store, and so in the backup; whatever came later
may be in it or not, and is read again from the topics after a restore.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from rich.progress import Progress, TaskID

from infra.cassandra.migrations import LIST_APPLIED, applied_files
from infra.cassandra.session import CassandraSession
from infra.elasticsearch.session import ElasticsearchSession
from infra.operations.backup.contents.documents import COLUMNS, count_documents, read_documents
from infra.operations.backup.contents.group_offsets import GroupPositions
from infra.operations.backup.contents.raw_session import RawSession
from infra.operations.backup.contents.tables import TOKEN_RANGES, Table, describe_schema, describe_tables, read_rows
from infra.operations.backup.format.catalogue import Catalogue, new_backup_id
from infra.operations.backup.format.parts import PartWriter
from infra.operations.backup.format.rows import ContentSum, Row
from infra.settings.settings import Settings
from schemas.records.backups import DOCUMENTS, Column, Committed, Manifest, Part, TableCopy


@dataclass(frozen=True)
class _Stores:
    """The stores, opened once for a backup."""

    cassandra: CassandraSession
    raw: RawSession
    elasticsearch: ElasticsearchSession


async def create_backup(settings: Settings, catalogue: Catalogue, progress: Progress) -> Manifest:
    """Copy both stores beside the running platform and return what the backup holds.

    It is there once this returns; what a crash leaves behind is no backup, and ``prune`` deletes it. Memory and
    temporary folder hold one part at a time. Raises ``ConfigurationError`` and ``TransientError``.
    """
    async with AsyncExitStack() as opened:
        cassandra = await CassandraSession.connect(settings.cassandra)
        opened.push_async_callback(cassandra.close)
        raw = await RawSession.connect_without_keyspace(settings.cassandra)
        opened.push_async_callback(raw.close)
        elasticsearch = ElasticsearchSession.open(settings.elasticsearch)
        opened.push_async_callback(elasticsearch.close)
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="vedette-backup-")))
        stores = _Stores(cassandra, raw, elasticsearch)
        return await _Creation(settings, stores, catalogue, folder, progress).run()


class _Creation:
    """One backup."""

    def __init__(
        self, settings: Settings, stores: _Stores, catalogue: Catalogue, folder: Path, progress: Progress
    ) -> None:
        self._settings = settings
        self._stores = stores
        self._catalogue = catalogue
        self._folder = folder
        self._progress = progress
        self._begun_at = datetime.now(UTC)
        self._id = new_backup_id(self._begun_at)

    async def run(self) -> Manifest:
        offsets, topic_ids = await asyncio.to_thread(self._read_kafka)
        keyspace, index = self._settings.cassandra.keyspace, self._settings.elasticsearch.index
        cassandra = self._stores.cassandra
        tables = await describe_tables(cassandra, keyspace)
        manifest = Manifest(
            id=self._id,
            begun_at=self._begun_at,
            vedette_version=version("vedette"),
            keyspace=keyspace,
            index=index,
            schema_cql=await describe_schema(cassandra, keyspace),
            migrations=applied_files([row async for row in cassandra.stream(LIST_APPLIED)]),
            tables=tuple([await self._copy_table(table) for table in tables]),
            documents=await self._copy_documents(index),
            offsets=offsets,
            topic_ids=topic_ids,
            finished_at=datetime.now(UTC),
        )
        await asyncio.to_thread(self._catalogue.add_manifest, manifest)
        return manifest

    def _read_kafka(self) -> tuple[tuple[Committed, ...], dict[str, str]]:
        groups = GroupPositions(self._settings.kafka)
        return groups.record(), groups.topic_ids()

    async def _copy_table(self, table: Table) -> TableCopy:
        advance = _advancing(self._progress, self._progress.add_task(table[0], total=TOKEN_RANGES))
        return await self._copy(table[0], table[1], read_rows(self._stores.raw, table, advance))

    async def _copy_documents(self, index: str) -> TableCopy:
        total = await count_documents(self._stores.elasticsearch, index)
        task = self._progress.add_task(DOCUMENTS, total=total)
        rows = _counted(read_documents(self._stores.elasticsearch, index), _advancing(self._progress, task))
        return await self._copy(DOCUMENTS, COLUMNS, rows)

    async def _copy(self, name: str, columns: tuple[Column, ...], rows: AsyncIterator[Row]) -> TableCopy:
        content = ContentSum()
        parts: list[Part] = []
        writer: PartWriter | None = None
        try:
            async for row in rows:
                writer = writer or self._open_part(name, len(parts))
                writer.write(row)
                content.add(row)
                if writer.is_full:
                    parts.append(await self._store(writer))
                    writer = None
            if writer is not None:
                parts.append(await self._store(writer))
        finally:
            if writer is not None:
                writer.close()
        return TableCopy(name=name, columns=columns, content=content.content(), parts=tuple(parts))

    def _open_part(self, table: str, number: int) -> PartWriter:
        name = f"{table}-{number:05d}.vbk"
        return PartWriter(self._folder / name, self._catalogue.key, f"{self._id}/{name}")

    async def _store(self, writer: PartWriter) -> Part:
        part = writer.finish()
        await asyncio.to_thread(self._catalogue.add_part, self._id, part, writer.path)
        writer.path.unlink()
        return part


def _advancing(progress: Progress, task: TaskID) -> Callable[[int], None]:
    return lambda steps: progress.advance(task, steps)


async def _counted(rows: AsyncIterator[Row], advance: Callable[[int], None]) -> AsyncIterator[Row]:
    async for row in rows:
        yield row
        advance(1)

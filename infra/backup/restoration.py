"""The way back: both stores as the backup holds them, and the sinks put back to where they stood before it.

Everything is checked before anything is touched. Every step may be done twice, so that a restore which was killed is
simply run again, and goes on with the part that was not done.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import islice

from rich.progress import Progress

from infra.backup.catalogue import Catalogue
from infra.backup.comparison import differences
from infra.backup.documents import count_documents, delete_indices, write_documents
from infra.backup.errors import RestoreFailed
from infra.backup.group_offsets import GroupOffsets, Rewound
from infra.backup.parts import read_part
from infra.backup.raw_session import RawSession
from infra.backup.restore_progress import EMPTIED, RestoreProgress
from infra.backup.rows import Row
from infra.backup.tables import Table, TableWriter, describe_tables, empty_tables, find_rows
from infra.backup.verification import require_whole
from infra.cassandra_session import CassandraSession
from infra.elasticsearch_session import ElasticsearchSession
from infra.errors import ConfigurationError
from infra.migrations import migrate_tables, read_migrations
from infra.result_index import ResultIndex
from infra.settings import Settings
from infra.topic_setup import create_topics
from schemas.backups import DOCUMENTS, Manifest, Part, TableCopy

ROWS_A_WRITE = 500

MayReplace = Callable[[Sequence[str]], bool]
"""Whether what the named tables, or the index, hold may be deleted."""


@dataclass(frozen=True)
class Restored:
    """What was done."""

    manifest: Manifest
    is_resumed: bool
    rewound: tuple[Rewound, ...] = field(default=())


async def restore_backup(
    settings: Settings,
    catalogue: Catalogue,
    wanted: str,
    progress: Progress,
    may_replace: MayReplace,
    *,
    stores_only: bool = False,
) -> Restored:
    """Make both stores what the backup ``wanted`` holds, and let the sinks read again what came after it.

    Topics, tables and index are made where they are missing. With ``stores_only`` Kafka is left alone: for a rehearsal
    into another keyspace and index. Raises ``DamagedBackup``, ``RestoreFailed``, ``ConfigurationError``, and
    ``TransientError``, after which running it again goes on.
    """
    manifest = await asyncio.to_thread(catalogue.find, wanted)
    _require_known(manifest)
    groups = None if stores_only else GroupOffsets(settings.kafka)
    _require_stopped(groups)
    await asyncio.to_thread(require_whole, catalogue, manifest, progress)
    if not stores_only:
        await asyncio.to_thread(create_topics, settings.kafka)
    await migrate_tables(settings.cassandra)
    async with AsyncExitStack() as opened:
        cassandra = await CassandraSession.connect(settings.cassandra)
        opened.push_async_callback(cassandra.close)
        raw = await RawSession.connect_without_keyspace(settings.cassandra)
        opened.push_async_callback(raw.close)
        elasticsearch = ElasticsearchSession.open(settings.elasticsearch)
        opened.push_async_callback(elasticsearch.close)
        index = ResultIndex(elasticsearch, settings.elasticsearch)
        await index.migrate()
        stores = Stores(settings, cassandra, raw, elasticsearch, index)
        return await _Restoration(stores, catalogue, manifest, groups, progress).run(may_replace)


@dataclass(frozen=True)
class Stores:
    """Both stores, opened once for a restore."""

    settings: Settings
    cassandra: CassandraSession
    raw: RawSession
    elasticsearch: ElasticsearchSession
    index: ResultIndex


class _Restoration:
    """One restore, of a backup that was found whole."""

    def __init__(
        self,
        stores: Stores,
        catalogue: Catalogue,
        manifest: Manifest,
        groups: GroupOffsets | None,
        progress: Progress,
    ) -> None:
        self._stores = stores
        self._catalogue = catalogue
        self._manifest = manifest
        self._groups = groups
        self._progress = progress
        self._steps = RestoreProgress(stores.cassandra, manifest.id)

    async def run(self, may_replace: MayReplace) -> Restored:
        tables = await describe_tables(self._stores.cassandra, self._stores.settings.cassandra.keyspace)
        _require_columns(self._manifest.tables, dict(tables))
        done = await self._steps.done()
        if not done:
            await self._require_room(tables, may_replace)
        # First: however this ends, no message after the backup is passed over.
        rewound = await asyncio.to_thread(self._rewind)
        if EMPTIED not in done:
            await self._empty(tables)
        await self._fill(done)
        await self._require_equal()
        # Once more: a worker that was started meanwhile may have gone on.
        await asyncio.to_thread(self._rewind)
        await self._steps.forget()
        return Restored(self._manifest, bool(done), rewound)

    async def _require_room(self, tables: Sequence[Table], may_replace: MayReplace) -> None:
        found = await find_rows(self._stores.cassandra, tables)
        index = self._stores.settings.elasticsearch.index
        if await count_documents(self._stores.elasticsearch, index):
            found.append(f"index {index}")
        if found and not may_replace(found):
            raise ConfigurationError(
                f"the stores are not empty ({', '.join(found)}): to delete what they hold and put the backup in its "
                "place, say --replace"
            )

    def _rewind(self) -> tuple[Rewound, ...]:
        if self._groups is None:
            return ()
        plan = tuple(self._groups.plan(self._manifest))
        self._groups.rewind(plan)
        return plan

    async def _empty(self, tables: Sequence[Table]) -> None:
        await self._steps.begin()
        settings = self._stores.settings
        await empty_tables(self._stores.cassandra, settings.cassandra.keyspace, tables)
        await delete_indices(self._stores.elasticsearch, settings.elasticsearch.index)
        await self._stores.index.migrate()
        await self._steps.mark(EMPTIED)

    async def _fill(self, done: set[str]) -> None:
        task = self._progress.add_task("restore", total=self._manifest.size_bytes)
        for copy in self._manifest.copies:
            writer = TableWriter(self._stores.raw, copy, self._manifest) if copy.name != DOCUMENTS else None
            for part in copy.parts:
                if part.name not in done:
                    await self._fill_from(part, copy, writer)
                    await self._steps.mark(part.name)
                self._progress.advance(task, part.size_bytes)

    async def _fill_from(self, part: Part, copy: TableCopy, writer: TableWriter | None) -> None:
        backup_id = self._manifest.id
        with self._catalogue.part(backup_id, part) as path:
            for rows in _batches(read_part(path, self._catalogue.key, f"{backup_id}/{part.name}", copy)):
                if writer is None:
                    index = self._stores.settings.elasticsearch.index
                    await write_documents(self._stores.elasticsearch, index, rows)
                else:
                    await writer.write(rows)

    async def _require_equal(self) -> None:
        stores = self._stores
        index = stores.settings.elasticsearch.index
        found = await differences(self._manifest, stores.raw, stores.elasticsearch, index, self._progress)
        if found:
            await self._steps.forget()
            raise RestoreFailed(
                "the stores differ from the backup; does the API run, or another program that writes to them? Stop it "
                "and restore again with --replace:\n" + "\n".join(found)
            )


def _require_known(manifest: Manifest) -> None:
    known = {migration.name: migration.checksum for migration in read_migrations()}
    if strange := sorted(name for name, checksum in manifest.migrations.items() if known.get(name) != checksum):
        raise ConfigurationError(
            f"backup {manifest.id} has tables of another version of Vedette than this one ({', '.join(strange)}): "
            f"restore it with version {manifest.vedette_version}"
        )


def _require_columns(copies: Iterable[TableCopy], tables: dict[str, tuple[object, ...]]) -> None:
    changed = [copy.name for copy in copies if not set(copy.columns) <= set(tables.get(copy.name, ()))]
    if changed:
        raise ConfigurationError(
            f"tables are not as they were when the backup was made: {', '.join(changed)}. Restore with the version of "
            "Vedette that made it, then run the new one's `vedette migrate`"
        )


def _require_stopped(groups: GroupOffsets | None) -> None:
    if groups is not None and (active := groups.active()):
        raise ConfigurationError(
            f"workers run ({', '.join(active)}): stop every worker and the API first, with `vedette down`, "
            "`docker compose stop recognise store index audit activity api`, or however they were started; one that "
            "was killed is remembered for up to ten seconds. Nothing was changed"
        )


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while batch := list(islice(rows, ROWS_A_WRITE)):
        yield batch

"""The way back: both stores as the backup holds them, and the sinks put back to where they stood before it.

Everything is checked before anything is touched, and the act is recorded before anything changes. Every step may be
done twice, so that a restore which was killed is simply run again, and goes on with the part that was not done.

What says who may do what is written last, and never with more than the acts since the backup leave: however a restore
ends, nothing that was revoked counts meanwhile. What was deleted since the backup is deleted again, as soon as the
stores are found to hold what the backup does. The audit trail is added to, and keeps what came after the backup.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime

from rich.progress import Progress

from infra.cassandra.migrations import migrate_tables
from infra.cassandra.session import CassandraSession
from infra.elasticsearch.results import ResultIndex
from infra.elasticsearch.session import ElasticsearchSession
from infra.errors import ConfigurationError
from infra.kafka.topic_setup import create_topics
from infra.operations.audit.store import AuditStore
from infra.operations.backup.auditing import restoring
from infra.operations.backup.contents.comparison import difference_within, differences
from infra.operations.backup.contents.documents import count_documents, delete_indices
from infra.operations.backup.contents.group_offsets import GroupPositions, Rewound
from infra.operations.backup.contents.kept_tables import ADDED_TO, KEPT
from infra.operations.backup.contents.raw_session import RawSession
from infra.operations.backup.contents.tables import Table, describe_tables, empty_tables, find_rows
from infra.operations.backup.format.catalogue import Catalogue
from infra.operations.backup.format.errors import RestoreFailed
from infra.operations.backup.format.verification import require_whole
from infra.operations.backup.restore.access_rules import LOG_INS, RULES, AccessRules
from infra.operations.backup.restore.acts_since import acts_in_trail, acts_on_topic
from infra.operations.backup.restore.checks import require_columns, require_known, require_stopped
from infra.operations.backup.restore.deletions_since import DeletionsSince
from infra.operations.backup.restore.erased_since import forget_erased
from infra.operations.backup.restore.filling import Filling, emptied
from infra.operations.backup.restore.progress import COMPARED, EMPTIED, RestoreProgress
from infra.operations.backup.restore.rehearsals import Rehearsals, require_elsewhere
from infra.operations.backup.restore.taken_away import taken_away
from infra.settings.settings import Settings
from schemas.records.backups import Manifest, TableCopy

# Each time acts came that take something away while accounts were written back, these are written anew.
MOST_ROUNDS = 10

MayReplace = Callable[[Sequence[str]], bool]
"""Whether what the named tables, or the index, hold may be deleted."""


@dataclass(frozen=True)
class Restored:
    """What was done. ``taken`` counts what was taken away again, by kind."""

    manifest: Manifest
    is_resumed: bool
    rewound: tuple[Rewound, ...] = field(default=())
    taken: Mapping[str, int] = field(default_factory=dict)
    gap: str | None = None
    trail_problems: tuple[str, ...] = ()
    deleted_again: int = 0
    unread_backups: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """Say what was taken away again, and why keys and clients are suspended if they are."""
        counted = ", ".join(f"{what}: {count}" for what, count in sorted(self.taken.items()) if count)
        suspended = f"; keys and clients suspended: {self.gap}" if self.gap else ""
        deleted = f"; images deleted again: {self.deleted_again}" if self.deleted_again else ""
        return f"{counted or 'nothing was taken away since'}{suspended}{deleted}"


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

    Topics, tables and index are made where they are missing. With ``stores_only`` no topic is made and no group moved:
    for a rehearsal into another keyspace and index. Raises ``DamagedBackup``, ``RestoreFailed``,
    ``ConfigurationError``, and ``TransientError``, after which running it again goes on.
    """
    manifest = await asyncio.to_thread(catalogue.find, wanted)
    require_known(manifest)
    if stores_only:
        require_elsewhere(settings, manifest)
    groups = None if stores_only else GroupPositions(settings.kafka)
    require_stopped(groups)
    await asyncio.to_thread(require_whole, catalogue, manifest, progress)
    if not stores_only:
        # Without them nothing can be recorded; what is there already stays as it is.
        await asyncio.to_thread(create_topics, settings.kafka)
    async with AsyncExitStack() as opened:
        act = await opened.enter_async_context(restoring(settings.kafka, manifest.id, _where(settings, stores_only)))
        await migrate_tables(settings.cassandra)
        stores = await _open(settings, opened)
        restored = await _Restoration(stores, catalogue, manifest, groups, progress).run(may_replace)
        await act.tell_done(restored.told)
        return restored


@dataclass(frozen=True)
class RestoredStores:
    """Both stores, opened once for a restore."""

    settings: Settings
    cassandra: CassandraSession
    raw: RawSession
    elasticsearch: ElasticsearchSession
    index: ResultIndex


async def _open(settings: Settings, opened: AsyncExitStack) -> RestoredStores:
    cassandra = await CassandraSession.connect(settings.cassandra)
    opened.push_async_callback(cassandra.close)
    raw = await RawSession.connect_without_keyspace(settings.cassandra)
    opened.push_async_callback(raw.close)
    elasticsearch = ElasticsearchSession.open(settings.elasticsearch)
    opened.push_async_callback(elasticsearch.close)
    index = ResultIndex(elasticsearch, settings.elasticsearch)
    await index.migrate()
    return RestoredStores(settings, cassandra, raw, elasticsearch, index)


def _where(settings: Settings, stores_only: bool) -> str:
    where = f"into keyspace {settings.cassandra.keyspace} and index {settings.elasticsearch.index}"
    return f"{where}, a rehearsal" if stores_only else where


class _Restoration:
    """One restore, of a backup that was found whole."""

    def __init__(
        self,
        stores: RestoredStores,
        catalogue: Catalogue,
        manifest: Manifest,
        groups: GroupPositions | None,
        progress: Progress,
    ) -> None:
        self._stores = stores
        self._manifest = manifest
        self._groups = groups
        self._progress = progress
        self._steps = RestoreProgress(stores.cassandra, manifest.id)
        self._rehearsals = Rehearsals(stores.cassandra)
        self._index = stores.settings.elasticsearch.index
        self._catalogue = catalogue
        self._deletions = DeletionsSince(stores.cassandra, stores.index, manifest)
        self._filling = Filling(catalogue, manifest, stores.raw, stores.elasticsearch, self._index)

    async def run(self, may_replace: MayReplace) -> Restored:
        tables = await describe_tables(self._stores.cassandra, self._stores.settings.cassandra.keyspace)
        require_columns(self._manifest.tables, dict(tables))
        done = await self._steps.done()
        if not done:
            await self._require_room(tables, may_replace)
        # First: however this ends, no message after the backup is passed over.
        rewound = await asyncio.to_thread(self._rewind)
        unread: tuple[str, ...] = ()
        if EMPTIED not in done:
            unread = await self._deletions.keep(self._catalogue)
            await self._empty(tables)
        await self._fill(done)
        rules, access = await self._fill_access()
        if COMPARED not in done:
            await self._require_equal(access)
            await self._steps.mark(COMPARED)
        deleted = await self._deletions.apply()
        await forget_erased(self._stores.cassandra, self._stores.settings, self._manifest)
        # Once more: a worker that was started meanwhile may have gone on.
        await asyncio.to_thread(self._rewind)
        problems = await self._trail_problems()
        await self._steps.forget()
        await self._deletions.forget()
        return Restored(self._manifest, bool(done), rewound, rules.done, rules.gap, problems, deleted, unread)

    async def _require_room(self, tables: Sequence[Table], may_replace: MayReplace) -> None:
        found = await find_rows(self._stores.cassandra, _taken_from(tables))
        if await count_documents(self._stores.elasticsearch, self._index):
            found.append(f"index {self._index}")
        if self._groups is None:
            await self._rehearsals.require_own(self._index, found)
        if found and not may_replace(found):
            raise ConfigurationError(
                f"the stores are not empty ({', '.join(found)}): to delete what they hold and put the backup in its "
                "place, run the command again with --replace"
            )

    def _rewind(self) -> tuple[Rewound, ...]:
        if self._groups is None:
            return ()
        plan = tuple(self._groups.plan(self._manifest))
        self._groups.rewind(plan)
        return plan

    async def _empty(self, tables: Sequence[Table]) -> None:
        if self._groups is None:
            await self._rehearsals.mark(self._index)
        else:
            await self._rehearsals.unmark()
        await self._steps.begin()
        settings = self._stores.settings
        await empty_tables(self._stores.cassandra, settings.cassandra.keyspace, _taken_from(tables))
        await delete_indices(self._stores.elasticsearch, settings.elasticsearch.index)
        await self._stores.index.migrate()
        await self._steps.mark(EMPTIED)

    async def _fill(self, done: set[str]) -> None:
        copies = [copy for copy in self._manifest.copies if copy.name not in LOG_INS and copy.name not in RULES]
        parts = [(part, copy) for copy in copies for part in copy.parts]
        task = self._progress.add_task("restore", total=sum(part.size_bytes for part, _ in parts))
        for part, copy in parts:
            if part.name not in done:
                await self._filling.fill(part, copy)
                await self._steps.mark(part.name)
            self._progress.advance(task, part.size_bytes)

    async def _fill_access(self) -> tuple[AccessRules, Mapping[str, TableCopy]]:
        """Write back who may do what, as the acts since the backup leave it, until no more such acts came meanwhile."""
        before: AccessRules | None = None
        access: dict[str, TableCopy] = {}
        for _ in range(MOST_ROUNDS):
            rules = await self._rules()
            if before is not None and (rules.taken, rules.gap) == (before.taken, before.gap):
                return before, access
            access = await self._write_access(rules)
            before = rules
        raise RestoreFailed(
            "accounts and keys are being changed at the same time: stop the API, and run the command again"
        )

    async def _rules(self) -> AccessRules:
        acts = await asyncio.to_thread(acts_on_topic, self._stores.settings.kafka, self._manifest)
        in_trail = await acts_in_trail(AuditStore(self._stores.cassandra), self._manifest)
        return AccessRules(taken_away((*acts.told, *in_trail)), acts.gap, datetime.now(UTC))

    async def _write_access(self, rules: AccessRules) -> dict[str, TableCopy]:
        """Every time from the beginning: what an earlier run wrote was by what it knew."""
        copies = {copy.name: copy for copy in self._manifest.tables if copy.name in RULES}
        keyspace = self._stores.settings.cassandra.keyspace
        await empty_tables(self._stores.cassandra, keyspace, [(name, copies[name].columns) for name in copies])
        return {name: await self._filling.fill_by_rules(copies[name], rules) for name in RULES if name in copies}

    async def _require_equal(self, access: Mapping[str, TableCopy]) -> None:
        stores = self._stores
        copies = [
            emptied(copy) if copy.name in LOG_INS else access.get(copy.name, copy)
            for copy in self._manifest.copies
            if copy.name not in KEPT
        ]
        found = await differences(copies, stores.raw, stores.elasticsearch, self._index, self._progress)
        if found:
            await self._steps.forget()
            raise RestoreFailed(
                "the stores differ from the backup. The API or another program may be writing to them. Stop it "
                "and restore again with --replace:\n" + "\n".join(found)
            )

    async def _trail_problems(self) -> tuple[str, ...]:
        """Return where the audit trail holds something else than the backup: that is left as it is, to be looked at."""
        problems: list[str] = []
        for copy in self._manifest.tables:
            if copy.name in ADDED_TO:
                reach = await asyncio.to_thread(self._filling.reach, copy)
                problems += await difference_within(copy, reach, self._stores.raw)
        return tuple(problems)


def _taken_from(tables: Sequence[Table]) -> list[Table]:
    """Return those of the tables that are emptied."""
    return [table for table in tables if table[0] not in KEPT]

"""A new result index, filled from Cassandra while workers write and readers search.

What the store worker had acknowledged before Cassandra is read is found there; all that came later is read again from
the topics. The topics are read once more after the alias was switched, up to where they end then: a write of the index
worker that still went to the old index is among it. Documents have versions, so writing one twice changes nothing.
"""

import asyncio
import platform
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TypeVar

from rich.progress import Progress, TaskID

from infra.cassandra.images.scan import StoreScan
from infra.cassandra.pipelines import PipelineStore
from infra.elasticsearch.results import ResultIndex
from infra.elasticsearch.session import ElasticsearchSession
from infra.elasticsearch.switch import IndexSwitch
from infra.errors import NotSetUp
from infra.kafka.topic_log import TopicLog
from infra.kafka.topic_reader import Partition, Span
from infra.retries import retry_outage
from infra.settings.settings import Settings
from processors.models.stored_trees import StoredTrees
from processors.recognition.changes import ChangeReader, Changes
from processors.recognition.intake import Intake
from processors.streams.delivery import of_topic
from schemas.dead_letters import DeadLetter, Rejection, Resolved
from schemas.results import RecognitionResult, VersionedName
from schemas.topics import DEAD_LETTERS, RECOGNITION_RESULTS, STORE_GROUP

TOPICS = (RECOGNITION_RESULTS, DEAD_LETTERS)
BATCH = 500

Item = TypeVar("Item")


@dataclass(frozen=True)
class Rebuilt:
    """The index that is searched now, how much was read to fill it, and the indices that it replaced."""

    index: str
    from_cassandra: int
    from_topics: int
    replaced: tuple[str, ...]


async def rebuild_index(settings: Settings, progress: Progress, *, keep_old: bool = False) -> Rebuilt:
    """Fill a new index and let the alias name it; killed at any point, it can be run again from the start."""
    session = ElasticsearchSession.open(settings.elasticsearch)
    log = await asyncio.to_thread(TopicLog, settings.kafka)
    try:
        return await _Rebuild(settings, session, log, progress).run(keep_old)
    finally:
        await asyncio.to_thread(log.close)
        await session.close()


class _Rebuild:
    """One rebuild, from the empty index to the removal of the old one."""

    def __init__(self, settings: Settings, session: ElasticsearchSession, log: TopicLog, progress: Progress) -> None:
        self._settings = settings
        self._switch = IndexSwitch(session, settings.elasticsearch)
        self._new = ResultIndex(session, self._switch.settings)
        self._live = ResultIndex(session, settings.elasticsearch)
        self._log = log
        self._progress = progress
        self._trees = StoredTrees(settings.models.min_tree_confidence)
        self._reader = ChangeReader(Intake(settings.kafka.topic_owners), platform.node())

    async def run(self, keep_old: bool) -> Rebuilt:
        promoted = await self._find_promoted()
        stored = await asyncio.to_thread(self._acknowledged)
        name = await self._switch.start()
        scanned = await self._fill(promoted)
        caught_up, reached = await self._catch_up(stored, promoted, "catching up")
        await self._new.refresh()
        old = await self._switch.switch(name)
        # Ends are read after the switch: what may have gone to the old index is before them.
        more, _ = await self._catch_up(reached, promoted, "last writes")
        await self._switch.finish(name, old, keep_old=keep_old)
        return Rebuilt(name, scanned, caught_up + more, old)

    def _acknowledged(self) -> dict[Partition, int]:
        return self._log.acknowledged(STORE_GROUP, list(self._log.spans(TOPICS)))

    async def _find_promoted(self) -> VersionedName:
        pipelines = await PipelineStore.connect(self._settings.cassandra)
        try:
            return await pipelines.find_promoted()
        finally:
            await pipelines.close()

    async def _fill(self, promoted: VersionedName) -> int:
        scan = await StoreScan.connect(self._settings.cassandra)
        # A guess: documents as of now stand for what Cassandra holds.
        task = self._progress.add_task("from Cassandra", total=await self._guess())
        try:
            found = await self._copy(scan.answers(promoted), partial(self._save_results, promoted=promoted), task)
            found += await self._copy(scan.letters(), self._save_letters, task)
            found += await self._copy(scan.deletions(), self._new.save_deletions, task)
        finally:
            await scan.close()
        self._progress.update(task, total=found)
        return found

    async def _guess(self) -> int | None:
        """Return how many documents there are about; None where the index is gone."""
        try:
            return await self._live.count()
        except NotSetUp:
            return None

    async def _copy(
        self, items: AsyncIterator[Item], save: Callable[[Sequence[Item]], Awaitable[None]], task: TaskID
    ) -> int:
        copied = 0
        async for batch in _batches(items):
            await retry_outage(partial(save, batch), doing="rebuild_index")
            copied += len(batch)
            self._progress.advance(task, len(batch))
        return copied

    async def _save_results(self, results: Sequence[RecognitionResult], promoted: VersionedName) -> None:
        await self._new.save_results([self._trees.complete(result) for result in results], promoted)

    async def _save_letters(self, letters: Sequence[DeadLetter]) -> None:
        await self._new.save_rejections(letters)
        await self._new.save_resolutions([_resolved(letter) for letter in letters if letter.resolution])

    async def _catch_up(
        self, start: dict[Partition, int], promoted: VersionedName, title: str
    ) -> tuple[int, dict[Partition, int]]:
        """Read the topics from ``start`` to their present ends; returns how much that was, and the ends."""
        kept = await asyncio.to_thread(self._log.spans, TOPICS)
        spans = {at: Span(max(span.start, start.get(at, 0)), span.end) for at, span in kept.items()}
        task = self._progress.add_task(title, total=sum(max(0, span.end - span.start) for span in spans.values()))
        messages = self._log.read(spans)
        found = 0
        while batch := await asyncio.to_thread(lambda: list(islice(messages, BATCH))):
            changes = self._reader.read([of_topic(one) for one in batch])
            await retry_outage(partial(self._save, changes, promoted), doing="rebuild_index")
            found += len(batch)
            self._progress.advance(task, len(batch))
        return found, {at: span.end for at, span in kept.items()}

    async def _save(self, changes: Changes, promoted: VersionedName) -> None:
        await self._save_results(changes.results, promoted)
        await self._new.save_rejections(changes.rejections)
        await self._new.save_resolutions(changes.resolutions)
        await self._new.save_deletions(changes.deletions)


async def _batches(items: AsyncIterator[Item]) -> AsyncIterator[list[Item]]:
    batch: list[Item] = []
    async for item in items:
        batch.append(item)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _resolved(letter: DeadLetter) -> Resolved:
    rejection = Rejection.model_validate(letter.model_dump(include=set(Rejection.model_fields)))
    return Resolved.model_validate(
        {
            "rejection": rejection,
            "resolution": letter.resolution,
            "by": letter.resolved_by,
            "at": letter.resolved_at,
        }
    )

"""Reads topics and stores in the order in which messages flow, and judges what became of every reference.

Groups' offsets are read before the topics' ends, and the topics before the stores: whatever a group has acknowledged
when it is asked, its outcome is there by the time that is looked at, however much goes on meanwhile.
"""

import asyncio
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from pathlib import Path

from rich.progress import Progress

from infra.cassandra.images.unread_ranges import read_put_away
from infra.cassandra.session import CassandraSession
from infra.elasticsearch.session import ElasticsearchSession
from infra.kafka.topic_facts import TopicFacts
from infra.kafka.topic_log import TopicLog
from infra.operations.reconcile.identities import name_findings
from infra.operations.reconcile.pending import PendingImages, Reading
from infra.operations.reconcile.records.records import Kind
from infra.operations.reconcile.records.spill import BUCKETS, Spill
from infra.operations.reconcile.records.stored_records import (
    PendingImage,
    count_documents,
    read_documents,
    read_rows,
    token_ranges,
)
from infra.operations.reconcile.records.topic_records import TopicRecords, owner_named
from infra.operations.reconcile.reference_numbers import ReferenceNumbers
from infra.operations.reconcile.settling import ImageVerdict, Settlement
from infra.operations.reconcile.tracing import Traces
from infra.operations.reconcile.unread import UnreadRanges
from infra.operations.reconcile.window import Spans, Window
from infra.settings.settings import Settings
from schemas.records.reconciliation import Reconciliation
from schemas.topics import DEAD_LETTERS, IMAGE_GROUPS, RECOGNITION_RESULTS, REFERENCE_TOPICS, RETRY_TOPICS

OUTCOME_TOPICS = (RECOGNITION_RESULTS, DEAD_LETTERS)

Advance = Callable[[int], None]


def reconcile(settings: Settings, window: Window, progress: Progress) -> Reconciliation:
    """Count what became of every reference within ``window``; memory stays bounded however many there are.

    Reads all that the outcome topics and both stores hold; what has to be remembered of it lies in a temporary
    folder, 63 bytes for each message and row. References older than what the outcome topics keep are left out. Raises
    ``TransientError`` and ``ConfigurationError``.
    """
    log = TopicLog(settings.kafka)
    try:
        with tempfile.TemporaryDirectory(prefix="vedette-reconcile-") as folder:
            return _Run(settings, window, log, Path(folder), progress).run()
    finally:
        log.close()


class _Run:
    """One reconciliation."""

    def __init__(self, settings: Settings, window: Window, log: TopicLog, folder: Path, progress: Progress) -> None:
        self._settings = settings
        self._asked = window
        self._window = window.not_before(log.forgotten_before(OUTCOME_TOPICS))
        self._log = log
        self._progress = progress
        self._by_place = Spill(folder, "place")
        self._by_image = Spill(folder, "image")
        self._unread = UnreadRanges(whole=window.owner is None)
        self._pending = PendingImages(window, self._unread)

    def run(self) -> Reconciliation:
        topics = [*REFERENCE_TOPICS, *RETRY_TOPICS, *OUTCOME_TOPICS]
        partitions = list(self._log.spans(topics))
        records = TopicRecords(*(self._log.acknowledged(group, partitions) for group in IMAGE_GROUPS))
        spans = self._log.spans(topics)
        references = self._window.of_references(_of(REFERENCE_TOPICS, spans), self._log)
        self._read_references(references, records)
        self._read_waiting(_of(RETRY_TOPICS, spans), records)
        self._read_outcomes(_of(OUTCOME_TOPICS, spans), records, references)
        asyncio.run(self._read_stores(Reading(spans, references)))
        return self._report(self._trace(), self._settle())

    def _read_references(self, judged: Spans, records: TopicRecords) -> None:
        owner, numbers = self._window.owner, self._numbers(judged)
        with self._task("references", _size(judged)) as advance:
            for message in self._log.read(judged):
                order = numbers.number(message)
                if owner in (None, owner_named(message)):
                    span = judged[message.origin.topic, message.origin.partition]
                    for record in records.references(message, span, order):
                        self._by_place.add(record.place.packed, record)
                advance(1)

    def _numbers(self, judged: Spans) -> ReferenceNumbers:
        return asyncio.run(ReferenceNumbers.begin(judged, TopicFacts(self._settings.kafka)))

    def _read_waiting(self, spans: Spans, records: TopicRecords) -> None:
        with self._task("waiting to be tried again", _size(spans)) as advance:
            for message in self._log.read(spans):
                if (record := records.waiting(message)) is not None:
                    self._by_place.add(record.place.packed, record)
                advance(1)

    def _read_outcomes(self, spans: Spans, records: TopicRecords, references: Spans) -> None:
        judged, owner = self._window.of_outcomes(spans, self._log), self._window.owner
        with self._task("outcomes", _size(judged)) as advance:
            for message in self._log.read(judged):
                for record in records.outcomes(message, self._unread, references):
                    if record.kind is not Kind.DELETION:
                        self._by_place.add(record.place.packed, record)
                    elif owner in (None, owner_named(message)):
                        self._by_image.add(record.key, record)
                advance(1)

    def _trace(self) -> Traces:
        traces = Traces(self._unread)
        with self._task("answers to references", BUCKETS) as advance:
            for bucket in self._by_place.buckets():
                for claim in traces.trace(bucket):
                    self._by_image.add(claim.key, claim)
                advance(1)
        return traces

    async def _read_stores(self, reading: Reading) -> None:
        cassandra = await CassandraSession.connect(self._settings.cassandra)
        elasticsearch = ElasticsearchSession.open(self._settings.elasticsearch)
        try:
            await self._read_cassandra(cassandra, reading)
            await self._read_elasticsearch(elasticsearch)
        finally:
            await cassandra.close()
            await elasticsearch.close()

    async def _read_cassandra(self, session: CassandraSession, reading: Reading) -> None:
        self._unread.put_away_before = await read_put_away(session)
        ranges = token_ranges()
        with self._task("Cassandra", len(ranges)) as advance:
            for tokens in ranges:
                pending = []
                async for row in read_rows(session, tokens):
                    if isinstance(row, PendingImage):
                        pending.append(row)
                    else:
                        self._by_image.add(row.key, row)
                self._add_pending(pending, reading)
                advance(1)

    def _add_pending(self, images: Sequence[PendingImage], reading: Reading) -> None:
        """Have images without an outcome looked at again: their references may be on no topic any more."""
        ends = {at: span.end for at, span in self._log.spans(REFERENCE_TOPICS).items()} if images else {}
        for image in images:
            record = self._pending.record(image, reading, ends)
            if record is not None and record.kind is Kind.ROW_ACCEPTED:
                self._by_place.add(record.place.packed, record)
            elif record is not None:
                self._by_image.add(record.key, record)

    async def _read_elasticsearch(self, session: ElasticsearchSession) -> None:
        index = self._settings.elasticsearch.index
        with self._task("Elasticsearch", await count_documents(session, index)) as advance:
            async with aclosing(read_documents(session, index)) as pages:
                async for page in pages:
                    for record in page:
                        self._by_image.add(record.key, record)
                    advance(len(page))

    def _settle(self) -> Settlement:
        settlement = Settlement()
        with self._task("outcomes in stores", BUCKETS) as advance:
            for bucket in self._by_image.buckets():
                settlement.settle(bucket)
                advance(1)
        return settlement

    def _report(self, traces: Traces, settlement: Settlement) -> Reconciliation:
        verdicts = settlement.verdicts
        lost = traces.lost.joined(settlement.lost)
        unread, put_away = self._unread.lost(), self._unread.put_away() + traces.put_away
        return Reconciliation(
            accepted=traces.accepted + unread + self._unread.put_away() + settlement.announced,
            recognised=verdicts[ImageVerdict.RECOGNISED],
            rejected=verdicts[ImageVerdict.REJECTED],
            deleted=verdicts[ImageVerdict.DELETED],
            discarded=verdicts[ImageVerdict.DISCARDED] + put_away,
            pending=traces.pending + verdicts[ImageVerdict.PENDING],
            lost=traces.lost.count + verdicts[ImageVerdict.LOST] + unread + settlement.announced,
            doubled=settlement.doubled.count,
            outdated=settlement.outdated.count,
            redelivered=traces.redelivered,
            lost_deletions=settlement.lost_deletions,
            since=self._window.since,
            until=self._window.until,
            owner=self._window.owner,
            lost_references=name_findings(lost, self._log),
            doubled_references=name_findings(settlement.doubled, self._log),
            outdated_references=name_findings(settlement.outdated, self._log),
            unread=self._unread.told(),
        )

    @contextmanager
    def _task(self, what: str, size: int) -> Iterator[Advance]:
        """Show how far one stage has come."""
        task = self._progress.add_task(what, total=size)
        yield lambda done: self._progress.advance(task, done)
        self._progress.update(task, completed=size)


def _of(topics: Sequence[str], spans: Spans) -> Spans:
    return {at: span for at, span in spans.items() if at[0] in topics}


def _size(spans: Spans) -> int:
    return sum(max(0, span.end - span.start) for span in spans.values())

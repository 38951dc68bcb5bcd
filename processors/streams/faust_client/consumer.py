"""Faust's Kafka driver, with notes beside the offsets that it commits and reads.

Faust commits an empty text with each offset. Here those who have something to keep for a partition fill in a
``CommitNote`` at each commit, and are given it back when the partition is assigned, before its first message is handed
out: to the same worker, or to the one that goes on after it.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol, cast

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import (
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
)
from aiokafka.structs import OffsetAndMetadata
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer, Transport

from infra.kafka.groups.sequences import TimeIndex
from infra.kafka.groups.standing import GroupStanding, Settling
from processors.streams.faust_client.committing import next_to_commit
from schemas.messages.commit_notes import CommitNote, CommittedOffset, Place

log = structlog.get_logger(__name__)

Commit = Callable[[Mapping[TopicPartition, OffsetAndMetadata]], Awaitable[None]]


class NoteKeeper(Protocol):
    """Keeps something for each partition beside its committed offset."""

    async def take_up(self, committed: Mapping[Place, CommittedOffset | None], index: TimeIndex) -> None:
        """Go on where partitions were committed; None for one that the group has not begun.

        Called at each assignment with all partitions that are assigned, before their first message is handed out. What
        was kept of other partitions may be forgotten.
        """

    def note(self, place: Place, offset: int, note: CommitNote) -> CommitNote:
        """Return ``note`` with what is known of the messages before ``offset``.

        Called in the consumer's own thread. Offsets that were committed come back no more.
        """


class NotingApp(Protocol):
    """What such a consumer asks of its app."""

    note_keepers: Sequence[NoteKeeper]


class NotingConsumerThread(AIOKafkaConsumerThread):
    """The thread that talks to the brokers."""

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        self._standing = GroupStanding(consumer, consumer.commit)
        consumer.commit = noting(consumer.commit, cast(NotingApp, self.app).note_keepers)
        return consumer

    async def committed(self, places: Iterable[Place]) -> dict[Place, CommittedOffset | None]:
        """Return where the group stands in ``places`` and what was noted there."""
        found: dict[Place, CommittedOffset | None] = await self.call_thread(self._standing.committed, places)
        return found

    async def commit_as_told(self, offsets: Mapping[Place, CommittedOffset]) -> None:
        """Commit these offsets and notes as they are; raises ``TransientError`` while the brokers do not take them."""
        await self.call_thread(self._standing.commit_as_told, offsets)

    async def seek_to_committed(self) -> Any:
        """Go on where the group stands, at offset 0 as well, which the client itself leaves as it was before."""
        return await self.call_thread(self._seek_to_committed)

    async def _seek_to_committed(self) -> Any:
        client = self._ensure_consumer()
        committed = await client.seek_to_committed()
        for at in (at for at, offset in committed.items() if offset == 0):
            client.seek(at, 0)
        return committed

    def join_again(self) -> None:
        """Have all partitions revoked and assigned once more; may be called from any thread."""
        self.thread_loop.call_soon_threadsafe(self._standing.join_again)

    async def _fetch_records(self, *arguments: Any, **options: Any) -> Any:
        try:
            return await super()._fetch_records(*arguments, **options)
        except (OffsetOutOfRangeError, NoOffsetForPartitionError) as error:
            # The client would start anywhere without a word. What was missed is found out where partitions are given.
            log.warning("offset_is_gone", error=repr(error))
            self._standing.join_again()
            return {}


class NotingConsumer(Consumer):
    """A consumer whose commits carry notes, and which counts no offset that there never was."""

    _thread: NotingConsumerThread

    def _new_consumer_thread(self) -> NotingConsumerThread:
        return NotingConsumerThread(self, loop=self.loop, beacon=self.beacon)

    def _new_offset(self, tp: Any) -> int | None:
        """Return where a partition's next commit is to stand, None where nothing new is done without a break."""
        acked, gaps = self._acked[tp], self._gap[tp]
        if not acked:
            return None
        acked.sort()
        end = next_to_commit(acked, ((gap.begin, gap.end) for gap in gaps), self._committed_offset[tp])
        if end is not None:
            self._acked_index[tp].difference_update(offset for offset in acked if offset < end)
            acked[:] = [offset for offset in acked if offset >= end]
            gaps.chop(0, end)
        return end

    def join_again(self) -> None:
        """Have all partitions revoked and assigned once more; may be called from any thread."""
        self._thread.join_again()

    async def hand_back_notes(
        self, keepers: Sequence[NoteKeeper], assigned: Iterable[Place], settling: Settling, index: TimeIndex
    ) -> None:
        """Let ``keepers`` take up the partitions that were assigned, where ``settling`` says.

        ``index`` has connections of its own: a question on those that fetch would wait until a fetch is answered.
        """
        committed = await settling.settle(await self._thread.committed(assigned), self._thread)
        for keeper in keepers:
            await keeper.take_up(committed, index)


class NotingTransport(Transport):
    """Faust's Kafka transport, with such a consumer."""

    Consumer = NotingConsumer


def noting(commit: Commit, keepers: Sequence[NoteKeeper]) -> Commit:
    """Return ``commit`` with what ``keepers`` know beside each offset."""

    async def commit_with_notes(offsets: Mapping[TopicPartition, OffsetAndMetadata]) -> None:
        await commit({at: OffsetAndMetadata(one.offset, _note(keepers, at, one.offset)) for at, one in offsets.items()})

    return commit_with_notes


def _note(keepers: Sequence[NoteKeeper], at: TopicPartition, offset: int) -> str:
    note = CommitNote()
    for keeper in keepers:
        note = keeper.note((at.topic, at.partition), offset, note)
    return note.text

"""Finds what Kafka deleted before a worker's group had read it, and tells it before the worker goes on.

Looked for at each assignment, before the first message is handed out. Whatever needs another look while the worker
runs, such as an offset that is out of range or a topic that was made anew, makes the worker join its group again: its
partitions are revoked, what is in hand is finished and committed, and they are assigned once more.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol

import structlog

from infra.kafka.event_bus import EventPublisher, Record
from infra.kafka.groups.gaps import Holding, Start, committed_before, find_start
from infra.kafka.groups.standing import Committed, GroupOffsets
from infra.retries import retry_transient
from infra.settings.servers import KafkaSettings
from infra.telemetry.metrics import EXPIRED_UNREAD
from processors.streams.gap_letters import gap_letters
from schemas.messages.commit_notes import CommitNote, CommittedOffset, Place

LOOK_EVERY_S = 3.0

Publish = Callable[[Sequence[Record]], Awaitable[object]]

log = structlog.get_logger(__name__)


class Facts(Protocol):
    """What is asked about topics."""

    async def ids(self, topics: Collection[str]) -> Mapping[str, str]: ...
    async def partitions(self, topics: Collection[str]) -> Sequence[Place]: ...
    async def holdings(self, places: Collection[Place]) -> Mapping[Place, Holding]: ...


class GapKeeper:
    """Keeps the ids of a group's topics beside its committed offsets, and tells what was deleted unread.

    The dead letter of a gap is confirmed before the group's offset moves past it. When the gap was noticed is committed
    before that, so that after a crash between the two the same dead letter is published again, under the same name.
    """

    def __init__(self, group: str, topics: Collection[str], facts: Facts, publish: Publish) -> None:
        """``topics`` are all that the group reads; more may be added until the worker runs."""
        self._group = group
        self._topics = topics
        self._facts = facts
        self._publish = publish
        self._read: dict[str, str] = {}
        """The ids of the topics that this worker reads, as they were when partitions were assigned."""
        self._remembered: dict[str, str] = {}
        """Those of all that it has read, also of topics that are gone by now."""
        self._noted_of_group: str | None = None

    @classmethod
    def open(cls, group: str, topics: Collection[str], settings: KafkaSettings, facts: Facts) -> "GapKeeper":
        """Return one that asks ``facts``, and tells the brokers that ``settings`` name; nothing connects yet."""

        async def publish(records: Sequence[Record]) -> None:
            # A publisher of its own: what is told so is told once in years.
            async with EventPublisher(settings) as publisher:
                await publisher.publish(records)

        return cls(group, topics, facts, publish)

    async def settle(self, committed: Committed, offsets: GroupOffsets) -> Committed:
        """Tell what the group has missed of these partitions; returns where it goes on now.

        Where a partition is begun is committed, so that it is known from then on what was deleted unread. Waits for as
        long as the brokers do not answer; partitions that are gone by now are left as they are.
        """
        noted = await self._noted_ids(committed, offsets)
        found = await retry_transient(lambda: self._facts.holdings(committed), doing="ask Kafka what its topics hold")
        stood = {at: committed_before(committed[at], one, noted[at[0]]) for at, one in found.items()}
        starts = {at: find_start(stood[at], holding) for at, holding in found.items()}
        await self._tell({at: start for at, start in starts.items() if start.gaps}, stood, offsets)
        self._read = {topic: holding.topic_id for (topic, _), holding in found.items()}
        self._remembered |= self._read
        self._noted_of_group = _as_text({topic: min(ids) for topic, ids in noted.items() if ids} | self._read)
        moved = {
            at: self._go_on(at, stood[at], start)
            for at, start in starts.items()
            if committed[at] is None or start.gaps or _noted_id(committed[at]) is None
        }
        await self._commit(moved, offsets)
        return {**committed, **moved}

    async def take_up(self, committed: Committed, _log: object) -> None:
        """Nothing is left to do: these partitions are settled."""

    def note(self, place: Place, _offset: int, note: CommitNote) -> CommitNote:
        """Return ``note`` with the ids of the topics that are read."""
        return note.model_copy(update=self._noted(place[0]))

    async def watch(self, join_again: Callable[[], None]) -> None:
        """Let the worker join its group again once a topic that it reads was made anew; runs until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            known = self._read
            found = await retry_transient(lambda: self._facts.ids(self._topics), doing="ask Kafka for its topics' ids")
            changed = sorted(topic for topic, known_id in known.items() if found.get(topic, known_id) != known_id)
            if changed and known is self._read:
                log.warning("topics_made_anew", topics=changed, group=self._group)
                join_again()

    async def _noted_ids(self, committed: Committed, offsets: GroupOffsets) -> defaultdict[str, set[str]]:
        """Return the ids under which the group has read each topic, from what is noted anywhere or was read just now.

        All of the group's partitions are looked at only where one seems not to have been begun: Kafka forgets a group's
        offsets together with the topic.
        """
        stood = list(committed.values())
        if None in stood:
            places = await retry_transient(
                lambda: self._facts.partitions(self._topics), doing="ask Kafka for partitions"
            )
            stood += (await offsets.committed(places)).values()
        noted: defaultdict[str, set[str]] = defaultdict(set)
        for known in (self._remembered, *(one.note.known_ids for one in stood if one is not None)):
            for topic, topic_id in known.items():
                noted[topic].add(topic_id)
        return noted

    async def _tell(self, missed: Mapping[Place, Start], stood: Committed, offsets: GroupOffsets) -> None:
        """Make it known to all what was missed; returns once Kafka has confirmed that."""
        if not missed:
            return
        noticed = await self._notice({at: one for at in missed if (one := stood[at]) is not None}, offsets)
        for at, start in missed.items():
            for gap in start.gaps:
                told = {"topic": at[0], "partition": at[1], "first": gap.first, "last": gap.last}
                log.error("messages_expired_unread", group=self._group, topic_id=gap.topic_id, **told)
                EXPIRED_UNREAD.labels(self._group, at[0]).inc(gap.messages or 1)
        letters = [
            letter for at, start in missed.items() for letter in gap_letters(self._group, at, start, noticed[at])
        ]
        await retry_transient(lambda: self._publish(letters), doing="tell what was deleted unread")

    async def _notice(self, stood: Mapping[Place, CommittedOffset], offsets: GroupOffsets) -> dict[Place, int]:
        """Return when each gap was noticed first, in milliseconds since 1970, which is committed by then."""
        now_ms = int(datetime.now(UTC).timestamp() * 1000)
        noticed = {at: one.note.noticed_at_ms or now_ms for at, one in stood.items()}
        noting = {
            at: CommittedOffset(one.offset, one.note.model_copy(update={"noticed_at_ms": now_ms}))
            for at, one in stood.items()
            if one.note.noticed_at_ms is None
        }
        await self._commit(noting, offsets)
        return noticed

    async def _commit(self, told: Mapping[Place, CommittedOffset], offsets: GroupOffsets) -> None:
        if told:
            await retry_transient(lambda: offsets.commit_as_told(told), doing="commit where a partition goes on")

    def _go_on(self, place: Place, stood: CommittedOffset | None, start: Start) -> CommittedOffset:
        """Return what to commit: what others noted stays, and what was missed is told by now."""
        note = CommitNote() if stood is None else stood.note
        return CommittedOffset(start.offset, note.model_copy(update={**self._noted(place[0]), "noticed_at_ms": None}))

    def _noted(self, topic: str) -> dict[str, str | None]:
        return {"topic_id": self._read.get(topic), "group_topics": self._noted_of_group}


def _noted_id(committed: CommittedOffset | None) -> str | None:
    return None if committed is None else committed.note.topic_id


def _as_text(ids: Mapping[str, str]) -> str | None:
    return ",".join(f"{topic}:{topic_id}" for topic, topic_id in sorted(ids.items())) or None

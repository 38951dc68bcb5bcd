"""Numbers for references as a worker reads them, kept beside the committed offsets of their partitions."""

import asyncio
import threading
from collections.abc import Mapping
from dataclasses import replace

from infra.kafka.groups.sequences import PartitionSequence, TimeIndex, lead_before
from infra.kafka.topic_messages import TopicMessage
from infra.retries import retry_transient
from processors.streams.delivery import Message, of_topic
from schemas.messages.commit_notes import CommitNote, CommittedOffset, Place
from schemas.topics import REFERENCE_TOPICS


class Sequences:
    """Gives every reference its number: the same again at each delivery, to whichever worker of any group.

    Where a partition goes on without a note, since another version of the platform or another tool committed last, the
    numbers before are found in the partition itself.
    """

    def __init__(self) -> None:
        self._partitions: dict[Place, PartitionSequence] = {}
        # The consumer's thread asks what to note.
        self._lock = threading.Lock()

    async def take_up(self, committed: Mapping[Place, CommittedOffset | None], index: TimeIndex) -> None:
        """Go on where the partitions of reference topics were committed; every other is forgotten."""
        places = [place for place in committed if place[0] in REFERENCE_TOPICS]
        begun = await asyncio.gather(*(_begin(place, committed[place], index) for place in places))
        with self._lock:
            self._partitions = dict(zip(places, begun, strict=True))

    def number(self, found: TopicMessage) -> Message:
        """Return a message of a reference topic with its number; any other as it is."""
        message = of_topic(found)
        origin = message.origin
        place = (origin.topic, origin.partition)
        if origin.topic not in REFERENCE_TOPICS:
            return message
        with self._lock:
            sequence = self._partitions.setdefault(place, PartitionSequence()).number(origin)
        return replace(message, origin=origin.model_copy(update={"sequence": sequence}))

    def note(self, place: Place, offset: int, note: CommitNote) -> CommitNote:
        """Return ``note`` with the last number before ``offset``."""
        with self._lock:
            partition = self._partitions.get(place)
            return note if partition is None else partition.note(offset, note)


async def _begin(place: Place, committed: CommittedOffset | None, index: TimeIndex) -> PartitionSequence:
    if committed is None:
        return PartitionSequence()
    if committed.note.sequence is not None:
        return PartitionSequence.after(committed)
    end = committed.offset
    lead = await retry_transient(
        lambda: lead_before(place, end, index), doing="ask Kafka when the messages of a partition were appended"
    )
    return PartitionSequence(lead, end)

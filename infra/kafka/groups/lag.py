"""How far every consumer group lags behind, in messages and in time, against what Kafka keeps; asked from outside."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass

from infra.kafka.event_bus import open_group_view
from infra.kafka.groups.commit_notes import read_committed
from infra.kafka.groups.gaps import Holding, find_start
from infra.kafka.groups.message_ages import Message, find_ages_s
from infra.kafka.topic_facts import TopicFacts
from infra.settings.servers import KafkaSettings
from schemas.messages.commit_notes import CommittedOffset, Place
from schemas.topics import GROUP_TOPICS

# Of the time for which Kafka keeps a message: from here on somebody has to look after it.
WARN_AT = 0.5


@dataclass(frozen=True, slots=True)
class Lag:
    """What one group has not acknowledged of one topic.

    ``oldest_s`` is the age of the oldest of these messages. ``deleted`` counts those that Kafka has deleted already.
    ``retention_s`` is None where the topic keeps everything, as far as time goes. ``acknowledged`` is the sum of the
    offsets where the group stands: of two looks, the difference is what was done between them.
    """

    group: str
    topic: str
    waiting: int
    oldest_s: float | None
    retention_s: float | None
    deleted: int
    acknowledged: int = 0

    @property
    def retention_used(self) -> float:
        """How much of the time for which Kafka keeps a message has gone by for the oldest one that waits."""
        return 0.0 if self.oldest_s is None or not self.retention_s else self.oldest_s / self.retention_s


class GroupLags:
    """Looks at all groups of the platform; never joins one."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._facts = TopicFacts(settings)

    async def look(self) -> tuple[Lag, ...]:
        """Return how far each group lags behind on each of its topics; a topic that does not exist is left out.

        Raises ``TransientError`` where the brokers do not answer, and ``ConfigurationError`` where they refuse to tell.
        """
        return await asyncio.to_thread(self._look)

    def _look(self) -> tuple[Lag, ...]:
        topics = {topic for topics in GROUP_TOPICS.values() for topic in topics}
        held = self._facts.ask_holdings(self._facts.ask_partitions(topics))
        retentions_s = self._facts.ask_retentions_s({topic for topic, _ in held})
        stands = {group: self._stands(group, held) for group in GROUP_TOPICS}
        unread = {(at, start) for found in stands.values() for at, (start, _) in found.items() if start < held[at].end}
        ages_s = find_ages_s(self._facts.ask_offsets_at, unread, time.time())
        return tuple(
            _lag(group, topic, {at: one for at, one in found.items() if at[0] == topic}, held, ages_s, retentions_s)
            for group, found in stands.items()
            for topic in GROUP_TOPICS[group]
            if topic in retentions_s
        )

    def _stands(self, group: str, held: Mapping[Place, Holding]) -> dict[Place, tuple[int, int]]:
        """Return where the group will go on in each of its partitions, and how much it has missed until there."""
        places = [place for place in held if place[0] in GROUP_TOPICS[group]]
        with closing(open_group_view(self._settings, group)) as view:
            committed = read_committed(view, places)
        return {place: _stand(committed.get(place), held[place]) for place in places}


def _stand(committed: CommittedOffset | None, holding: Holding) -> tuple[int, int]:
    start = find_start(committed, holding)
    return start.offset, sum(gap.messages or 0 for gap in start.gaps)


def _lag(
    group: str,
    topic: str,
    stands: Mapping[Place, tuple[int, int]],
    held: Mapping[Place, Holding],
    ages_s: Mapping[Message, float],
    retentions_s: Mapping[str, float | None],
) -> Lag:
    ages = [ages_s[at, start] for at, (start, _) in stands.items() if (at, start) in ages_s]
    return Lag(
        group=group,
        topic=topic,
        waiting=sum(held[at].end - start for at, (start, _) in stands.items()),
        oldest_s=max(ages, default=None),
        retention_s=retentions_s[topic],
        deleted=sum(deleted for _, deleted in stands.values()),
        acknowledged=sum(start for start, _ in stands.values()),
    )

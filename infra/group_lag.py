"""How far every consumer group lags behind, in messages and in time, against what Kafka keeps; asked from outside."""

import asyncio
import math
import time
from collections import defaultdict
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass

from infra.commit_notes import read_committed
from infra.event_bus import open_group_view
from infra.gaps import Holding, find_start
from infra.settings import KafkaSettings
from infra.topic_facts import TopicFacts
from schemas.commit_notes import CommittedOffset, Place
from schemas.topics import GROUP_TOPICS

# The age of a message is found between these, to two in a hundred.
YOUNGEST_S, OLDEST_S = 0.1, 400 * 86_400.0
STEPS = 11


@dataclass(frozen=True, slots=True)
class Lag:
    """What one group has not acknowledged of one topic.

    ``oldest_s`` is the age of the oldest of these messages. ``deleted`` counts those that Kafka has deleted already.
    ``retention_s`` is None where the topic keeps everything, as far as time goes.
    """

    group: str
    topic: str
    waiting: int
    oldest_s: float | None
    retention_s: float | None
    deleted: int

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
        ages_s = self._ages_s({(at, start) for found in stands.values() for at, (start, _) in found.items()}, held)
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

    def _ages_s(self, stood: set[tuple[Place, int]], held: Mapping[Place, Holding]) -> dict[tuple[Place, int], float]:
        """Return how old the message at each offset is, where there is one."""
        now = time.time()
        waiting = [(at, offset) for at, offset in stood if offset < held[at].end]
        bounds = dict.fromkeys(waiting, (math.log(YOUNGEST_S), math.log(OLDEST_S)))
        for _ in range(STEPS):
            bounds = self._narrowed(bounds, now)
        return {one: math.exp(older) for one, (_, older) in bounds.items()}

    def _narrowed(
        self, bounds: Mapping[tuple[Place, int], tuple[float, float]], now: float
    ) -> dict[tuple[Place, int], tuple[float, float]]:
        """Halve, for each message, the span between an age that it has passed and one that it has not.

        Two groups may stand at two offsets of one partition, which can be asked for one time only in one request.
        """
        found: dict[tuple[Place, int], tuple[float, float]] = {}
        rounds: defaultdict[int, dict[Place, int]] = defaultdict(dict)
        for place, offset in bounds:
            number = next(number for number in range(len(bounds) + 1) if place not in rounds[number])
            rounds[number][place] = offset
        for asked in rounds.values():
            middles = {at: sum(bounds[at, offset]) / 2 for at, offset in asked.items()}
            times_ms = {at: int((now - math.exp(middle)) * 1000) for at, middle in middles.items()}
            firsts = self._facts.ask_offsets_at(times_ms)
            for at, offset in asked.items():
                younger, older = bounds[at, offset]
                is_older = not 0 <= firsts.get(at, -1) <= offset
                found[at, offset] = (middles[at], older) if is_older else (younger, middles[at])
        return found


def _stand(committed: CommittedOffset | None, holding: Holding) -> tuple[int, int]:
    start = find_start(committed, holding)
    return start.offset, sum(gap.messages or 0 for gap in start.gaps)


def _lag(
    group: str,
    topic: str,
    stands: Mapping[Place, tuple[int, int]],
    held: Mapping[Place, Holding],
    ages_s: Mapping[tuple[Place, int], float],
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
    )

"""The topics of outcomes as they are now, as they go on, and as they were."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from itertools import islice

from infra.errors import NotSetUp, OutsideSystem
from infra.kafka.groups.gaps import Holding
from infra.kafka.topic_facts import TopicFacts
from infra.kafka.topic_messages import TopicMessage
from infra.kafka.topic_reader import Span, TopicReader
from infra.kafka.topic_tail import TopicTail
from infra.settings.servers import KafkaSettings
from schemas.messages.commit_notes import Place
from schemas.topics import DEAD_LETTERS, RECOGNITION_RESULTS

OUTCOME_TOPICS = (RECOGNITION_RESULTS, DEAD_LETTERS)
MESSAGES_AT_ONCE = 500


class OutcomeTopics:
    """Reads results, deletions and dead letters, belonging to no consumer group.

    Methods raise ``TransientError`` while the brokers do not answer, and ``ConfigurationError`` where they refuse.
    """

    def __init__(self, settings: KafkaSettings) -> None:
        """Nothing connects before something is asked."""
        self._settings = settings
        self._facts = TopicFacts(settings)

    async def holdings(self) -> Mapping[Place, Holding]:
        """Return what each partition holds; raises ``NotSetUp`` where a topic is missing."""
        places = await self._facts.partitions(OUTCOME_TOPICS)
        if missing := set(OUTCOME_TOPICS) - {topic for topic, _ in places}:
            raise NotSetUp(OutsideSystem.KAFKA, f"topic {', '.join(sorted(missing))}", "vedette migrate")
        return await self._facts.holdings(places)

    def tail(self) -> TopicTail:
        """Return what reads all that is appended from now on."""
        return TopicTail(self._settings, OUTCOME_TOPICS)

    async def past(self, spans: Mapping[Place, Span]) -> AsyncGenerator[Sequence[TopicMessage], None]:
        """Yield every message within ``spans``, some at a time, each partition in its order."""
        reader = TopicReader(self._settings)
        try:
            messages = reader.read(spans)
            while some := await asyncio.to_thread(lambda: list(islice(messages, MESSAGES_AT_ONCE))):
                yield some
        finally:
            await asyncio.to_thread(reader.close)

"""The lane of ``image-references-batch``: how much waits in it, and room for more."""

import asyncio

from infra.kafka.topic_log import TopicLog
from infra.kafka.topic_reader import Partition
from schemas.topics import IMAGE_REFERENCES_BATCH, RECOGNISE_GROUP, RECOGNITION_RESULTS, STORE_GROUP

LOOK_S = 0.5


class BatchLane:
    """Lets references be published no faster than ``pace`` a second, and never far ahead of recognition.

    So the lane stays open to others who publish to it, and what is replayed can be stopped within moments. Methods
    raise ``TransientError`` while Kafka does not answer.
    """

    def __init__(self, log: TopicLog, pace: float | None, most_waiting: int) -> None:
        self._log = log
        self._interval_s = 1 / pace if pace else 0.0
        self._most_waiting = most_waiting
        self._next_at = 0.0

    async def make_room(self, count: int) -> None:
        """Return once ``count`` more references may be published."""
        clock = asyncio.get_running_loop().time
        await asyncio.sleep(self._next_at - clock())
        while await asyncio.to_thread(self._waiting) + count > self._most_waiting:  # noqa: ASYNC110 - Kafka is asked
            await asyncio.sleep(LOOK_S)
        self._next_at = max(self._next_at, clock()) + count * self._interval_s

    async def drain(self) -> None:
        """Return once all that is published now is recognised, or put off, and what came of it is in Cassandra."""
        await self._until_acknowledged(IMAGE_REFERENCES_BATCH, RECOGNISE_GROUP)
        await self._until_acknowledged(RECOGNITION_RESULTS, STORE_GROUP)

    async def _until_acknowledged(self, topic: str, group: str) -> None:
        ends = {at: span.end for at, span in (await asyncio.to_thread(self._log.spans, [topic])).items()}
        while await asyncio.to_thread(self._behind, ends, group):  # noqa: ASYNC110 - as above
            await asyncio.sleep(LOOK_S)

    def _waiting(self) -> int:
        spans = self._log.spans([IMAGE_REFERENCES_BATCH])
        reached = self._log.acknowledged(RECOGNISE_GROUP, list(spans))
        return sum(max(0, span.end - max(span.start, reached.get(at, 0))) for at, span in spans.items())

    def _behind(self, ends: dict[Partition, int], group: str) -> bool:
        reached = self._log.acknowledged(group, list(ends))
        return any(reached.get(at, 0) < end for at, end in ends.items())

"""The numbers that references should have, found anew from their topics alone."""

from collections.abc import Mapping

from infra.kafka.groups.sequences import PartitionSequence, TimeIndex, lead_before
from infra.kafka.topic_messages import TopicMessage
from infra.kafka.topic_reader import Partition, Span


class ReferenceNumbers:
    """Numbers references that are read, each partition in its order."""

    def __init__(self, partitions: Mapping[Partition, PartitionSequence]) -> None:
        self._partitions = partitions

    @classmethod
    async def begin(cls, spans: Mapping[Partition, Span], index: TimeIndex) -> "ReferenceNumbers":
        """Begin where ``spans`` do, with what stands before them; raises ``TransientError``."""
        return cls(
            {at: PartitionSequence(await lead_before(at, span.start, index), span.start) for at, span in spans.items()}
        )

    def number(self, message: TopicMessage) -> int:
        """Return the number of the next reference of its partition; memory stays bounded."""
        origin = message.origin
        partition = self._partitions[origin.topic, origin.partition]
        partition.forget_before(origin.offset)
        return partition.number(origin)

"""The numbers that references should have, found anew from their topics alone."""

from collections.abc import Mapping

from confluent_kafka import Message

from infra.reconciliation.topic_log import Partition, Span, origin_of
from infra.sequences import PartitionSequence, TimeIndex, lead_before


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

    def number(self, message: Message) -> int:
        """Return the number of the next reference of its partition; memory stays bounded."""
        origin = origin_of(message)
        partition = self._partitions[origin.topic, origin.partition]
        partition.forget_before(origin.offset)
        return partition.number(origin)

"""Topics that the members of a group share, for messages that nobody misses: what was handed over counts as read."""

from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer

from infra.kafka.event_bus import METADATA_MAX_AGE_MS
from infra.kafka.topic_messages import TopicMessage
from infra.kafka.topic_reader import Partition

# The least that brokers allow: until then nobody reads what a dead member was to read.
SESSION_TIMEOUT_MS = 6_000
HEARTBEAT_MS = 2_000
# Who is busy is no dead member, however long that takes.
LONGEST_PAUSE_MS = 86_400_000


class GroupShare:
    """A ``Placement`` for ``TopicTail``: the partitions that a group gives to this member.

    A group that has read nothing yet begins with what comes from now on, and so does one whose place is gone.
    """

    def __init__(self, topics: Sequence[str], group: str) -> None:
        self._topics = list(topics)
        self._reader: AIOKafkaConsumer | None = None
        self.options: Mapping[str, Any] = {
            "group_id": group,
            "enable_auto_commit": True,
            "auto_offset_reset": "latest",
            "metadata_max_age_ms": METADATA_MAX_AGE_MS,
            "session_timeout_ms": SESSION_TIMEOUT_MS,
            "heartbeat_interval_ms": HEARTBEAT_MS,
            "max_poll_interval_ms": LONGEST_PAUSE_MS,
        }

    async def take_up(self, reader: AIOKafkaConsumer) -> Mapping[Partition, int]:
        """Let ``reader`` join the group, once; what it is to read is told by the group alone."""
        if reader is not self._reader:
            self._reader = reader
            reader.subscribe(self._topics)
        return {}

    def passed(self, messages: Sequence[TopicMessage]) -> None:
        """The client commits by itself where it stands."""

"""How far the results of a run have come: into Kafka, and through the sinks."""

import time

from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._listoffsets import OffsetSpec
from rich.progress import Progress, TaskID

from infra.errors import VedetteError
from infra.event_bus import client_configuration
from infra.settings import KafkaSettings
from schemas.topics import RECOGNITION_RESULTS

SINK_GROUPS = ("vedette-store", "vedette-index")
POLL_INTERVAL_S = 0.25
STALLED_AFTER_S = 120.0


class BenchFailed(VedetteError):
    """A run did not give what it should: its figure would mean nothing."""


class ResultFlow:
    """The results that are appended to Kafka from now on."""

    def __init__(self, kafka: KafkaSettings) -> None:
        self._admin = AdminClient(client_configuration(kafka))
        self._before = self._appended()

    def await_results(self, expected: int, progress: Progress, task: TaskID) -> None:
        """Return once ``expected`` results stand in Kafka; raises ``BenchFailed`` when none come any more."""
        seen, seen_at = 0, time.monotonic()
        while seen < expected:
            appended = self._appended() - self._before
            if appended > seen:
                seen, seen_at = appended, time.monotonic()
                progress.update(task, completed=seen)
            if time.monotonic() - seen_at > STALLED_AFTER_S:
                raise BenchFailed(f"no result for {STALLED_AFTER_S:.0f} s after {seen} of {expected}: see dead letters")
            time.sleep(POLL_INTERVAL_S)

    def await_sinks(self) -> None:
        """Return once both sinks have acknowledged every result; raises ``BenchFailed`` if one does not."""
        deadline = time.monotonic() + STALLED_AFTER_S
        while any(self._lag(group) for group in SINK_GROUPS):
            if time.monotonic() > deadline:
                raise BenchFailed("a sink did not catch up")
            time.sleep(POLL_INTERVAL_S)

    def _appended(self) -> int:
        return sum(self._ends().values())

    def _ends(self) -> dict[int, int]:
        partitions = self._admin.list_topics(RECOGNITION_RESULTS).topics[RECOGNITION_RESULTS].partitions
        latest = OffsetSpec.latest()  # type: ignore[no-untyped-call]  # the client annotates it in part
        wanted = {TopicPartition(RECOGNITION_RESULTS, number): latest for number in partitions}
        return {at.partition: found.result().offset for at, found in self._admin.list_offsets(wanted).items()}

    def _lag(self, group: str) -> int:
        ends = self._ends()
        asked = ConsumerGroupTopicPartitions(group, [TopicPartition(RECOGNITION_RESULTS, number) for number in ends])
        offsets = self._admin.list_consumer_group_offsets([asked])[group].result().topic_partitions
        return sum(ends[at.partition] - max(0, at.offset) for at in offsets)

"""How far the answers of a run have come: into Kafka, and through the sinks."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing

from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._listoffsets import ListOffsetsResultInfo, OffsetSpec
from rich.progress import Progress, TaskID

from infra.errors import VedetteError
from infra.kafka.event_bus import REQUEST_TIMEOUT_S, client_configuration, open_group_view
from infra.settings.servers import KafkaSettings
from schemas.topics import INDEX_GROUP, RECOGNITION_RESULTS, STORE_GROUP

SINK_GROUPS = (STORE_GROUP, INDEX_GROUP)
# What the client would print on standard error, the caller tells in its own words.
SILENT = {"log_level": 0, "log.connection.close": False}
# Looking costs the broker and this process a few milliseconds each, on the processors that are measured: often only at
# the end, where what is seen late would be counted as work.
POLL_INTERVAL_S = 0.5
LAST_POLL_INTERVAL_S = 0.1
LAST = 100
STALLED_AFTER_S = 120.0


class BenchFailed(VedetteError):
    """A run did not give what it should: its figure would mean nothing."""


class ResultFlow:
    """The answers that are appended to ``topic`` from now on."""

    def __init__(self, kafka: KafkaSettings, topic: str = RECOGNITION_RESULTS) -> None:
        self._kafka = kafka
        self._admin = AdminClient({**client_configuration(kafka), **SILENT})
        self._partitions = [
            TopicPartition(topic, number) for number in self._admin.list_topics(topic).topics[topic].partitions
        ]
        self._before = self.appended()

    def appended(self) -> int:
        """Count what stands in the topic, from its beginning."""
        return sum(self._ends().values())

    def await_results(
        self, expected: int, progress: Progress, task: TaskID, on_progress: Callable[[int], None] | None = None
    ) -> float:
        """Return when the last of ``expected`` answers was appended, by the broker's clock, in seconds since 1970.

        Raises ``BenchFailed`` when none come any more.
        """
        seen, seen_at = 0, time.monotonic()
        while seen < expected:
            appended = self.appended() - self._before
            if appended > seen:
                seen, seen_at = appended, time.monotonic()
                progress.update(task, completed=seen)
                if on_progress is not None:
                    on_progress(seen)
            if time.monotonic() - seen_at > STALLED_AFTER_S:
                raise BenchFailed(f"no answer for {STALLED_AFTER_S:.0f} s after {seen} of {expected}: see dead letters")
            time.sleep(POLL_INTERVAL_S if expected - seen > LAST else LAST_POLL_INTERVAL_S)
        return self._last_appended_at()

    def await_sinks(self, groups: Sequence[str] = SINK_GROUPS) -> None:
        """Return once both sinks have acknowledged every result that is there now.

        Raises ``BenchFailed`` if one does not.
        """
        deadline = time.monotonic() + STALLED_AFTER_S
        ends = self._ends()
        with ExitStack() as opened:
            views = [opened.enter_context(closing(open_group_view(self._kafka, group))) for group in groups]
            while any(self._lag(view, ends) for view in views):
                if time.monotonic() > deadline:
                    raise BenchFailed("a sink did not catch up")
                time.sleep(LAST_POLL_INTERVAL_S)

    def _last_appended_at(self) -> float:
        newest = self._ask(OffsetSpec.max_timestamp())  # type: ignore[no-untyped-call]  # the client annotates it in part
        return max(found.timestamp for found in newest.values()) / 1000

    def _ends(self) -> dict[int, int]:
        latest = self._ask(OffsetSpec.latest())  # type: ignore[no-untyped-call]  # the client annotates it in part
        return {partition: found.offset for partition, found in latest.items()}

    def _ask(self, of: OffsetSpec) -> dict[int, ListOffsetsResultInfo]:
        wanted = dict.fromkeys(self._partitions, of)
        return {at.partition: found.result() for at, found in self._admin.list_offsets(wanted).items()}

    def _lag(self, view: Consumer, ends: dict[int, int]) -> int:
        offsets = view.committed(self._partitions, REQUEST_TIMEOUT_S)
        return sum(max(0, ends[at.partition] - max(0, at.offset)) for at in offsets)

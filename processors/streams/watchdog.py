"""A thread beside the event loop that notices a worker which no longer gets on, and ends it so that it is restarted."""

import asyncio
import faulthandler
import gc
import inspect
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from types import FrameType
from typing import Any

import structlog
from confluent_kafka import KafkaException, TopicPartition

from infra.errors import VedetteError
from infra.kafka.event_bus import open_group_view
from infra.kafka.topic_reader import Span, TopicReader
from infra.settings.servers import KafkaSettings
from infra.telemetry.metrics import outages

LONGEST_CHECK_INTERVAL_S = 10.0
REQUEST_TIMEOUT_S = 10.0
FRAMES_OF_A_TASK = 32

Place = tuple[str, int]

log = structlog.get_logger(__name__)


@dataclass
class Pulse:
    """What the event loop tells the watchdog: that it moves, and which partitions it was given."""

    loop: asyncio.AbstractEventLoop | None = None
    beat_at: float = 0.0
    partitions: Collection[Place] = ()
    moved_at: float = 0.0
    clock: Callable[[], float] = time.monotonic

    def beat(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.beat_at = self.clock()

    def move(self) -> None:
        """Say that an outcome was published: what is left of its batch may take long, and is no stall."""
        self.moved_at = self.clock()

    def is_beating(self, within_s: float) -> bool:
        """Whether the loop has moved; a worker that still starts counts as well."""
        return self.loop is None or self.clock() - self.beat_at < within_s


class WaitingMessages:
    """What a consumer group has committed, and what waits behind it; asked from outside the worker's own consumer."""

    def __init__(self, settings: KafkaSettings, group: str) -> None:
        self._settings = settings
        self._consumer = open_group_view(settings, group)

    def behind(self, partitions: Collection[Place]) -> dict[Place, int]:
        """Return where the group goes on in those of ``partitions`` that hold more; raises ``KafkaException``."""
        committed = self._consumer.committed([TopicPartition(*place) for place in partitions], REQUEST_TIMEOUT_S)
        spans = {(at.topic, at.partition): self._ahead_of(at) for at in committed}
        return {place: next_offset for place, (next_offset, end) in spans.items() if next_offset < end}

    def hold_a_message(self, behind: Mapping[Place, int]) -> bool:
        """Whether there is a message at or after any of these offsets: transactions leave marks that are none."""
        # Rarely asked: only of a worker that seems to stand still.
        reader = TopicReader(self._settings)
        try:
            ends = {place: self._ahead_of(TopicPartition(*place, offset))[1] for place, offset in behind.items()}
            spans = {place: Span(offset, ends[place]) for place, offset in behind.items()}
            return next(reader.read(spans), None) is not None
        finally:
            reader.close()

    def _ahead_of(self, at: TopicPartition) -> tuple[int, int]:
        """Return the next offset and the end; a group that has committed nothing yet starts with the first there is."""
        first, end = self._consumer.get_watermark_offsets(TopicPartition(at.topic, at.partition), REQUEST_TIMEOUT_S)
        return max(int(first), at.offset), int(end)


class Watchdog:
    """Ends the worker if the event loop stands still, or messages wait and none is answered, for ``stall_s``.

    What waits until a store is back is no stall, nor is a broker that does not answer. The pulse's clock counts.
    """

    def __init__(self, pulse: Pulse, backlog: WaitingMessages, stall_s: float, end: Callable[[str], None]) -> None:
        self._pulse = pulse
        self._backlog = backlog
        self._stall_s = stall_s
        self._end = end
        self._moved_at = pulse.clock()
        self._stood: dict[Place, int] = {}

    def start(self) -> None:
        """Watch from now on, in a thread that ends with the process."""
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def _watch(self) -> None:
        try:
            while (problem := self.check()) is None:
                time.sleep(min(self._stall_s / 4, LONGEST_CHECK_INTERVAL_S))
            log.error("stalled", problem=problem, partitions=[f"{topic}:{at}" for topic, at in self._stood])
            dump_stacks(self._pulse.loop)
        except Exception:
            log.exception("bug")
            problem = "a bug ended its watchdog"
        self._end(problem)

    def check(self) -> str | None:
        """Return what is wrong, if anything is."""
        if not self._pulse.is_beating(self._stall_s):
            return f"the event loop has not moved for {self._stall_s:.0f} s"
        behind = self._look()
        still = {place for place, offset in behind.items() if self._stood.get(place) == offset}
        now = self._pulse.clock()
        if not still or len(still) < len(self._stood):
            self._moved_at = now
        self._stood = behind
        self._moved_at = max(self._moved_at, self._pulse.moved_at)
        if now - self._moved_at < self._stall_s or not self._is_real(behind):
            return None
        return f"messages wait, and none was acknowledged or answered for {self._stall_s:.0f} s"

    def _look(self) -> dict[Place, int]:
        if outages.current() or not self._pulse.partitions:
            return {}
        try:
            return self._backlog.behind(self._pulse.partitions)
        except KafkaException as error:
            log.warning("backlog_unknown", error=error.args[0].str())
            return {}

    def _is_real(self, behind: Mapping[Place, int]) -> bool:
        try:
            return self._backlog.hold_a_message(behind)
        except (KafkaException, VedetteError):
            return False


def dump_stacks(loop: asyncio.AbstractEventLoop | None) -> None:
    """Write to standard error what every thread and every task does."""
    faulthandler.dump_traceback(all_threads=True)
    for task in asyncio.all_tasks(loop) if loop is not None else ():
        lines = [
            f'  File "{frame.f_code.co_filename}", line {frame.f_lineno}, in {frame.f_code.co_name}'
            for frame in islice(_frames_of(task.get_coro()), FRAMES_OF_A_TASK)
        ]
        sys.stderr.write("\n".join([f"Task {task.get_name()} (oldest call first):", *lines, ""]))
    sys.stderr.flush()


def _frames_of(awaited: Any) -> Iterator[FrameType]:
    """Return what a task awaits, all the way down: its own print_stack tells the outermost call alone."""
    while awaited is not None:
        if (frame := getattr(awaited, "cr_frame", None)) is not None:
            yield frame
            awaited = awaited.cr_await
        else:
            # What an object of one's own that can be awaited hands out is known to the garbage collector alone.
            awaited = next(filter(inspect.iscoroutine, gc.get_referents(awaited)), None)

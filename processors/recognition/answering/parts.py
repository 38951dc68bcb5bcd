"""The outcome of a batch in parts: what is answered soon, and what takes long by its nature, each as it comes."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from typing import Any

from infra.kafka.event_bus import Record


@dataclass(frozen=True, slots=True)
class SlowAnswer:
    """An image that is answered later, and the memory that it takes until then."""

    run: Callable[[], Coroutine[Any, Any, Record]]
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Part:
    """What became of some images of a batch."""

    records: tuple[Record, ...] = ()
    slow: tuple[SlowAnswer, ...] = ()


@dataclass(slots=True)
class WaitingRoom:
    """The memory for images that are answered later while other batches are begun."""

    most_bytes: int
    taken_bytes: int = 0

    def enter(self, size_bytes: int) -> bool:
        """Take room for as much, if there is any."""
        if self.taken_bytes + size_bytes > self.most_bytes:
            return False
        self.taken_bytes += size_bytes
        return True

    def leave(self, size_bytes: int) -> None:
        """Give room back."""
        self.taken_bytes -= size_bytes


@dataclass(slots=True)
class BatchInParts:
    """One batch; ``only_slow_left`` is called when all that is left of it is slow and waits in ``room``."""

    room: WaitingRoom
    only_slow_left: Callable[[], None]
    _quick: set[asyncio.Task[Part]] = field(default_factory=set)
    _slow: dict[asyncio.Task[Record], int] = field(default_factory=dict)
    _waits_bytes: int = 0

    async def as_they_come(
        self, parts: Iterable[Coroutine[Any, Any, Part]]
    ) -> AsyncGenerator[tuple[Record, ...], None]:
        """Yield records as soon as there are any; raises what a part raises, and leaves nothing running."""
        self._quick = {asyncio.create_task(part) for part in parts}
        try:
            while pending := {*self._quick, *self._slow}:
                done, _ = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
                if records := tuple(record for task in done for record in self._taken(task)):
                    yield records
                self._wait_apart()
        finally:
            for task in (*self._quick, *self._slow):
                task.cancel()
            self.room.leave(self._waits_bytes)

    def _taken(self, task: "asyncio.Task[Any]") -> tuple[Record, ...]:
        if task in self._slow:
            del self._slow[task]
            return (task.result(),)
        self._quick.discard(task)
        part: Part = task.result()
        self._slow.update({asyncio.create_task(slow.run()): slow.size_bytes for slow in part.slow})
        return part.records

    def _wait_apart(self) -> None:
        """Let the next batch begin, once."""
        if self._quick or not self._slow or self._waits_bytes:
            return
        size_bytes = sum(self._slow.values())
        if self.room.enter(size_bytes):
            self._waits_bytes = size_bytes
            self.only_slow_left()

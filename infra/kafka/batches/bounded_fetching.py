"""Lets every aiokafka consumer of a process read within bounds: the one place where the client's fetcher is changed.

What comes of it are the records, and where one cannot be read a record whose value is an ``Unread``. Header
names that are no text are read too; the client itself would end every worker that meets one. Partitions take turns: the
client itself hands out all that it has fetched of one before it goes to the next.
"""

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Collection
from typing import Any

from aiokafka import TopicPartition
from aiokafka.consumer import consumer, fetcher

from infra.kafka.batches.record_batches import BoundedRecords
from infra.kafka.batches.unread import Bounds, Unread
from schemas.messages.cuts import KEPT_BYTES, message_bytes

# Of all partitions together, what one call hands out before the caller has to come again.
MOST_BYTES_AT_ONCE = 8 * 1024 * 1024


def read_within_bounds(batch_bytes: int) -> None:
    """Bound what every consumer of this process unpacks of one batch, and what it hands out at a time."""
    bounds = Bounds(batch_bytes=batch_bytes)
    fetcher.MemoryRecords = type("BoundedRecords", (BoundedRecords,), {"bounds": bounds})
    fetcher.FetchResult = BoundedFetchResult
    consumer.Fetcher = TurnTakingFetcher


def size_of(record: Any) -> int:
    """Return how much memory a record takes, about."""
    if isinstance(record.value, Unread):
        return KEPT_BYTES
    return message_bytes(record.key, record.value, record.headers or ())


class TurnTakingFetcher(fetcher.Fetcher):  # type: ignore[misc]  # the client is untyped
    """Lets a partition that has given something wait until the others have given what they have.

    A batch of a million small records would otherwise hold up all that the process reads, until its last record.
    """

    _records: OrderedDict[TopicPartition, Any]

    async def fetched_records(
        self,
        partitions: Collection[TopicPartition],
        timeout: float = 0,  # noqa: ASYNC109 - the client's own name
        max_records: int | None = None,
    ) -> dict[TopicPartition, list[Any]]:
        """Return what was fetched of ``partitions``, none of the others; waits up to ``timeout`` seconds for some."""
        found: dict[TopicPartition, list[Any]] = await super().fetched_records(partitions, timeout, max_records)
        for place in found.keys() & self._records.keys():
            self._records.move_to_end(place)
        return found


class BoundedFetchResult(fetcher.FetchResult):  # type: ignore[misc]  # the client is untyped
    """What was fetched of one partition; handed out by bytes as well as by number.

    A client asks one partition after the other. Once one has given what the bytes allow, the others wait for the
    next time, so that no more than one large batch is unpacked at once.
    """

    _partition_records: Any

    def getall(self, max_records: int | None = None) -> list[Any]:
        """Return the next records, none where others have taken what this call allows."""
        if not self.check_assignment(self._topic_partition) or not self.has_more() or _allowance.is_spent():
            return []
        taken: list[Any] = []
        for record in self._partition_records:
            taken.append(record)
            _allowance.spend(size_of(record))
            if len(taken) == max_records or _allowance.is_spent():
                self._update_position()
                return taken
        self._update_position()
        self._partition_records = None
        return taken


class _Allowance(threading.local):
    """How many bytes the call under way may still hand out; a consumer has a thread of its own."""

    def __init__(self) -> None:
        self._left = MOST_BYTES_AT_ONCE
        self._is_begun = False

    def is_spent(self) -> bool:
        return self._left <= 0

    def spend(self, size: int) -> None:
        if not self._is_begun:
            self._is_begun = True
            # A call goes through all partitions before it gives way to anything else.
            asyncio.get_running_loop().call_soon(self._end)
        self._left -= size

    def _end(self) -> None:
        self._left, self._is_begun = MOST_BYTES_AT_ONCE, False


_allowance = _Allowance()

"""A stream's buffer that large events fill sooner: what waits is bounded in bytes as well as in number."""

from typing import Any

from faust.types import EventT
from mode.utils.queues import ThrowableQueue

from infra.kafka.batches.bounded_fetching import size_of

# What one place in a buffer is meant for; an event that is larger takes several.
PLACE_BYTES = 65_536


class WeighedQueue(ThrowableQueue[Any]):
    """Tells its size in places; Faust pauses the partitions of a stream whose buffer says that it is nearly full."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._bytes = 0
        super().__init__(*arguments, **options)

    def qsize(self) -> int:
        return max(super().qsize(), self._bytes // PLACE_BYTES)

    def clear(self) -> None:
        self._bytes = 0
        super().clear()

    def _put(self, item: Any) -> None:
        self._bytes += _size(item)
        super()._put(item)

    def _get(self) -> Any:
        item = super()._get()
        self._bytes -= _size(item)
        return item


def _size(item: Any) -> int:
    return size_of(item.message) if isinstance(item, EventT) else 0

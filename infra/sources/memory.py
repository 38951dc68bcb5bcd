"""How many bytes of images are in memory at a time: a fetch waits until there is room for its image."""

import asyncio
from collections import deque

from infra.telemetry.metrics import IMAGE_BYTES


class ByteBudget:
    """Bytes that may be held at once; reservations are granted in the order in which they are asked for."""

    def __init__(self, total_bytes: int) -> None:
        self._free = total_bytes
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    async def reserve(self, size_bytes: int) -> "Reservation":
        """Return once there is room; never ask for more than the whole budget."""
        if self._waiting or size_bytes > self._free:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append((size_bytes, turn))
            try:
                await turn
            except asyncio.CancelledError:
                self._withdraw(size_bytes, turn)
                raise
        else:
            self._take(size_bytes)
        return Reservation(self, size_bytes)

    def give_back(self, size_bytes: int) -> None:
        """Make room, and let in who waits for it."""
        self._take(-size_bytes)
        while self._waiting and self._waiting[0][0] <= self._free:
            size, turn = self._waiting.popleft()
            self._take(size)
            turn.set_result(None)

    def _withdraw(self, size_bytes: int, turn: "asyncio.Future[None]") -> None:
        if turn.done() and not turn.cancelled():
            self.give_back(size_bytes)
        else:
            self._waiting.remove((size_bytes, turn))
            self.give_back(0)

    def _take(self, size_bytes: int) -> None:
        self._free -= size_bytes
        IMAGE_BYTES.inc(size_bytes)


class Reservation:
    """Room for one image; release it when its bytes are no longer needed."""

    def __init__(self, budget: ByteBudget, size_bytes: int) -> None:
        self._budget = budget
        self._size_bytes = size_bytes

    def shrink(self, size_bytes: int) -> None:
        """Keep ``size_bytes`` alone, and give the rest back."""
        self._budget.give_back(self._size_bytes - size_bytes)
        self._size_bytes = size_bytes

    def release(self) -> None:
        """Give everything back; harmless when done again."""
        self.shrink(0)

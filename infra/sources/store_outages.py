"""An object store that is down as a whole, told apart from one object that will not come."""

from collections.abc import Awaitable, Callable

from infra.errors import Rejected, SourceUnavailable, TransientError
from infra.retries import CircuitBreaker
from infra.sources.contents import FetchedImage

# So many different objects in a row, none of which comes, are the store's fault and no longer theirs.
OBJECTS_IN_A_ROW = 5


class StoreDown(TransientError):
    """The store gives no object at all: waited out in place, since no other attempt would fare better."""


class StoreOutages:
    """Waits while one kind of object store is down; an object's own failure passes through."""

    def __init__(self, scheme: str) -> None:
        self._breaker = CircuitBreaker(f"read from {scheme}://", StoreDown)
        self._failing: set[str] = set()

    async def run(self, key: str, fetch: Callable[[], Awaitable[FetchedImage]]) -> FetchedImage:
        """Return what ``fetch`` does, tried again for as long as the store is down.

        Raises ``SourceUnavailable`` where the object named ``key`` alone does not come.
        """
        return await self._breaker.run(lambda: self._judged(key, fetch))

    async def _judged(self, key: str, fetch: Callable[[], Awaitable[FetchedImage]]) -> FetchedImage:
        try:
            image = await fetch()
        except Rejected:
            self._answers()
            raise
        except SourceUnavailable as error:
            self._failing.add(key)
            if error.unreachable or len(self._failing) >= OBJECTS_IN_A_ROW:
                raise StoreDown(str(error)) from None
            raise
        self._answers()
        return image

    @property
    def is_down(self) -> bool:
        return self._breaker.is_open

    def _answers(self) -> None:
        self._failing.clear()
        self._breaker.answered()

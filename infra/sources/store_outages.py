"""An object store that is down as a whole, told apart from one object that will not come."""

from collections.abc import Awaitable, Callable

from infra.errors import Rejected, SourceUnavailable, TransientError
from infra.retries import CircuitBreaker
from infra.sources.contents import FetchedImage


class StoreDown(TransientError):
    """Nobody can be reached there: waited out in place, since no other object would fare better."""


class StoreOutages:
    """Waits while one kind of object store cannot be reached; whatever it answers, it answers for one object alone."""

    def __init__(self, scheme: str) -> None:
        self._breaker = CircuitBreaker(f"read from {scheme}://", StoreDown)

    async def run(self, fetch: Callable[[], Awaitable[FetchedImage]]) -> FetchedImage:
        """Return what ``fetch`` does, tried again for as long as the store is down.

        Raises ``SourceUnavailable`` where the store is there and the object does not come, however many others do not.
        """
        return await self._breaker.run(lambda: self._judged(fetch))

    async def _judged(self, fetch: Callable[[], Awaitable[FetchedImage]]) -> FetchedImage:
        try:
            return await fetch()
        except Rejected:
            self._breaker.answered()
            raise
        except SourceUnavailable as error:
            if error.unreachable:
                raise StoreDown(str(error)) from None
            self._breaker.answered()
            raise

    @property
    def is_down(self) -> bool:
        return self._breaker.is_open

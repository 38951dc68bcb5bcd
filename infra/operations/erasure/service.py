"""What administrators do about erasures: count, begin, look at them, and take their signed lists."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Protocol
from uuid import UUID, uuid4

from infra.errors import Conflict, NotFound
from infra.operations.audit.acts import Act
from schemas.activity import Action
from schemas.queries import Interval, ResultQuery, Statistics
from schemas.records.erasures import CountedImages, Erasure, ErasureSearch

MOST_OPEN = 100


class ErasureRegistry(Protocol):
    """Where erasures are kept."""

    async def create(self, erasure: Erasure, search: ErasureSearch) -> None: ...
    async def find(self, erasure_id: UUID) -> Erasure | None: ...
    async def frame_of(self, erasure_id: UUID) -> tuple[str, str] | None: ...
    async def list_erasures(self) -> tuple[Erasure, ...]: ...
    def lines(self, erasure_id: UUID) -> AsyncIterator[str]: ...


class Counting(Protocol):
    """Where images are counted."""

    async def statistics(self, query: ResultQuery, interval: Interval = ...) -> Statistics: ...


class Erasures:
    """Begins erasures, which the API then carries out, and shows them.

    Methods raise ``TransientError`` while a store does not answer.
    """

    def __init__(self, registry: ErasureRegistry, index: Counting) -> None:
        self._registry = registry
        self._index = index

    async def count(self, search: ErasureSearch) -> CountedImages:
        """Return how many images the search finds now; nothing is changed."""
        counted = [await self._index.statistics(query) for query in search.queries()]
        return CountedImages(images=sum(one.total for one in counted))

    async def begin(self, search: ErasureSearch, confirm: int, by: object, act: Act) -> Erasure:
        """Record who erases what, and begin; raises ``Conflict`` where not exactly ``confirm`` images are found."""
        found = (await self.count(search)).images
        if found != confirm or not found:
            raise Conflict(_not_confirmed(found, confirm))
        if sum(not one.is_done for one in await self._registry.list_erasures()) >= MOST_OPEN:
            raise Conflict(f"{MOST_OPEN} erasures are not done yet. Wait until one of them is.")
        erasure = Erasure(
            id=uuid4(), by=str(by), owner=search.owner, sought=search.told, confirmed=found, begun_at=datetime.now(UTC)
        )
        detail = f"{found} images: {erasure.sought}"
        async with act(Action.ERASURE_BEGUN, by, erasure.id, owner=search.owner, detail=detail):
            await self._registry.create(erasure, search)
        return erasure

    async def find(self, erasure_id: UUID) -> Erasure:
        """Return one erasure; raises ``NotFound``."""
        erasure = await self._registry.find(erasure_id)
        if erasure is None:
            raise NotFound(f"there is no erasure {erasure_id}")
        return erasure

    async def list(self) -> tuple[Erasure, ...]:
        """Return every erasure, the newest first."""
        return await self._registry.list_erasures()

    async def signed_list(self, erasure_id: UUID) -> AsyncIterator[str]:
        """Return the lines of an erasure's list; raises ``NotFound``, and ``Conflict`` while it is not done."""
        await self.find(erasure_id)
        frame = await self._registry.frame_of(erasure_id)
        if frame is None:
            raise Conflict("The erasure is not done yet: its list is signed at its end.")
        return self._lines(erasure_id, *frame)

    async def _lines(self, erasure_id: UUID, header: str, seal: str) -> AsyncIterator[str]:
        yield header
        async for line in self._registry.lines(erasure_id):
            yield line
        yield seal


def _not_confirmed(found: int, confirm: int) -> str:
    if not found:
        return "The search finds no image, so that there is nothing to erase."
    return f"The search finds {found} images, not {confirm}. Count again, and confirm the number that you mean."

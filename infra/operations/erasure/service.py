"""What administrators do about erasures: count, begin, look at them, and take their signed lists."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Protocol
from uuid import UUID, uuid4

from infra.errors import Conflict, NotFound
from infra.operations.audit.acts import Act
from schemas.access.accounts import Workspace
from schemas.activity import Action, Rights
from schemas.queries import Interval, ResultQuery, Statistics
from schemas.records.erasures import CountedImages, Erasure, ErasureSearch

MOST_OPEN = 100
RESTORE = "restore"
"""Who goes on with a deletion that a restored backup of before undid in part."""
NOTHING_LEFT = Rights(prefixes=frozenset(), keep_location=False)


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


class Workspaces(Protocol):
    """Where workspaces are kept."""

    async def list_workspaces(self) -> tuple[Workspace, ...]: ...
    async def close_workspace(self, workspace: str, since: datetime) -> bool: ...


class Erasures:
    """Begins erasures, which the API then carries out, and shows them.

    Methods raise ``TransientError`` while a store does not answer.
    """

    def __init__(self, registry: ErasureRegistry, index: Counting, workspaces: Workspaces) -> None:
        self._registry = registry
        self._index = index
        self._workspaces = workspaces

    async def count(self, search: ErasureSearch) -> CountedImages:
        """Return how many images the search finds now; nothing is changed."""
        counted = [await self._index.statistics(query) for query in search.queries()]
        return CountedImages(images=sum(one.total for one in counted))

    async def begin(self, search: ErasureSearch, confirm: int, by: object, act: Act) -> Erasure:
        """Record who erases what, and begin; raises ``Conflict`` where not exactly ``confirm`` images are found."""
        found = (await self.count(search)).images
        if found != confirm or not found:
            raise Conflict(_not_confirmed(found, confirm))
        await self._require_room()
        erasure = _erasure(search, by, found)
        detail = f"{found} images: {erasure.sought}"
        async with act(Action.ERASURE_BEGUN, by, erasure.id, owner=search.owner, detail=detail):
            await self._registry.create(erasure, search)
        return erasure

    async def delete_workspace(self, workspace_id: str, confirm: str, by: object, act: Act) -> Erasure:
        """Record who deletes a workspace with everything that belongs to it, and begin; ``confirm`` repeats its id.

        Raises ``NotFound``, and ``Conflict`` where that is another or the workspace is being deleted already.
        """
        found = {one.id: one for one in await self._workspaces.list_workspaces()}
        if workspace_id not in found:
            raise NotFound("There is no such workspace.")
        if confirm != workspace_id:
            raise Conflict(f"`confirm` must repeat the workspace's id, {workspace_id}. Everything in it is deleted.")
        if found[workspace_id].deleting_since is not None:
            raise Conflict(f"Workspace {workspace_id} is being deleted already.")
        await self._require_room()
        erasure = await self._of_workspace(found[workspace_id], by)
        async with _deleting(erasure, by, act):
            # First: whatever happens now, the erasure closes the workspace when it is carried out.
            await self._registry.create(erasure, ErasureSearch(owner=workspace_id))
            await self._workspaces.close_workspace(workspace_id, erasure.begun_at)
        return erasure

    async def list_open(self) -> tuple[Erasure, ...]:
        """Return the erasures that are not done, the oldest first."""
        return tuple(one for one in reversed(await self._registry.list_erasures()) if not one.is_done)

    async def unattended(self) -> tuple[Workspace, ...]:
        """Return the workspaces that are being deleted and have no erasure that does it.

        So they are after a restore of a backup from before they were deleted.
        """
        waiting = [one for one in await self._workspaces.list_workspaces() if one.deleting_since is not None]
        if not waiting:
            return ()
        attended = {one.owner for one in await self.list_open() if one.whole_workspace}
        return tuple(one for one in waiting if one.id not in attended)

    async def go_on_with(self, workspace: Workspace, act: Act) -> None:
        """Begin the deletion of a workspace anew that nobody attends to."""
        erasure = await self._of_workspace(workspace, RESTORE)
        async with _deleting(erasure, RESTORE, act):
            await self._registry.create(erasure, ErasureSearch(owner=workspace.id))

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

    async def _require_room(self) -> None:
        if len(await self.list_open()) >= MOST_OPEN:
            raise Conflict(f"{MOST_OPEN} erasures are not done yet. Wait until one of them is.")

    async def _of_workspace(self, workspace: Workspace, by: object) -> Erasure:
        search = ErasureSearch(owner=workspace.id)
        erasure = _erasure(search, by, (await self.count(search)).images)
        # The clocks of two processes may differ: what was created before is deleted.
        begun_at = max(erasure.begun_at, workspace.created_at)
        return erasure.model_copy(update={"whole_workspace": True, "begun_at": begun_at})

    async def _lines(self, erasure_id: UUID, header: str, seal: str) -> AsyncIterator[str]:
        yield header
        async for line in self._registry.lines(erasure_id):
            yield line
        yield seal


def _erasure(search: ErasureSearch, by: object, found: int) -> Erasure:
    return Erasure(
        id=uuid4(), by=str(by), owner=search.owner, sought=search.told, confirmed=found, begun_at=datetime.now(UTC)
    )


def _deleting(erasure: Erasure, by: object, act: Act) -> AbstractAsyncContextManager[None]:
    """Record that a workspace is deleted, and let it happen in the block."""
    detail = f"{erasure.confirmed} images: erasure {erasure.id}"
    return act(Action.WORKSPACE_DELETED, by, erasure.owner, owner=erasure.owner, detail=detail, rights=NOTHING_LEFT)


def _not_confirmed(found: int, confirm: int) -> str:
    if not found:
        return "The search finds no image, so that there is nothing to erase."
    return f"The search finds {found} images, not {confirm}. Count again, and confirm the number that you mean."

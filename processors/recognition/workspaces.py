"""What each workspace may have fetched, as workers remember it for a few seconds."""

import time
from collections.abc import Callable, Collection
from typing import Protocol

from cachetools import TTLCache

from schemas.access.accounts import Workspace

REMEMBERED_S = 5.0
MOST_REMEMBERED = 10_000


class WorkspaceLookup(Protocol):
    """Where workspaces are kept."""

    async def find_workspace(self, workspace_id: str) -> Workspace | None: ...


class WorkspaceDirectory:
    """Workspaces by id; a change made by an administrator is seen within ``REMEMBERED_S`` seconds."""

    def __init__(self, accounts: WorkspaceLookup, clock: Callable[[], float] = time.monotonic) -> None:
        self._accounts = accounts
        # Bounded, however many owners hostile producers make up.
        self._remembered: TTLCache[str, Workspace | None] = TTLCache(MOST_REMEMBERED, REMEMBERED_S, timer=clock)

    async def find(self, owners: Collection[str]) -> dict[str, Workspace]:
        """Return those of ``owners`` that exist; raises ``TransientError`` while the store cannot answer."""
        found = {owner: await self._find(owner) for owner in owners}
        return {owner: workspace for owner, workspace in found.items() if workspace is not None}

    async def _find(self, owner: str) -> Workspace | None:
        try:
            return self._remembered[owner]
        except KeyError:
            workspace = self._remembered[owner] = await self._accounts.find_workspace(owner)
            return workspace

"""What each workspace may have fetched, as workers remember it for a few seconds."""

import time
from collections.abc import Collection
from typing import Protocol

from schemas.access.accounts import Workspace

REMEMBERED_S = 5.0


class WorkspaceLookup(Protocol):
    """Where workspaces are kept."""

    async def find_workspace(self, workspace_id: str) -> Workspace | None: ...


class WorkspaceDirectory:
    """Workspaces by id; a change made by an administrator is seen within ``REMEMBERED_S`` seconds."""

    def __init__(self, accounts: WorkspaceLookup) -> None:
        self._accounts = accounts
        self._remembered: dict[str, tuple[float, Workspace | None]] = {}

    async def find(self, owners: Collection[str]) -> dict[str, Workspace]:
        """Return those of ``owners`` that exist; raises ``TransientError`` while the store cannot answer."""
        found = {owner: await self._find(owner) for owner in owners}
        return {owner: workspace for owner, workspace in found.items() if workspace is not None}

    async def _find(self, owner: str) -> Workspace | None:
        now = time.monotonic()
        seen_at, workspace = self._remembered.get(owner, (-REMEMBERED_S, None))
        if now - seen_at < REMEMBERED_S:
            return workspace
        workspace = await self._accounts.find_workspace(owner)
        self._forget_stale(now)
        self._remembered[owner] = (now, workspace)
        return workspace

    def _forget_stale(self, now: float) -> None:
        """Keep the memory bounded however many owners hostile producers make up."""
        self._remembered = {owner: entry for owner, entry in self._remembered.items() if now - entry[0] < REMEMBERED_S}

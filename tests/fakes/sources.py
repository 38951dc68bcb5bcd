"""Image sources and workspaces that live in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from infra.errors import Rejected, TransientError
from infra.lanes import Lane
from infra.sources.image_source import FetchedImage
from schemas.access.accounts import Workspace
from schemas.dead_letters import Reason


@dataclass
class FakeSource:
    """Hands out ``images`` by URI; a value that is an exception is raised. Remembers what was asked for."""

    images: Mapping[str, bytes | Exception]
    asked: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)

    async def fetch(self, uri: str, *, allowed_prefixes: Sequence[str], lane: Lane = Lane.URGENT) -> FetchedImage:
        self.asked.append((uri, tuple(allowed_prefixes)))
        found = self.images.get(uri, Rejected(Reason.NOT_FOUND, "There is no such object."))
        if isinstance(found, Exception):
            raise found
        return FetchedImage(found)


@dataclass
class FakeWorkspaces:
    """Knows ``workspaces`` by id; does not answer while ``down``. Remembers what was asked for."""

    workspaces: Sequence[Workspace]
    down: bool = False
    asked: list[str] = field(default_factory=list)

    async def find_workspace(self, workspace_id: str) -> Workspace | None:
        self.asked.append(workspace_id)
        if self.down:
            raise TransientError("Cassandra does not answer")
        return next((workspace for workspace in self.workspaces if workspace.id == workspace_id), None)


def workspace(name: str, *prefixes: str, **fields: Any) -> Workspace:
    """Return a workspace that may read everything beneath ``prefixes``."""
    created = datetime(2025, 1, 1, tzinfo=UTC)
    allowed = prefixes or (f"s3://{name}/",)
    return Workspace(**{"id": name, "name": name, "allowed_prefixes": allowed, "created_at": created} | fields)

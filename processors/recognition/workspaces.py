"""What each workspace may have fetched and asks of its images, as workers remember it for a few seconds."""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Protocol

from cachetools import TTLCache

from processors.models.feature_model import FeatureRequest
from processors.recognition.intake import AcceptedReference
from schemas.access.accounts import Workspace
from schemas.results import FeaturesFrom, ImageFacts

REMEMBERED_S = 5.0
MOST_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Asked:
    """A reference, and what is asked of its image: by itself, or where it names no features by its workspace."""

    accepted: AcceptedReference
    request: FeatureRequest
    features_from: FeaturesFrom
    keep_location: bool = False

    @classmethod
    def of(cls, accepted: AcceptedReference, workspace: Workspace) -> "Asked":
        """Return what ``workspace`` makes of a reference of its own."""
        named = accepted.reference.features
        chosen_by = FeaturesFrom.WORKSPACE if named is None else FeaturesFrom.REFERENCE
        features = workspace.default_features if named is None else named
        request = FeatureRequest(features, accepted.reference.options)
        return cls(accepted, request, chosen_by, workspace.keep_location)

    def shown(self, image: ImageFacts) -> ImageFacts:
        """Return the facts that a result may hold: where a picture was taken only if its workspace keeps that."""
        return image if self.keep_location else image.model_copy(update={"location": None})


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

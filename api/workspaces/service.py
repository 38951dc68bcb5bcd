"""What administrators do with workspaces, by routes and commands alike; each act is recorded first."""

from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager, suppress
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Protocol

from pydantic import AfterValidator, ConfigDict, Field, StrictBool

from infra.errors import AlreadyExists, ChangedMeanwhile, Conflict, FieldError, InvalidRequest, NotFound
from infra.operations.audit.acts import Act
from schemas.access.accounts import DisplayName, Workspace
from schemas.access.keeping import KeepingTimes
from schemas.access.prefixes import validate_prefix
from schemas.activity import Action, Rights
from schemas.images import DEFAULT_FEATURES, Feature, Frozen, Owner

MOST_PREFIXES = 100
FEATURES_EXAMPLE = ["labels", "objects"]
KEEP_LOCATION = "Whether results keep where EXIF says that a picture was taken, which may be somebody's home."
# Of one change, while others change the same: each try that fails is another's that succeeded.
MOST_TRIES = 20


def _require_some(features: list[Feature]) -> list[Feature]:
    """Return ``features``; raises ``ValueError`` where there are none."""
    if not features:
        raise ValueError(f"name at least one feature: {', '.join(Feature)}")
    return features


SomeFeatures = Annotated[list[Feature], AfterValidator(_require_some), Field(json_schema_extra={"minItems": 1})]


class WorkspaceWish(Frozen):
    """The workspace to create."""

    model_config = ConfigDict(extra="forbid")

    id: Owner
    name: DisplayName | None = None
    allowed_prefixes: tuple[str, ...] = Field(default=(), max_length=MOST_PREFIXES, examples=[["s3://shop-*/"]])
    default_features: SomeFeatures = Field(
        default=list(DEFAULT_FEATURES),
        description="The features of a reference that names none.",
        examples=[FEATURES_EXAMPLE],
    )
    keep_location: StrictBool = Field(default=False, description=KEEP_LOCATION)
    keep: KeepingTimes = Field(default=KeepingTimes(), description="How long the workspace keeps what.")


class WorkspaceChanges(Frozen):
    """The changes to a workspace.

    Fields that are left out stay as they are. Workers apply changes within seconds.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"allowed_prefixes": ["s3://shop-*/"]}]})

    name: DisplayName | None = None
    allowed_prefixes: tuple[str, ...] | None = Field(default=None, max_length=MOST_PREFIXES)
    default_features: SomeFeatures | None = Field(
        default=None,
        description="The features of a reference that names none. Answers that exist already stay as they are.",
        examples=[FEATURES_EXAMPLE],
    )
    keep_location: StrictBool | None = Field(default=None, description=KEEP_LOCATION)
    keep: KeepingTimes | None = Field(
        default=None,
        description="How long the workspace keeps what. Times that are left out stay as they are; `null` means for "
        "ever. A shorter time counts from the next run on.",
    )


class Ensured(StrEnum):
    """What a workspace needed to be there and to allow what was wanted of it."""

    CREATED = "created"
    WIDENED = "widened"
    UNCHANGED = "unchanged"


class WorkspaceRegistry(Protocol):
    """Where workspaces are kept."""

    async def find_workspace(self, workspace_id: str) -> Workspace | None: ...
    async def list_workspaces(self) -> tuple[Workspace, ...]: ...
    async def create_workspace(self, workspace: Workspace) -> None: ...
    async def set_allowed_prefixes(self, workspace_id: str, prefixes: tuple[str, ...]) -> None: ...
    async def replace_allowed_prefixes(
        self, workspace_id: str, known: tuple[str, ...], prefixes: tuple[str, ...]
    ) -> None: ...
    async def set_default_features(self, workspace_id: str, features: tuple[Feature, ...]) -> None: ...
    async def set_keep_location(self, workspace_id: str, keep_location: bool) -> None: ...
    async def set_keeping(self, workspace_id: str, keep: KeepingTimes) -> None: ...
    async def rename_workspace(self, workspace_id: str, name: str) -> None: ...


class WorkspaceService:
    """Makes and changes workspaces. ``by`` names who does it, and ``act`` records it first.

    Raises ``NotFound``, ``AlreadyExists``, ``InvalidRequest`` for what cannot be, and ``TransientError`` where an act
    could not be recorded; then it was not done.
    """

    def __init__(self, registry: WorkspaceRegistry) -> None:
        self._registry = registry

    async def list(self) -> tuple[Workspace, ...]:
        """Return every workspace, by id."""
        return await self._registry.list_workspaces()

    async def find(self, workspace_id: str) -> Workspace:
        """Return a workspace; raises ``NotFound``."""
        workspace = await self._registry.find_workspace(workspace_id)
        if workspace is None:
            raise NotFound("There is no such workspace.")
        return workspace

    async def require_all(self, names: Iterable[str]) -> None:
        """Raise ``InvalidRequest`` where one of these workspaces does not exist."""
        for name in sorted(names):
            if await self._registry.find_workspace(name) is None:
                message = f"There is no workspace {name}. Create it first."
                raise InvalidRequest([FieldError(field="workspaces", message=message)])

    async def create(self, wish: WorkspaceWish, by: object, act: Act) -> Workspace:
        """Return a new workspace."""
        workspace = workspace_of(wish)
        if await self._registry.find_workspace(wish.id) is not None:
            raise AlreadyExists(f"workspace {wish.id} exists already")
        detail = f"prefixes: {_listed(workspace.allowed_prefixes)}{_unusual(workspace)}"
        async with act(Action.WORKSPACE_CREATED, by, wish.id, owner=wish.id, detail=detail):
            await self._registry.create_workspace(workspace)
        return workspace

    async def change(self, workspace_id: str, changes: WorkspaceChanges, by: object, act: Act) -> Workspace:
        """Return the workspace with its changes; what changes nothing is no act."""
        workspace = await self.find(workspace_id)
        prefixes, features = changes.allowed_prefixes, changes.default_features
        wanted = {
            "name": changes.name or workspace.name,
            "allowed_prefixes": workspace.allowed_prefixes if prefixes is None else valid_prefixes(prefixes),
            "default_features": workspace.default_features if features is None else _once_each(features),
            "keep_location": workspace.keep_location if changes.keep_location is None else changes.keep_location,
            "keep": workspace.keep if changes.keep is None else workspace.keep.updated(changes.keep),
        }
        return await self._save(workspace, workspace.model_copy(update=wanted), by, act)

    async def allow(self, workspace_id: str, prefixes: tuple[str, ...], by: object, act: Act) -> Workspace:
        """Return the workspace, which may have images fetched from ``prefixes`` beside the present ones.

        What another allows at the same moment stays allowed.
        """
        for _ in range(MOST_TRIES):
            before = await self.find(workspace_id)
            after = _widened(before, valid_prefixes(prefixes))
            if after == before:
                return before
            with suppress(ChangedMeanwhile):
                async with _changing(before, after, by, act):
                    await self._registry.replace_allowed_prefixes(
                        workspace_id, before.allowed_prefixes, after.allowed_prefixes
                    )
                return after
        raise Conflict(f"Others change the prefixes of workspace {workspace_id} at this moment: try again.")

    async def ensure(self, wish: WorkspaceWish, by: object, act: Act) -> Ensured:
        """Make the workspace where it is missing, or else let it have images fetched from what is wanted as well."""
        known = await self._registry.find_workspace(wish.id)
        if known is None:
            await self.create(wish, by, act)
            return Ensured.CREATED
        widened = await self.allow(wish.id, wish.allowed_prefixes, by, act)
        return Ensured.UNCHANGED if widened.allowed_prefixes == known.allowed_prefixes else Ensured.WIDENED

    async def _save(self, before: Workspace, after: Workspace, by: object, act: Act) -> Workspace:
        if after == before:
            return before
        async with _changing(before, after, by, act):
            if after.name != before.name:
                await self._registry.rename_workspace(after.id, after.name)
            if after.allowed_prefixes != before.allowed_prefixes:
                await self._registry.set_allowed_prefixes(after.id, after.allowed_prefixes)
            if after.default_features != before.default_features:
                await self._registry.set_default_features(after.id, after.default_features)
            if after.keep_location != before.keep_location:
                await self._registry.set_keep_location(after.id, after.keep_location)
            if after.keep != before.keep:
                await self._registry.set_keeping(after.id, after.keep)
        return after


def workspace_of(wish: WorkspaceWish) -> Workspace:
    """Return the workspace that is wanted, as of now; raises ``InvalidRequest``."""
    return Workspace(
        id=wish.id,
        name=wish.name or wish.id,
        allowed_prefixes=valid_prefixes(wish.allowed_prefixes),
        default_features=_once_each(wish.default_features),
        keep_location=wish.keep_location,
        keep=wish.keep,
        created_at=datetime.now(UTC),
    )


def valid_prefixes(prefixes: tuple[str, ...]) -> tuple[str, ...]:
    """Return ``prefixes``, each once; raises ``InvalidRequest`` that names each which can be none."""
    errors = []
    for number, prefix in enumerate(prefixes):
        try:
            validate_prefix(prefix)
        except ValueError as error:
            errors.append(FieldError(field=f"allowed_prefixes[{number}]", message=f"This {error}."))
    if errors:
        raise InvalidRequest(errors)
    return tuple(dict.fromkeys(prefixes))


def _widened(workspace: Workspace, prefixes: tuple[str, ...]) -> Workspace:
    widened = tuple(dict.fromkeys((*workspace.allowed_prefixes, *prefixes)))
    if len(widened) > max(MOST_PREFIXES, len(workspace.allowed_prefixes)):
        raise Conflict(f"A workspace has at most {MOST_PREFIXES} prefixes: {workspace.id} would have more.")
    return workspace.model_copy(update={"allowed_prefixes": widened})


def _changing(before: Workspace, after: Workspace, by: object, act: Act) -> AbstractAsyncContextManager[None]:
    """Record the change, and let it happen in the block."""
    rights = Rights(prefixes=frozenset(after.allowed_prefixes), keep_location=after.keep_location)
    return act(Action.WORKSPACE_CHANGED, by, after.id, owner=after.id, detail=_told(before, after), rights=rights)


def _told(before: Workspace, after: Workspace) -> str:
    """What changed; of a name, that it did."""
    told = []
    if before.allowed_prefixes != after.allowed_prefixes:
        told.append(f"prefixes: {_listed(before.allowed_prefixes)} -> {_listed(after.allowed_prefixes)}")
    if before.default_features != after.default_features:
        told.append(f"default features: {', '.join(before.default_features)} -> {', '.join(after.default_features)}")
    if before.keep_location != after.keep_location:
        told.append(f"locations: {_kept(before)} -> {_kept(after)}")
    if before.keep != after.keep:
        told.append(f"kept: {before.keep.told} -> {after.keep.told}")
    if before.name != after.name:
        told.append("name")
    return "; ".join(told)


def _unusual(workspace: Workspace) -> str:
    """What of a new workspace is otherwise than usual."""
    features = workspace.default_features
    told = "" if features == DEFAULT_FEATURES else f"; default features: {', '.join(features)}"
    told += f"; locations: {_kept(workspace)}" if workspace.keep_location else ""
    return f"{told}; kept: {workspace.keep.told}" if workspace.keep.is_set else told


def _kept(workspace: Workspace) -> str:
    return "kept" if workspace.keep_location else "not kept"


def _once_each(features: Iterable[Feature]) -> tuple[Feature, ...]:
    return tuple(dict.fromkeys(features))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"

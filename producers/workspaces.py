"""What workspaces may have fetched, asked before anything is published: a mistake is cheapest where it is made."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Protocol

from infra.cassandra.accounts.accounts import AccountStore
from infra.errors import Rejected, TransientError, UnknownWorkspace
from infra.manifests.references import Found, Refusal
from infra.settings.recognition import SourceSettings
from infra.settings.servers import CassandraSettings
from infra.sources.rules import PlaceNotAllowed, SourceRules
from schemas.access.accounts import Workspace
from schemas.images import ImageReference
from schemas.texts.uris import parse_uri


class Judge(Protocol):
    """Tells what workers would reject."""

    def judge(self, found: Iterable[Found]) -> Iterator[Found]: ...


class WorkspaceRules:
    """WorkspaceRules as they were when the run began."""

    def __init__(self, workspaces: Mapping[str, Workspace], sources: SourceSettings) -> None:
        self._workspaces = workspaces
        self._rules = SourceRules(sources)

    def judge(self, found: Iterable[Found]) -> Iterator[Found]:
        """Yield what is found; a reference that no worker would fetch becomes a refusal that says what to do."""
        for one in found:
            yield one if isinstance(one, Refusal) else self._judge(one)

    def _judge(self, reference: ImageReference) -> Found:
        try:
            self._check(reference)
        except Rejected as error:
            return Refusal(reference.public_uri, error.detail)
        return reference

    def _check(self, reference: ImageReference) -> None:
        workspace = self._workspaces.get(reference.owner)
        if workspace is None:
            alike = get_close_matches(reference.owner, self._workspaces, n=1)
            raise UnknownWorkspace(reference.owner, alike[0] if alike else None)
        try:
            self._rules.check_prefixes(parse_uri(reference.uri), workspace.allowed_prefixes)
        except PlaceNotAllowed as error:
            raise error.to(reference.owner) from None


class UncheckedWorkspaces:
    """Where no Cassandra can be asked, workers alone judge."""

    def judge(self, found: Iterable[Found]) -> Iterator[Found]:
        """Yield what is found, as it is."""
        yield from found


def read_workspaces(cassandra: CassandraSettings, sources: SourceSettings) -> WorkspaceRules:
    """Return all workspaces; raises ``TransientError`` where Cassandra does not answer."""
    found = asyncio.run(_read(cassandra))
    return WorkspaceRules({workspace.id: workspace for workspace in found}, sources)


async def _read(settings: CassandraSettings) -> tuple[Workspace, ...]:
    accounts = await AccountStore.connect(settings)
    try:
        return await accounts.list_workspaces()
    finally:
        await accounts.close()


def choose_judge(cassandra: CassandraSettings, sources: SourceSettings) -> tuple[Judge, str | None]:
    """Return who judges references before they are published, and why nobody does, where that is to be told.

    A producer's machine often reaches Kafka alone: where no Cassandra is configured there is nothing to tell.
    """
    if not cassandra.contact_points:
        return UncheckedWorkspaces(), None
    try:
        return read_workspaces(cassandra, sources), None
    except TransientError as error:
        return UncheckedWorkspaces(), f"WorkspaceRules and places are not checked before publishing: {error}"

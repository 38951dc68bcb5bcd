"""What all sources of jobs have in common: some items at a time, from any position on."""

from dataclasses import dataclass
from typing import Protocol

from infra.errors import Rejected, VedetteError
from infra.manifests.references import Found, Refusal
from infra.sources.rules import PlaceNotAllowed, SourceRules
from schemas.access.accounts import Workspace
from schemas.images import ImageReference
from schemas.results import RecognitionResult
from schemas.topics import MAX_REFERENCE_BYTES


class JobFailed(VedetteError):
    """A job cannot be carried out any further; the message says why, and what to do."""


@dataclass(frozen=True)
class Entry:
    """One item of a source: a reference to publish, or why there is none.

    ``replayed`` is the answer that is to be given anew, where the source is a search.
    """

    source: str
    reference: ImageReference | None = None
    replayed: RecognitionResult | None = None
    problem: str | None = None


@dataclass(frozen=True)
class Taken:
    """Some items in their order, and the position after them; ``is_end`` where nothing follows."""

    entries: tuple[Entry, ...]
    position: str
    is_end: bool


class ItemSource(Protocol):
    """The items of one job. Reading from the same position again gives the same, as long as nobody changes it.

    Raises ``JobFailed``, and ``TransientError`` while it does not answer.
    """

    async def read(self, position: str | None, count: int) -> Taken: ...


class ReferenceJudge:
    """Says which references of a job may be published, by the rules of the settings and of its workspace."""

    def __init__(self, rules: SourceRules, workspace: Workspace) -> None:
        self._rules = rules
        self._workspace = workspace

    def entry(self, found: Found, source: str) -> Entry:
        """Return the item; what workers would reject by its address alone is refused."""
        if isinstance(found, Refusal):
            return Entry(source, problem=found.reason)
        workspace = self._workspace
        if found.owner != workspace.id:
            return Entry(source, problem="owner: the job is another workspace's. Leave the field out.")
        try:
            self._rules.check_uri(found.uri, workspace.allowed_prefixes)
        except PlaceNotAllowed as error:
            return Entry(source, problem=f"uri: {error.to(workspace.id).detail}")
        except Rejected as error:
            return Entry(source, problem=f"uri: {error.detail}")
        if len(found.model_dump_json(exclude_none=True).encode()) > MAX_REFERENCE_BYTES:
            return Entry(source, problem=f"metadata: a whole reference may have at most {MAX_REFERENCE_BYTES} bytes.")
        return Entry(source, reference=found)

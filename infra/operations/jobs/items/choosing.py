"""Which items a job has, by what its source is."""

from typing import Protocol
from uuid import UUID

from infra.errors import Rejected
from infra.manifests.references import ReferenceTemplate
from infra.objects.job_files import JobFiles
from infra.operations.jobs.items.manifest import ManifestItems
from infra.operations.jobs.items.manifest_text import (
    FetchedManifest,
    ManifestText,
    StoredManifest,
    UploadedManifest,
    WebPlace,
)
from infra.operations.jobs.items.prefix import PrefixItems
from infra.operations.jobs.items.search import Searchable, SearchItems, StoredImages
from infra.operations.jobs.items.sources import ItemSource, JobFailed, ReferenceJudge, Taken
from infra.settings.recognition import SourceSettings
from infra.sources.rules import SourceRules
from schemas.access.accounts import Workspace
from schemas.records.jobs import Job, ManifestSource, PrefixSource

# Stands for any object beneath a prefix.
ANY_KEY = "x"
WEB = frozenset({"http", "https"})


class Workspaces(Protocol):
    """Knows where each workspace may have images fetched from."""

    async def find_workspace(self, workspace_id: str) -> Workspace | None: ...


def scheme_of(uri: str) -> str:
    """Return the scheme of an address, in lower case."""
    return uri.partition("://")[0].lower()


class RefusedItems:
    """The items of a job whose source may not be read."""

    def __init__(self, why: str) -> None:
        self._why = why

    async def read(self, position: str | None, count: int) -> Taken:
        """Raise ``JobFailed``."""
        raise JobFailed(self._why)


class ItemSources:
    """Opens the items of jobs."""

    def __init__(
        self,
        workspaces: Workspaces,
        rules: SourceRules,
        stores: SourceSettings,
        files: JobFiles,
        index: Searchable,
        images: StoredImages,
    ) -> None:
        self._workspaces = workspaces
        self._rules = rules
        self._stores = stores
        self._files = files
        self._index = index
        self._images = images

    async def open(self, job: Job) -> ItemSource:
        """Return the items of a job, as its workspace may read them now; raises ``TransientError``."""
        workspace = await self._workspaces.find_workspace(job.owner)
        if workspace is None:
            return RefusedItems("The workspace is gone.")
        source = job.source
        if not isinstance(source, PrefixSource | ManifestSource):
            query = source.search.query(job.owner, 1)
            until = min(query.until or job.created_at, job.created_at)
            return SearchItems(query.model_copy(update={"until": until}), self._index, self._images)
        if source.uri is not None:
            uri = f"{source.uri}{ANY_KEY}" if isinstance(source, PrefixSource) else source.uri
            try:
                self._rules.check_uri(uri, workspace.allowed_prefixes)
            except Rejected as error:
                return RefusedItems(error.detail)
        template = ReferenceTemplate(job.owner, job.features, pipeline=job.pipeline)
        judge = ReferenceJudge(self._rules, workspace)
        if isinstance(source, PrefixSource):
            return PrefixItems(source.uri, template, judge, self._stores)
        return ManifestItems(self._text(source, workspace, job.id), source.format, template, judge)

    def _text(self, source: ManifestSource, workspace: Workspace, job_id: UUID) -> ManifestText:
        if source.uri is None:
            return UploadedManifest(self._files, workspace.id, job_id)
        if scheme_of(source.uri) in WEB:
            place = WebPlace(source.uri, workspace.allowed_prefixes, self._rules, self._stores)
            return FetchedManifest(place, self._files, workspace.id, job_id)
        return StoredManifest(source.uri, self._stores)

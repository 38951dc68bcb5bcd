"""Creates, shows and cancels jobs, for routes and commands alike; each act is recorded first."""

import secrets
import uuid
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID

from pydantic import ConfigDict, Field

from infra.errors import Conflict, FieldError, InvalidRequest, NotFound, Rejected
from infra.operations.audit.acts import Act
from infra.operations.jobs.items.choosing import ANY_KEY, WEB, scheme_of
from infra.operations.jobs.items.manifest_text import MANIFEST
from infra.operations.jobs.results import file_of
from infra.operations.jobs.states import JobState, state_of
from infra.sources.rules import SourceRules
from schemas.access.accounts import Workspace
from schemas.activity import Action
from schemas.images import Feature, Frozen, Owner, VersionedName
from schemas.queries import Page
from schemas.records.exports import ExportFormat
from schemas.records.jobs import (
    CHUNK_ITEMS,
    Job,
    JobItem,
    JobSource,
    JobStage,
    ManifestSource,
    PrefixSource,
    SearchSource,
    StoredJob,
    chunk_of,
)
from schemas.records.pipelines import PipelineSpec
from schemas.texts.uris import OBJECT_STORES, strip_secrets

MOST_OPEN = 20
NO_SUCH_JOB = "There is no such job."
NO_PIPELINE = "There is no such pipeline. Leave it out to use the promoted one. (unknown_pipeline)"


class JobWish(Frozen):
    """The job to create."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"owner": "shop", "source": {"kind": "prefix", "uri": "s3://shop-media/2026/"}}]
        },
    )

    source: JobSource
    owner: Owner | None = Field(
        default=None, description="The workspace. Default: your workspace, if you have only one."
    )
    pipeline: VersionedName | None = Field(
        default=None,
        description="The pipeline that answers. Default: the promoted one. A search needs one.",
        examples=["standard@3"],
    )
    features: list[Feature] | None = Field(
        default=None,
        min_length=1,
        description="The features to recognise. Default: the workspace's default features. A search asks for those "
        "that "
        "were answered before.",
    )
    formats: list[ExportFormat] = Field(
        default=[ExportFormat.JSON_LINES],
        min_length=1,
        max_length=3,
        description="The formats of the result files that are written at the end.",
    )


@dataclass(frozen=True)
class Charged:
    """For whose quotas the images of a job count, as the API names them."""

    account: str | None = None
    program: str | None = None


NOBODY = Charged()


class JobRegistry(Protocol):
    """Where jobs are kept."""

    async def create(self, job: Job) -> None: ...
    async def find(self, owner: str, job_id: UUID) -> StoredJob | None: ...
    async def list_jobs(self, owner: str, limit: int, cursor: str | None = None) -> Page[StoredJob]: ...
    async def ask_cancel(self, owner: str, job_id: UUID) -> bool: ...
    async def list_open(self) -> tuple[tuple[str, UUID], ...]: ...
    async def is_open(self, job_id: UUID) -> bool: ...
    async def read_items(self, job_id: UUID, first: int, last: int) -> list[JobItem]: ...


class JobFileStore(Protocol):
    """Where manifests and result files are kept."""

    async def write(self, owner: str, job_id: UUID, name: str, content: bytes) -> None: ...
    async def size_bytes(self, owner: str, job_id: UUID, name: str) -> int | None: ...
    def pieces(self, owner: str, job_id: UUID, name: str, size_bytes: int) -> AsyncGenerator[bytes, None]: ...


class PipelineNames(Protocol):
    """Knows which pipelines there are."""

    async def find(self, pipeline_id: VersionedName) -> PipelineSpec | None: ...


class WorkspaceNames(Protocol):
    """Knows which workspaces there are, and where each may have images fetched from."""

    async def find_workspace(self, workspace_id: str) -> Workspace | None: ...


@dataclass(frozen=True)
class ResultFile:
    """A result file that is there."""

    size_bytes: int
    pieces: AsyncGenerator[bytes, None]


class JobOffice:
    """What people and programs do with jobs; ``by`` names who does it.

    Raises ``InvalidRequest``, ``NotFound``, ``Conflict``, and ``TransientError`` where a store does not answer.
    """

    def __init__(
        self,
        jobs: JobRegistry,
        files: JobFileStore,
        workspaces: WorkspaceNames,
        pipelines: PipelineNames,
        rules: SourceRules,
    ) -> None:
        self._jobs = jobs
        self._files = files
        self._workspaces = workspaces
        self._pipelines = pipelines
        self._rules = rules

    async def create(
        self,
        wish: JobWish,
        owner: str,
        by: object,
        act: Act,
        manifest: bytes | None = None,
        charged: Charged = NOBODY,
    ) -> JobState:
        """Create a job, which workers then carry out; ``manifest`` is what was uploaded with it.

        Its images count for the quotas of ``charged``.
        """
        workspace = await self._workspaces.find_workspace(owner)
        if workspace is None:
            raise _wrong("owner", "There is no such workspace.")
        self._require_source(wish, workspace, has_manifest=manifest is not None)
        if wish.pipeline is not None and await self._pipelines.find(wish.pipeline) is None:
            raise _wrong("pipeline", NO_PIPELINE)
        if sum(each == owner for each, _ in await self._jobs.list_open()) >= MOST_OPEN:
            raise Conflict(
                f"Workspace {owner} has {MOST_OPEN} jobs that have not ended. Wait for one, or cancel one, before you "
                "create another"
            )
        job = _job(wish, owner, by, charged)
        async with act(Action.JOB_CREATED, by, job.id, owner=owner, detail=_told(job)):
            if manifest is not None:
                await self._files.write(owner, job.id, MANIFEST, manifest)
            await self._jobs.create(job)
        return state_of(StoredJob(job=job), is_open=True)

    async def find(self, owner: str, job_id: UUID) -> JobState:
        """Return a job of this workspace and how far it has come."""
        return await self._state(await self._find(owner, job_id))

    async def list_jobs(self, owner: str, limit: int, cursor: str | None = None) -> Page[JobState]:
        """Return a workspace's jobs, the newest first; raises ``InvalidCursor``."""
        page = await self._jobs.list_jobs(owner, limit, cursor)
        return Page(items=tuple([await self._state(job) for job in page.items]), next_cursor=page.next_cursor)

    async def list_items(self, owner: str, job_id: UUID, after: int, limit: int) -> list[JobItem]:
        """Return up to ``limit`` items with numbers beyond ``after``; fewer where a chunk of them ends."""
        stored = await self._find(owner, job_id)
        first = after + 1
        last = min(after + limit, stored.progress.found)
        if last < first:
            return []
        if chunk_of(last) != chunk_of(first):
            items = await self._jobs.read_items(job_id, first, _last_of(first))
            return [*items, *await self._jobs.read_items(job_id, _last_of(first) + 1, last)]
        return await self._jobs.read_items(job_id, first, last)

    async def cancel(self, owner: str, job_id: UUID, by: object, act: Act) -> JobState:
        """Publish nothing more of a job. What was accepted by then is recognised, and is in the result files."""
        stored = await self._find(owner, job_id)
        if stored.progress.stage is JobStage.ENDED:
            raise Conflict("The job has ended already")
        async with act(Action.JOB_CANCELLED, by, job_id, owner=owner):
            if not await self._jobs.ask_cancel(owner, job_id):
                raise NotFound(NO_SUCH_JOB)
        return await self.find(owner, job_id)

    async def result(self, owner: str, job_id: UUID, wanted: ExportFormat, by: object, act: Act) -> ResultFile:
        """Return a result file of a job that has ended."""
        stored = await self._find(owner, job_id)
        if stored.progress.stage is not JobStage.ENDED:
            raise Conflict("The job has not ended yet. Its result files are there once it has")
        size = None
        if wanted in stored.progress.results:
            size = await self._files.size_bytes(owner, job_id, file_of(wanted))
        if size is None:
            raise NotFound("The job has no result file of this format.")
        async with act(Action.RESULTS_EXPORTED, by, job_id, owner=owner, detail=wanted.value):
            return ResultFile(size, self._files.pieces(owner, job_id, file_of(wanted), size))

    async def _find(self, owner: str, job_id: UUID) -> StoredJob:
        # Of ids of another kind Cassandra has none, and takes none.
        stored = await self._jobs.find(owner, job_id) if job_id.version == 1 else None
        if stored is None:
            raise NotFound(NO_SUCH_JOB)
        return stored

    async def _state(self, stored: StoredJob) -> JobState:
        is_ended = stored.progress.stage is JobStage.ENDED
        return state_of(stored, is_open=not is_ended and await self._jobs.is_open(stored.job.id))

    def _require_source(self, wish: JobWish, workspace: Workspace, *, has_manifest: bool) -> None:
        source = wish.source
        if isinstance(source, SearchSource):
            if wish.pipeline is None:
                raise _wrong("pipeline", "A search is recognised once more by another pipeline. Name the pipeline.")
            if wish.features is not None:
                raise _wrong("features", "A search asks for the features that were answered before. Leave this out.")
            return
        if isinstance(source, ManifestSource) and source.uri is None:
            if not has_manifest:
                message = "Name the manifest's address, or upload the manifest with POST /v1/jobs/upload."
                raise _wrong("source.manifest.uri", message)
            return
        field = f"source.{source.kind}.uri"
        uri = f"{source.uri}{ANY_KEY}" if isinstance(source, PrefixSource) else source.uri or ""
        is_manifest = isinstance(source, ManifestSource)
        if source.uri is None or scheme_of(source.uri) not in {*OBJECT_STORES, *(WEB if is_manifest else ())}:
            schemes = "s3, gs, az or https" if is_manifest else "s3, gs or az"
            raise _wrong(field, f"Use an address with the scheme {schemes}.")
        if "/" not in source.uri.partition("://")[2]:
            raise _wrong(field, "Write the bucket, a slash, and what follows it: s3://shop-media/2026/.")
        try:
            self._rules.check_uri(uri, workspace.allowed_prefixes)
        except Rejected as error:
            raise _wrong(field, f"{error.detail} ({error.reason.value})") from None


def new_job_id() -> UUID:
    """Return an id by which jobs are in the order of their creation, and which tells nothing of this machine."""
    return uuid.uuid1(node=secrets.randbits(48) | 1 << 40, clock_seq=secrets.randbits(14))


def _job(wish: JobWish, owner: str, by: object, charged: Charged) -> Job:
    return Job(
        id=new_job_id(),
        owner=owner,
        source=wish.source,
        pipeline=wish.pipeline,
        features=tuple(wish.features) if wish.features else None,
        formats=tuple(dict.fromkeys(wish.formats)),
        created_at=datetime.now(UTC),
        created_by=str(by),
        charged_account=charged.account,
        charged_program=charged.program,
    )


def _told(job: Job) -> str:
    source: Any = job.source
    where = strip_secrets(source.uri) if getattr(source, "uri", None) else source.kind
    return where if job.pipeline is None else f"{where} by {job.pipeline}"


def _last_of(number: int) -> int:
    """Return the last number of the chunk that holds this one."""
    return (chunk_of(number) + 1) * CHUNK_ITEMS


def _wrong(field: str, message: str) -> InvalidRequest:
    return InvalidRequest([FieldError(field=field, message=message)])

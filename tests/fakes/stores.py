"""The stores in memory: the same methods and the same promises, proven by the same tests as the real ones.

Set ``down`` and every method raises ``TransientError``, as a store that does not answer would.
"""

import math
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from cassandra import InvalidRequest

from infra.cassandra.images.cells import newest_version
from infra.cassandra.images.unread_ranges import without_false_hope
from infra.cursors import decode_cursor, encode_cursor
from infra.elasticsearch.activity_queries import read_activity
from infra.elasticsearch.aggregations import NAME_FIELDS, STAGES, read_duplicates, suggestions_of
from infra.elasticsearch.answer_fields import BETWEEN
from infra.elasticsearch.exports.snapshots import PAGE_SIZE, Snapshot, read_exported
from infra.elasticsearch.result_documents import (
    Document,
    deletion_document,
    hash_bands,
    rejection_document,
    resolution_document,
    result_document,
    vector_of,
    words,
)
from infra.elasticsearch.result_queries import ASKED_FOR, SHOWN, read_summary
from infra.errors import AlreadyExists, ChangedMeanwhile, NotFound, TransientError
from infra.slices import in_slices
from schemas.access.accounts import Account, Workspace
from schemas.access.idempotency import Attempt, EarlierRequest, IdempotencyScope
from schemas.access.keeping import KeepingTimes
from schemas.activity_queries import ActivityItem, ActivityKind, ActivityQuery
from schemas.answers import EmbeddingAnswer, HashAnswer
from schemas.dead_letters import DeadLetter, Reason, Rejection, Resolution, Resolved
from schemas.images import Feature, ImageIdentity, ImageReference, Origin
from schemas.queries import (
    OPEN_LETTERS,
    Bucket,
    DeadLetterQuery,
    ImageRecord,
    ImageStatus,
    Interval,
    Latency,
    Page,
    ResultQuery,
    ResultSummary,
    SimilarImage,
    StageLatency,
    Statistics,
)
from schemas.records.exports import ExportedImage
from schemas.records.pipelines import DEFAULT_PIPELINE, STANDARD, STANDARD_PIPELINES, PipelineSpec, Promotion
from schemas.records.worker_reports import WorkerReport
from schemas.results import ImageDeleted, RecognitionResult, VersionedName
from schemas.texts.uploads import Upload

Fields = dict[str, Any]


class EmptyKey(InvalidRequest):
    """What Cassandra says to a row without a name: a bug of whoever asks, and no answer."""


def require_key(key: str | bytes) -> None:
    """Refuse an empty partition key, as Cassandra does, which has no rows under it and is not asked for any."""
    if not key:
        raise EmptyKey("Key may not be empty")


class Fallible:
    """Something that can be made to stop answering."""

    down = False

    def require_up(self) -> None:
        if self.down:
            raise TransientError("the store is down, as the test wants it")

    async def ping(self) -> None:
        self.require_up()

    async def close(self) -> None:
        """Nothing is open."""


@dataclass
class FakeImage:
    """One image: each stage with its version, and the results by pipeline."""

    identity: ImageIdentity
    stages: dict[str, tuple[int, Fields]] = field(default_factory=dict)
    results: dict[str, RecognitionResult] = field(default_factory=dict)

    @property
    def deleted(self) -> int:
        return self.stages["deleted"][0] if "deleted" in self.stages else -1

    def mark(self, stage: str, version: int, fields: Fields) -> None:
        """Of two that are about one reference the later one counts."""
        known, its_fields = self.stages.get(stage, (-1, {}))
        at = f"{stage}_at"
        if version > known or (version == known and fields[at] >= its_fields[at]):
            self.stages[stage] = (version, fields)

    def keep(self, result: RecognitionResult) -> None:
        older = self.results.get(result.pipeline)
        if older is None or result.origin.version >= older.origin.version:
            self.results[result.pipeline] = result

    def alive(self) -> list[RecognitionResult]:
        newest_first = sorted(self.results.values(), key=lambda result: result.origin.version, reverse=True)
        return [result for result in newest_first if result.origin.version > self.deleted]

    def record(self) -> ImageRecord:
        stages = {
            name: (version, fields)
            for name, (version, fields) in self.stages.items()
            if name == "deleted" or (self._is_announced_anew(fields) if name == "announced" else version > self.deleted)
        }
        # What Kafka said goes before what the API announced.
        uris = sorted(
            (name != "announced", version, fields["uri"])
            for name, (version, fields) in stages.items()
            if fields.get("uri")
        )
        known: Fields = {"uri": uris[-1][2] if uris else None}
        for name, (version, fields) in stages.items():
            known |= {key: value for key, value in fields.items() if key != "uri"}
            if name != "announced":
                known[f"{name}_version"] = version
        return ImageRecord(**self.identity.model_dump(), image_key=self.identity.image_key, **known)

    def _is_announced_anew(self, announced: Fields) -> bool:
        """Announcements have no number: the times of those who announced and deleted are compared."""
        return "deleted" not in self.stages or announced["announced_at"] > self.stages["deleted"][1]["deleted_at"]


class FakeResultStore(Fallible):
    """A ``ResultStore`` in memory."""

    def __init__(self) -> None:
        self.images: dict[str, FakeImage] = {}
        self.listed: set[tuple[str, int, str]] = set()
        self.rejections: dict[str, Rejection] = {}
        self.resolutions: dict[str, Resolved] = {}

    async def announce(self, images: Sequence[tuple[ImageIdentity, str, datetime]]) -> None:
        for identity, uri, announced_at in images:
            version = int(announced_at.timestamp() * 1_000_000)
            self._mark(identity, "announced", version, {"announced_at": announced_at, "uri": uri})

    async def save_accepted(self, references: Sequence[tuple[ImageReference, Origin]]) -> None:
        for reference, origin in references:
            fields = {"accepted_at": origin.appended_at, "uri": reference.public_uri, "accepted_origin": origin.name}
            self._mark(reference.identity, "accepted", origin.version, fields, listed=True)

    async def save_results(self, results: Sequence[RecognitionResult]) -> None:
        for result in results:
            identity = ImageIdentity(owner=result.owner, image_id=result.image_id)
            if result.replay is not None and not result.promoted:
                self._image(identity).keep(result)
                continue
            fields = {"recognised_at": result.recognised_at, "pipeline": result.pipeline, "uri": result.uri}
            fields["recognised_origin"] = result.origin.name
            self._mark(identity, "recognised", result.origin.version, fields, listed=True).keep(result)

    async def save_rejections(self, rejections: Sequence[Rejection]) -> None:
        self.require_up()
        for rejection in rejections:
            image = self.images.get(rejection.key)
            if rejection.identity is not None and image is not None and self._is_gone(rejection, image):
                continue
            self.rejections[rejection.known_as.id] = rejection
            fields = {"rejected_at": rejection.rejected_at, **rejection.model_dump(include={"reason", "detail", "uri"})}
            fields["rejected_origin"] = rejection.origin.name
            if rejection.identity is not None:
                self._mark(rejection.identity, "rejected", rejection.origin.version, fields, listed=True)

    async def save_resolutions(self, resolved: Sequence[Resolved]) -> None:
        self.require_up()
        for event in resolved:
            known = self.resolutions.get(event.rejection.known_as.id)
            if known is None or event.at >= known.at:
                self.resolutions[event.rejection.known_as.id] = event
            identity = event.rejection.identity
            if identity is not None and event.resolution is Resolution.DISCARDED:
                self._mark(identity, "discarded", event.rejection.origin.version, {"discarded_at": event.at})

    async def save_deletions(self, deletions: Sequence[tuple[ImageDeleted, Origin]]) -> None:
        for deleted, origin in deletions:
            identity = ImageIdentity(owner=deleted.owner, image_id=deleted.image_id)
            image = self._mark(identity, "deleted", origin.version, {"deleted_at": deleted.deleted_at})
            gone = [name for name, rejection in self.rejections.items() if self._is_gone(rejection, image)]
            for name in gone:
                del self.rejections[name]

    async def find(self, image_key: str) -> ImageRecord | None:
        self.require_up()
        require_key(image_key)
        image = self.images.get(image_key)
        return without_false_hope(image.record(), await self.unread_ranges()) if image is not None else None

    async def unread_ranges(self) -> tuple[Rejection, ...]:
        self.require_up()
        found = (one for one in self.rejections.values() if one.reason is Reason.EXPIRED_UNREAD)
        return tuple(sorted(found, key=lambda letter: letter.rejected_at))

    async def find_many(self, image_keys: Sequence[str]) -> list[ImageRecord]:
        found = [await self.find(image_key) for image_key in image_keys]
        return [record for record in found if record is not None]

    async def read_result(self, image_key: str, pipeline: str | None = None) -> RecognitionResult | None:
        record = await self.find(image_key)
        return None if record is None else await self.read_answer(record, pipeline)

    async def read_answer(self, record: ImageRecord, pipeline: str | None = None) -> RecognitionResult | None:
        chosen = pipeline or record.pipeline
        results = await self.read_history(record.image_key)
        return next((result for result in results if result.pipeline == chosen), None)

    async def read_history(self, image_key: str) -> tuple[RecognitionResult, ...]:
        self.require_up()
        image = self.images.get(image_key)
        return tuple(image.alive()) if image is not None else ()

    async def list_images(self, owner: str, limit: int, cursor: str | None = None) -> Page[ImageRecord]:
        self.require_up()
        entries = sorted(((version, key) for listed, version, key in self.listed if listed == owner), reverse=True)
        shown = [(entry, record) for entry in entries if (record := self._shown(*entry)) is not None]
        return _page(shown, ["images", owner], limit, cursor, (int, str))

    async def list_rejections(
        self, limit: int, cursor: str | None = None, query: DeadLetterQuery = OPEN_LETTERS
    ) -> Page[DeadLetter]:
        self.require_up()
        matching = [letter for letter in map(self._letter, self.rejections.values()) if query.matches(letter)]
        entries = sorted((((item.known_as.moment_us, item.known_as.name), item) for item in matching), key=_position)
        return _page(entries[::-1], ["rejections", query.model_dump_json()], limit, cursor, (int, str))

    async def find_rejection(self, origin: Origin) -> DeadLetter | None:
        self.require_up()
        rejection = self.rejections.get(origin.id)
        return self._letter(rejection) if rejection is not None else None

    def _letter(self, rejection: Rejection) -> DeadLetter:
        event = self.resolutions.get(rejection.known_as.id)
        fields: Fields = {}
        if event is not None:
            fields = {"resolution": event.resolution, "resolved_by": event.by, "resolved_at": event.at}
        return DeadLetter(**rejection.model_dump(), **fields)

    async def scan_results(self) -> AsyncIterator[RecognitionResult]:
        self.require_up()
        for image in list(self.images.values()):
            for result in image.alive():
                yield result

    async def count_results(self) -> int:
        return len([result async for result in self.scan_results()])

    def _mark(
        self, identity: ImageIdentity, stage: str, version: int, fields: Fields, *, listed: bool = False
    ) -> FakeImage:
        image = self._image(identity)
        image.mark(stage, version, fields)
        if listed:
            self.listed.add((identity.owner, version, identity.image_key))
        return image

    def _image(self, identity: ImageIdentity) -> FakeImage:
        self.require_up()
        return self.images.setdefault(identity.image_key, FakeImage(identity))

    def _shown(self, version: int, key: str) -> ImageRecord | None:
        record = self.images[key].record()
        is_shown = record.status is not ImageStatus.DELETED and newest_version(record) == version
        return record if is_shown else None

    def _is_gone(self, rejection: Rejection, image: FakeImage) -> bool:
        return rejection.identity == image.identity and rejection.origin.version <= image.deleted


class FakeAccountStore(Fallible):
    """An ``AccountStore`` in memory."""

    def __init__(self) -> None:
        self.workspaces: dict[str, Workspace] = {}
        self.accounts: dict[str, Account] = {}

    async def create_workspace(self, workspace: Workspace) -> None:
        self.require_up()
        require_key(workspace.id)
        if workspace.id in self.workspaces:
            raise AlreadyExists(f"workspace {workspace.id} exists already, or is being deleted")
        self.workspaces[workspace.id] = workspace

    async def find_workspace(self, workspace_id: str) -> Workspace | None:
        self.require_up()
        require_key(workspace_id)
        found = self.workspaces.get(workspace_id)
        return found if found is not None and found.deleting_since is None else None

    async def close_workspace(self, workspace: str, since: datetime) -> bool:
        self.require_up()
        if not self._is_of_before(workspace, since):
            return False
        self._change_workspace(workspace, deleting_since=since)
        return True

    async def delete_workspace(self, workspace: str, since: datetime) -> None:
        self.require_up()
        if self._is_of_before(workspace, since):
            del self.workspaces[workspace]

    async def list_workspaces(self) -> tuple[Workspace, ...]:
        self.require_up()
        return tuple(self.workspaces[name] for name in sorted(self.workspaces))

    async def set_allowed_prefixes(self, workspace_id: str, prefixes: tuple[str, ...]) -> None:
        self.require_up()
        self._change_workspace(workspace_id, allowed_prefixes=prefixes)

    async def replace_allowed_prefixes(
        self, workspace_id: str, known: tuple[str, ...], prefixes: tuple[str, ...]
    ) -> None:
        self.require_up()
        found = self.workspaces.get(workspace_id)
        if found is None or found.allowed_prefixes != known:
            raise ChangedMeanwhile(workspace_id)
        self._change_workspace(workspace_id, allowed_prefixes=prefixes)

    async def set_default_features(self, workspace_id: str, features: tuple[Feature, ...]) -> None:
        self.require_up()
        self._change_workspace(workspace_id, default_features=features)

    async def set_keep_location(self, workspace_id: str, keep_location: bool) -> None:
        self.require_up()
        self._change_workspace(workspace_id, keep_location=keep_location)

    async def set_keeping(self, workspace_id: str, keep: KeepingTimes) -> None:
        self.require_up()
        self._change_workspace(workspace_id, keep=keep)

    async def rename_workspace(self, workspace_id: str, name: str) -> None:
        self.require_up()
        self._change_workspace(workspace_id, name=name)

    async def create_account(self, account: Account) -> None:
        self.require_up()
        email = account.email.casefold()
        require_key(email)
        if email in self.accounts and self.accounts[email].id != account.id:
            raise AlreadyExists("an account with this e-mail address exists already")
        self.accounts.setdefault(email, account.model_copy(update={"email": email}))

    async def find_account(self, email: str) -> Account | None:
        self.require_up()
        require_key(email)
        return self.accounts.get(email.casefold())

    async def find_account_by_id(self, account_id: UUID) -> Account | None:
        self.require_up()
        return next((account for account in self.accounts.values() if account.id == account_id), None)

    async def change_account(self, account: Account) -> Account:
        self.require_up()
        email = account.email.casefold()
        kept = self.accounts.get(email)
        if kept is None or (kept.id, kept.version) != (account.id, account.version):
            raise ChangedMeanwhile("the account was changed by another at the same moment")
        # Addresses and moments of creation never change.
        fixed = {"email": email, "created_at": kept.created_at, "version": account.version + 1}
        self.accounts[email] = account.model_copy(update=fixed)
        return account.model_copy(update={"version": account.version + 1})

    async def list_accounts(self, limit: int, cursor: str | None = None, workspace: str | None = None) -> Page[Account]:
        self.require_up()
        listing = ("accounts", workspace)
        start = 0 if cursor is None else int(decode_cursor(listing, cursor, (int,))[0] or 0)
        accounts = list(self.accounts.values())[start : start + limit]
        more = encode_cursor(listing, (start + limit,)) if len(accounts) == limit else None
        shown = (account for account in accounts if workspace is None or workspace in account.workspaces)
        return Page(items=tuple(shown), next_cursor=more)

    def _is_of_before(self, workspace: str, since: datetime) -> bool:
        return workspace in self.workspaces and self.workspaces[workspace].created_at <= since

    def _change_workspace(self, workspace_id: str, **fields: Any) -> None:
        require_key(workspace_id)
        if workspace_id not in self.workspaces:
            raise NotFound(f"there is no workspace {workspace_id}")
        self.workspaces[workspace_id] = self.workspaces[workspace_id].model_copy(update=fields)


class FakeIdempotencyStore(Fallible):
    """An ``IdempotencyStore`` in memory, whose keys never lapse."""

    def __init__(self) -> None:
        self.kept: dict[IdempotencyScope, tuple[Attempt, str | None]] = {}

    async def begin(self, attempt: Attempt) -> EarlierRequest | None:
        self.require_up()
        holder, answer = self.kept.setdefault(attempt.scope, (attempt, None))
        return None if holder == attempt else EarlierRequest(fingerprint=holder.fingerprint, answer=answer)

    async def finish(self, attempt: Attempt, answer: str) -> bool:
        self.require_up()
        if not self._holds(attempt):
            return False
        self.kept[attempt.scope] = (attempt, answer)
        return True

    async def free(self, attempt: Attempt) -> None:
        self.require_up()
        if self._holds(attempt):
            del self.kept[attempt.scope]

    def _holds(self, attempt: Attempt) -> bool:
        return self.kept.get(attempt.scope, (None, None))[0] == attempt


class FakeUploadStore(Fallible):
    """An ``UploadStore`` in memory."""

    def __init__(self) -> None:
        self.pictures: dict[Upload, bytes] = {}
        self.written_at: dict[Upload, datetime] = {}

    async def save(self, upload: Upload, picture: bytes) -> None:
        self.require_up()
        self.pictures[upload] = picture
        self.written_at[upload] = datetime.now(UTC)

    async def delete(self, owner: str, image_key: str) -> None:
        self.require_up()
        for upload in [one for one in self.pictures if (one.owner, one.image_key) == (owner, image_key)]:
            del self.pictures[upload]

    async def expire(self, owner: str, before: datetime, image_key: str | None = None) -> AsyncIterator[int]:
        self.require_up()
        of_owner = [one for one in self.pictures if one.owner == owner and image_key in (None, one.image_key)]
        for upload in [one for one in of_owner if self.written_at[one] < before]:
            del self.pictures[upload]
            yield 1


class FakeWorkerReportStore(Fallible):
    """A ``WorkerReportStore`` in memory, in which nothing lapses."""

    def __init__(self) -> None:
        self.reports: dict[str, WorkerReport] = {}

    async def save(self, report: WorkerReport) -> None:
        self.require_up()
        self.reports[report.worker] = report

    async def forget(self, worker: str) -> None:
        self.require_up()
        self.reports.pop(worker, None)

    async def list_reports(self) -> tuple[WorkerReport, ...]:
        self.require_up()
        return tuple(self.reports.values())


class FakePipelineStore(Fallible):
    """A ``PipelineStore`` in memory."""

    def __init__(self) -> None:
        self.pipelines: dict[VersionedName, PipelineSpec] = {}
        self.removed: set[VersionedName] = set()
        self.promotions: list[Promotion] = []

    async def create(self, pipeline: PipelineSpec) -> None:
        self.require_up()
        if pipeline.name == STANDARD:
            raise AlreadyExists(f"the name {STANDARD} is kept: choose another")
        if self.pipelines.setdefault(pipeline.id, pipeline) != pipeline or pipeline.id in self.removed:
            raise AlreadyExists(f"pipeline {pipeline.id} exists already")

    async def find(self, pipeline_id: VersionedName) -> PipelineSpec | None:
        self.require_up()
        found = STANDARD_PIPELINES.get(pipeline_id) or self.pipelines.get(pipeline_id)
        return None if pipeline_id in self.removed else found

    async def find_last_version(self, name: str) -> int:
        self.require_up()
        known = [*STANDARD_PIPELINES.values(), *self.pipelines.values()]
        return max((pipeline.version for pipeline in known if pipeline.name == name), default=0)

    async def remove(self, pipeline_id: VersionedName) -> None:
        self._require(pipeline_id)
        self.removed.add(pipeline_id)

    async def restore(self, pipeline_id: VersionedName) -> None:
        self._require(pipeline_id)
        self.removed.discard(pipeline_id)

    def _require(self, pipeline_id: VersionedName) -> None:
        self.require_up()
        if pipeline_id not in self.pipelines:
            raise NotFound(f"there is no pipeline {pipeline_id}")

    async def list_pipelines(self) -> tuple[PipelineSpec, ...]:
        self.require_up()
        stored = [pipeline for pipeline in self.pipelines.values() if pipeline.id not in self.removed]
        known = [*STANDARD_PIPELINES.values(), *stored]
        return tuple(sorted(known, key=lambda pipeline: (pipeline.name, -pipeline.version)))

    async def find_promoted(self) -> VersionedName:
        last = await self.find_last_promotion()
        return last.pipeline if last else DEFAULT_PIPELINE.id

    async def find_last_promotion(self) -> Promotion | None:
        self.require_up()
        return self.promotions[-1] if self.promotions else None

    async def add_promotion(self, promotion: Promotion) -> None:
        self.require_up()
        if promotion in self.promotions[-1:]:
            return
        if promotion.number in {one.number for one in self.promotions}:
            raise AlreadyExists("another pipeline was promoted at the same moment")
        self.promotions.append(promotion)

    async def list_promotions(self) -> tuple[Promotion, ...]:
        self.require_up()
        return tuple(self.promotions)


class FakeResultIndex(Fallible):
    """A ``ResultIndex`` in memory. What is saved is found at once."""

    def __init__(self) -> None:
        self.documents: dict[str, Document] = {}
        self.snapshot_page_size = PAGE_SIZE
        self.down_after_pages: int | None = None
        """After so many pages of a snapshot the index answers no more."""

    async def migrate(self) -> bool:
        self.require_up()
        return False

    async def save_results(self, results: Sequence[RecognitionResult], promoted: VersionedName | None = None) -> None:
        self._save(result_document(result, promoted) for result in results)

    async def save_rejections(self, rejections: Sequence[Rejection]) -> None:
        self._save(map(rejection_document, rejections))

    async def save_resolutions(self, resolved: Sequence[Resolved]) -> None:
        self._save(map(resolution_document, resolved))

    async def save_deletions(self, deletions: Sequence[tuple[ImageDeleted, Origin]]) -> None:
        self._save(deletion_document(deleted, origin) for deleted, origin in deletions)

    async def search(self, query: ResultQuery) -> Page[ResultSummary]:
        self.require_up()
        statuses = SHOWN if query.status is None else ASKED_FOR
        found = [source for source in self._shown(statuses) if "image_id" in source and _matches(source, query)]
        entries = [((_milliseconds(source), source["image_key"]), read_summary(source)) for source in found]
        listing = ["results", query.model_copy(update={"limit": 1, "cursor": None})]
        return _page(sorted(entries, key=_position)[::-1], listing, query.limit, query.cursor, (int, str))

    def snapshot(self, query: ResultQuery, page_size: int = PAGE_SIZE) -> AbstractAsyncContextManager[Snapshot]:
        found = sorted(
            self._meant(query), key=lambda source: (_milliseconds(source), source["image_key"]), reverse=True
        )
        page_size = min(page_size, self.snapshot_page_size)
        return nullcontext(FakeSnapshot(self, [read_exported(source) for source in found], page_size))

    async def statistics(self, query: ResultQuery, interval: Interval = Interval.DAY) -> Statistics:
        found = self._meant(query)
        begins = sorted(_begin_of(source["@timestamp"], interval) for source in found)
        return Statistics(
            total=len(found),
            over_time=tuple(Bucket(key=key, count=count) for key, count in Counter(begins).items()),
            interval=interval,
            labels=_counted(name for source in found for name in source.get("labels", ())),
            label_tree=_counted(name for source in found for name in source.get("label_tree", ())),
            categories=_counted(name for source in found for name in source.get("categories", ())),
            objects=_counted(name for source in found for name in source.get("objects", ())),
            faces=_counted(source["face_count"] for source in found if "face_count" in source),
            moderation=_counted(name for source in found for name in source.get("moderation", ())),
            owners=_counted(source["owner"] for source in found),
            statuses=_counted(source["status"] for source in found),
            reasons=_counted(source["reason"] for source in found if "reason" in source),
            pipelines=_counted(source["pipeline"] for source in found),
            cameras=_counted(source["camera"] for source in found if "camera" in source),
            confidences=_by_tenths(source["top_confidence"] for source in found if "top_confidence" in source),
            known=_by_tenths(source["known"] for source in found if "known" in source),
        )

    async def suggest(self, query: ResultQuery, begun: str) -> tuple[Bucket, ...]:
        named = [{name for field in NAME_FIELDS for name in source.get(field, ())} for source in self._meant(query)]
        return suggestions_of(Counter(name for names in named for name in names), begun, query.limit)

    async def similar(
        self, query: ResultQuery, embedding: EmbeddingAnswer, but: ImageIdentity | None = None
    ) -> tuple[SimilarImage, ...]:
        wanted = np.frombuffer(bytes.fromhex(vector_of(embedding) or ""), np.int8).astype(float)
        near = [
            (_cosine(wanted, source["embedding"]), source)
            for source in self._meant(query)
            if source.get("embedding_model") == embedding.model and "embedding" in source and not _is(source, but)
        ]
        nearest = sorted(near, key=lambda pair: -pair[0])[: query.limit]
        return tuple(SimilarImage(**read_summary(source).model_dump(), similarity=cosine) for cosine, source in nearest)

    async def duplicates(
        self, query: ResultQuery, look: HashAnswer, most_bits: int, but: ImageIdentity
    ) -> tuple[SimilarImage, ...]:
        bands = set(hash_bands(look.perceptual))
        sharing = [
            source
            for source in self._meant(query)
            if source.get("hash_model") == look.model
            and bands.intersection(source["hash_bands"])
            and not _is(source, but)
        ]
        return read_duplicates(sharing, look.perceptual, most_bits)[: query.limit]

    async def latency(self, since: datetime) -> Latency:
        found = self._meant(ResultQuery(owners=None, status=ImageStatus.RECOGNISED, since=since))
        took = {stage: sorted(source["timings"][f"{stage}_ms"] for source in found) for stage in STAGES}
        return Latency(
            images=len(found),
            stages=tuple(
                StageLatency(stage=stage, p50_ms=_share_of(times, 0.5), p95_ms=_share_of(times, 0.95))
                for stage, times in took.items()
                if times
            ),
        )

    def _meant(self, query: ResultQuery) -> list[Fields]:
        self.require_up()
        statuses = SHOWN if query.status is None else ASKED_FOR
        return [source for source in self._shown(statuses) if "image_id" in source and _matches(source, query)]

    async def count(self, owner: str | None = None) -> int:
        self.require_up()
        return len([source for source in self._shown() if owner in (None, source.get("owner"))])

    async def refresh(self) -> None:
        self.require_up()

    def _save(self, documents: Iterable[Document]) -> None:
        self.require_up()
        for document in documents:
            known = self.documents.get(document.id)
            if known is None or document.version >= known.version:
                self.documents[document.id] = document

    def _shown(self, statuses: Sequence[str] = SHOWN) -> list[Fields]:
        return [document.source for document in self.documents.values() if document.source["status"] in statuses]


class FakeSnapshot(Snapshot):
    """What a query found at one moment."""

    def __init__(self, index: FakeResultIndex, found: Sequence[ExportedImage], page_size: int) -> None:
        self._index = index
        self._found = found
        self._page_size = page_size

    async def pages(self) -> AsyncGenerator[Sequence[ExportedImage], None]:
        for number, page in enumerate(in_slices(self._found, self._page_size)):
            if number == self._index.down_after_pages:
                raise TransientError("the index is down from here on, as the test wants it")
            yield page


def _page(
    entries: list[tuple[tuple[int, str], Any]],
    listing: list[object],
    limit: int,
    cursor: str | None,
    types: tuple[type, ...],
) -> Page[Any]:
    """Cut a page out of ``entries``, which are in falling order of their positions."""
    after = tuple(decode_cursor(listing, cursor, types)) if cursor is not None else None
    rest = [entry for entry in entries if after is None or entry[0] < after]
    more = len(rest) > limit
    next_cursor = encode_cursor(listing, rest[limit - 1][0]) if more else None
    return Page(items=tuple(item for _, item in rest[:limit]), next_cursor=next_cursor)


def _counted(values: Iterable[str | int]) -> tuple[Bucket, ...]:
    return tuple(Bucket(key=str(key), count=count) for key, count in Counter(values).most_common())


def _begin_of(moment: datetime, interval: Interval) -> str:
    """Return when the interval begins that holds ``moment``, as Elasticsearch writes it."""
    begin = moment.replace(minute=0, second=0, microsecond=0)
    if interval is not Interval.HOUR:
        begin = begin.replace(hour=0)
    if interval is Interval.WEEK:
        begin -= timedelta(days=begin.weekday())
    if interval is Interval.MONTH:
        begin = begin.replace(day=1)
    return begin.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _by_tenths(confidences: Iterable[float]) -> tuple[Bucket, ...]:
    counts = Counter(min(9, int(confidence * 10)) for confidence in confidences)
    return tuple(Bucket(key=f"{tenth / 10:.1f}", count=counts[tenth]) for tenth in range(10))


def _cosine(wanted: np.ndarray, vector: str) -> float:
    other = np.frombuffer(bytes.fromhex(vector), np.int8).astype(float)
    return float(wanted @ other / (np.linalg.norm(wanted) * np.linalg.norm(other)))


def _is(source: Fields, image: ImageIdentity | None) -> bool:
    return image is not None and (source["owner"], source["image_id"]) == (image.owner, image.image_id)


def _position(entry: tuple[tuple[int, str], Any]) -> tuple[int, str]:
    return entry[0]


def _milliseconds(source: Fields) -> int:
    return int(source["@timestamp"].timestamp() * 1000)


def _matches(source: Fields, query: ResultQuery) -> bool:
    moment = source["@timestamp"]
    checks: tuple[Callable[[], bool], ...] = (
        lambda: query.owners is None or source["owner"] in query.owners,
        lambda: query.status is None or source["status"] == query.status,
        lambda: query.pipeline is None or source["pipeline"] == query.pipeline,
        lambda: query.reason is None or source.get("reason") == query.reason,
        lambda: all(source.get("metadata", {}).get(name) == value for name, value in query.metadata),
        lambda: query.since is None or moment >= query.since,
        lambda: query.until is None or moment < query.until,
        lambda: query.camera is None or source.get("camera", "").lower() == query.camera.lower(),
        lambda: _is_taken_between(source.get("taken_at"), query),
        lambda: query.text is None or _holds(source["search_text"], query.text),
        lambda: _is_seen(source, query),
        lambda: query.min_known is None or source.get("known", -1.0) >= query.min_known,
        lambda: query.max_known is None or source.get("known", 2.0) < query.max_known,
        lambda: _has_faces(source, query),
    )
    return all(check() for check in checks)


def _is_taken_between(taken_at: str | None, query: ResultQuery) -> bool:
    if taken_at is None:
        return (query.taken_since, query.taken_until) == (None, None)
    told = datetime.fromisoformat(taken_at)
    moment = told if told.tzinfo else told.replace(tzinfo=UTC)
    since, until = query.taken_since or moment, query.taken_until
    return since <= moment and (until is None or moment < until)


def _holds(text: str, wanted: str) -> bool:
    return bool(words(wanted)) and set(words(wanted).split()) <= set(text.split())


def _is_seen(source: Fields, query: ResultQuery) -> bool:
    least = query.min_confidence or 0.0
    if any(_shows(source, name, least) for name in query.exclude_labels):
        return False
    named = {
        "predictions": query.label_exact,
        "detections": query.object,
        "category_scores": query.category,
        "moderation_scores": query.moderation,
    }
    asked = [(field, name) for field, name in named.items() if name is not None]
    if query.label is None and not asked and not query.exclude_labels:
        return not least or source.get("top_confidence", 0.0) >= least
    shown = query.label is None or _shows(source, query.label, least)
    return shown and all(_has(_scored(source, field), name, least) for field, name in asked)


def _shows(source: Fields, name: str, least: float) -> bool:
    fields = ("predictions", "detections", "label_tree_scores")
    return any(_has(_scored(source, field), name, least) for field in fields)


def _scored(source: Fields, field: str) -> list[Fields]:
    """Return names with their confidences, out of terms that hold both where they are that."""
    found = source.get(field, ())
    pairs = [term.split(BETWEEN) for term in found if isinstance(term, str)]
    return [
        *(one for one in found if not isinstance(one, str)),
        *({"name": a, "confidence": float(b)} for a, b in pairs),
    ]


def _has_faces(source: Fields, query: ResultQuery) -> bool:
    if query.min_faces is None and query.max_faces is None:
        return True
    count = source.get("face_count")
    most = math.inf if query.max_faces is None else query.max_faces
    return count is not None and (query.min_faces or 0) <= count <= most


def _has(seen: Iterable[Fields], name: str, least: float) -> bool:
    return any(one["name"].lower() == name.lower() and one["confidence"] >= least for one in seen)


@dataclass
class FakeActivityIndex(Fallible):
    """Events by the place of their message."""

    documents: dict[str, Document] = field(default_factory=dict)

    async def save(self, documents: Sequence[Document]) -> None:
        self.require_up()
        for document in documents:
            known = self.documents.get(document.id)
            if known is None or known.version <= document.version:
                self.documents[document.id] = document

    async def refresh(self) -> None:
        self.require_up()

    async def search(self, query: ActivityQuery) -> Page[ActivityItem]:
        self.require_up()
        listing = ["activity", query.model_copy(update={"cursor": None, "limit": 1})]
        items = [read_activity(document.source) for document in self.documents.values()]
        found = sorted(filter(_meant_by(query), items), key=lambda item: (item.at, item.id), reverse=True)
        if query.cursor is not None:
            at, last = decode_cursor(listing, query.cursor, (str, str))
            place = (datetime.fromisoformat(str(at)), str(last))
            found = [item for item in found if (item.at, item.id) < place]
        shown = found[: query.limit]
        more = encode_cursor(listing, [shown[-1].at.isoformat(), shown[-1].id]) if len(found) > len(shown) else None
        return Page(items=tuple(shown), next_cursor=more)


def _share_of(ordered: Sequence[float], share: float) -> float:
    """Return the value below which this share of the values lies, between neighbours where it falls there."""
    place = share * (len(ordered) - 1)
    below, above = ordered[int(place)], ordered[min(int(place) + 1, len(ordered) - 1)]
    return below + (above - below) * (place - int(place))


def _meant_by(query: ActivityQuery) -> Callable[[ActivityItem], bool]:
    def means(item: ActivityItem) -> bool:
        return (
            query.event in (None, item.event)
            and (query.acts or item.event is not ActivityKind.AUDIT)
            and query.actor in (None, item.actor)
            and query.action in (None, item.action)
            and (query.owners is None or item.owner in query.owners)
            and (query.since is None or item.at >= query.since)
            and (query.until is None or item.at < query.until)
        )

    return means

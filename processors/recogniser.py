"""The heart: a batch of references in, results and rejections out."""

import asyncio
import hashlib
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from infra.errors import Rejected, SourceUnavailable
from infra.event_bus import Record
from infra.image_source import FetchedImage
from processors.delivery import Message
from processors.imaging.decode import DecodedImage
from processors.intake import Accepted, Intake
from processors.models.feature_model import FeatureRequest
from processors.outcomes import Outcome, OutcomeWriter
from processors.workspaces import WorkspaceDirectory
from schemas.accounts import Workspace
from schemas.dead_letters import Reason
from schemas.images import Feature
from schemas.results import FeatureAnswers, ImageFacts, StageTimings, VersionedName
from schemas.topics import RECOGNITION_RESULTS
from schemas.wire import InvalidReference


class Source(Protocol):
    """Where images are fetched from."""

    async def fetch(self, uri: str, *, allowed_prefixes: Sequence[str]) -> FetchedImage: ...


class Pipeline(Protocol):
    """A loaded pipeline; both methods block and release the interpreter lock for the heavy part."""

    @property
    def name(self) -> str:
        """The pipeline and its version, such as ``standard@2``."""

    def decode(self, data: bytes, features: Sequence[Feature]) -> DecodedImage:
        """Decode one image as far as ``features`` need it; raises ``Rejected``."""

    def answer(self, images: Sequence[DecodedImage], asked: Sequence[FeatureRequest]) -> list[FeatureAnswers]:
        """Answer for each image the features asked of it, every failure in its own place."""


@dataclass(frozen=True, slots=True)
class _Readable:
    """A reference whose image was fetched and decoded."""

    accepted: Accepted
    image: DecodedImage
    facts: ImageFacts
    fetch_ms: float
    decode_ms: float


class PipelineShelf(Protocol):
    """The pipelines that can be run here."""

    @property
    def promoted(self) -> Pipeline:
        """The one that counts."""

    def use(self, name: VersionedName | None) -> AbstractAsyncContextManager[Pipeline]:
        """Lend the one named, or the promoted one; raises ``Rejected`` where there is none such."""


class Recogniser:
    """Recognise batches; one bad image never costs its neighbours."""

    def __init__(
        self,
        intake: Intake,
        source: Source,
        workspaces: WorkspaceDirectory,
        pipelines: PipelineShelf,
        *,
        decoding_threads: int,
        inference_threads: int,
        inference_batch: int,
        host: str,
    ) -> None:
        """Threads that infer take ``inference_batch`` images at a time."""
        self._intake = intake
        self._source = source
        self._workspaces = workspaces
        self._pipelines = pipelines
        self._decoders = ThreadPoolExecutor(decoding_threads, thread_name_prefix="decode")
        self._inference = ThreadPoolExecutor(inference_threads, thread_name_prefix="inference")
        self._inference_batch = inference_batch
        self._host = host

    async def recognise(self, messages: Sequence[Message]) -> Outcome:
        """Return one record for each message: a result or a dead letter.

        All images of a batch that ask for the same pipeline are answered by the same, whatever is promoted meanwhile.
        Raises ``TransientError`` while workspaces or pipelines cannot be read; nothing is published then.
        """
        items = [self._accept(message) for message in messages]
        accepted = [item for item in items if isinstance(item, Accepted)]
        workspaces = await self._workspaces.find({item.reference.owner for item in accepted})
        groups = _by_pipeline(accepted, workspaces)
        parts = await asyncio.gather(*(self._recognise_by(name, group, workspaces) for name, group in groups.items()))
        done = [record for part in parts for record in part]
        records = (*done, *(item for item in items if isinstance(item, Record)))
        recognised = sum(record.topic == RECOGNITION_RESULTS for record in records)
        return Outcome(records, recognised=recognised, rejected=len(records) - recognised)

    async def _recognise_by(
        self, name: VersionedName | None, items: Sequence[Accepted], workspaces: Mapping[str, Workspace]
    ) -> list[Record]:
        try:
            async with self._pipelines.use(name) as pipeline:
                prepared = await asyncio.gather(*(self._prepare(item, workspaces, pipeline) for item in items))
                rejected = [item for item in prepared if isinstance(item, Record)]
                readable = [item for item in prepared if isinstance(item, _Readable)]
                return [*await self._answer_all(readable, pipeline), *rejected]
        except Rejected as error:
            return [self._reject(item, error.reason, error.detail, name) for item in items]

    def _accept(self, message: Message) -> Accepted | Record:
        try:
            return self._intake.accept(message)
        except InvalidReference as error:
            write = self._writer(self._pipelines.promoted.name)
            return write.dead_letter(message, error.reason, error.detail, error.identity)

    async def _prepare(
        self, item: Accepted, workspaces: Mapping[str, Workspace], pipeline: Pipeline
    ) -> _Readable | Record:
        try:
            return await self._read(item, workspaces.get(item.reference.owner), pipeline)
        except Rejected as error:
            return self._reject(item, error.reason, error.detail, pipeline.name)
        except SourceUnavailable as error:
            return self._reject(item, Reason.SOURCE_UNAVAILABLE, str(error), pipeline.name)

    def _reject(self, item: Accepted, reason: Reason, detail: str, pipeline: VersionedName | None) -> Record:
        write = self._writer(pipeline or self._pipelines.promoted.name)
        return write.dead_letter(item.message, reason, detail, item.identity, item.reference.public_uri)

    def _writer(self, pipeline: VersionedName) -> OutcomeWriter:
        return OutcomeWriter(pipeline, self._host)

    async def _read(self, item: Accepted, workspace: Workspace | None, pipeline: Pipeline) -> _Readable:
        reference = item.reference
        if workspace is None:
            raise Rejected(Reason.UNKNOWN_WORKSPACE, f"owner: no workspace {reference.owner!r} exists")
        if reference.deadline is not None and reference.deadline < item.taken_at:
            raise Rejected(Reason.DEADLINE_PASSED, f"deadline: it was {reference.deadline.isoformat()}")
        started = time.perf_counter()
        data = (await self._source.fetch(reference.uri, allowed_prefixes=workspace.allowed_prefixes)).data
        fetched = time.perf_counter()
        image, facts = await asyncio.get_running_loop().run_in_executor(
            self._decoders, _decode, pipeline, data, reference.features
        )
        decoded = time.perf_counter()
        return _Readable(item, image, facts, fetch_ms=_ms(fetched - started), decode_ms=_ms(decoded - fetched))

    async def _answer_all(self, items: Sequence[_Readable], pipeline: Pipeline) -> list[Record]:
        size = self._inference_batch
        answers = [self._answer(items[start : start + size], pipeline) for start in range(0, len(items), size)]
        return [record for records in await asyncio.gather(*answers) for record in records]

    async def _answer(self, chunk: Sequence[_Readable], pipeline: Pipeline) -> list[Record]:
        images = [item.image for item in chunk]
        asked = [FeatureRequest(item.accepted.reference.features, item.accepted.reference.options) for item in chunk]
        started = time.perf_counter()
        answers = await asyncio.get_running_loop().run_in_executor(self._inference, pipeline.answer, images, asked)
        inference_ms = _ms(time.perf_counter() - started)
        write = self._writer(pipeline.name)
        return [
            write.result(item.accepted, item.facts, answer, _timings(item, inference_ms, len(chunk)))
            for item, answer in zip(chunk, answers, strict=True)
        ]

    def close(self) -> None:
        """Stop the threads once their work is done."""
        self._decoders.shutdown()
        self._inference.shutdown()


def _by_pipeline(
    items: Sequence[Accepted], workspaces: Mapping[str, Workspace]
) -> dict[VersionedName | None, list[Accepted]]:
    """Group by the pipeline that is asked for; nothing is loaded for a workspace that there is none of."""
    groups: dict[VersionedName | None, list[Accepted]] = {}
    for item in items:
        name = item.reference.pipeline if item.reference.owner in workspaces else None
        groups.setdefault(name, []).append(item)
    return groups


def _decode(pipeline: Pipeline, data: bytes, features: Sequence[Feature]) -> tuple[DecodedImage, ImageFacts]:
    image = pipeline.decode(data, features)
    sha256 = hashlib.sha256(data).hexdigest()
    return image, ImageFacts(
        sha256=sha256, size_bytes=len(data), format=image.format, width=image.width, height=image.height
    )


def _timings(item: _Readable, inference_ms: float, batch_size: int) -> StageTimings:
    waited = item.accepted.taken_at - item.accepted.message.origin.appended_at
    return StageTimings(
        queue_ms=max(0.0, _ms(waited.total_seconds())),
        fetch_ms=item.fetch_ms,
        decode_ms=item.decode_ms,
        inference_ms=inference_ms,
        batch_size=batch_size,
    )


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)

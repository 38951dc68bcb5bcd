"""The heart: a batch of references in, results and rejections out."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from functools import partial

from infra.errors import Rejected, SourceUnavailable, UnknownWorkspace
from infra.kafka.event_bus import Record
from infra.lanes import Lane
from infra.slices import in_slices
from infra.sources.rules import PlaceNotAllowed
from processors.imaging.decoding.decode import DecodedImage
from processors.models.feature_model import FeatureRequest
from processors.recognition.batch import (
    Arrivals,
    Fetched,
    ImageFetcher,
    PipelineShelf,
    Readable,
    RecognitionBatch,
    RunnablePipeline,
    before_deadline,
)
from processors.recognition.intake import AcceptedReference, Intake
from processors.recognition.isolation import NO_SUSPECTS, Suspects, facts_of
from processors.recognition.lanes import LanePool
from processors.recognition.outcomes import Outcome, OutcomeWriter, dead_letter
from processors.recognition.retrying import NO_RETRIES, RetryPlan
from processors.recognition.workspaces import WorkspaceDirectory
from processors.streams.delivery import Message
from schemas.access.accounts import Workspace
from schemas.dead_letters import Reason
from schemas.images import Feature
from schemas.results import ImageFacts, StageTimings, VersionedName
from schemas.texts.uploads import upload_prefix
from schemas.wire import InvalidReference

# Results do not wait longer than this for slower images of their batch.
STRAGGLING_S = 0.25


class Recogniser:
    """Recognise batches; one bad image never costs its neighbours, and a slow one costs them no time."""

    def __init__(
        self,
        intake: Intake,
        source: ImageFetcher,
        workspaces: WorkspaceDirectory,
        pipelines: PipelineShelf,
        *,
        decoding_threads: int,
        inference_threads: int | None,
        inference_batch: int,
        host: str,
        retries: RetryPlan = NO_RETRIES,
        batch_share: float = 0.125,
        suspects: Suspects = NO_SUSPECTS,
    ) -> None:
        """Threads that infer take ``inference_batch`` images at a time.

        Where there are none of their own, those that decode infer as well: on processors that do both, more threads
        would only drive each other's work out of the caches.
        ``batch_share`` of the threads' time is left to the lanes that may wait while urgent images come in.
        """
        self._intake = intake
        self._source = source
        self._workspaces = workspaces
        self._pipelines = pipelines
        self._retries = retries
        self._suspects = suspects
        self._decoders = LanePool(decoding_threads, "decode", share=batch_share)
        self._inference = (
            LanePool(inference_threads, "inference", share=batch_share) if inference_threads else self._decoders
        )
        self._inference_batch = inference_batch
        self._host = host

    async def recognise(self, messages: Sequence[Message], lane: Lane = Lane.URGENT) -> Outcome:
        """Return one record for each message: a result, a dead letter, or the message itself for a retry topic.

        All images of a batch that ask for the same pipeline are answered by the same, whatever is promoted meanwhile.
        Raises ``TransientError`` while workspaces or pipelines cannot be read; nothing is to be published then.
        """
        parts = [part async for part in self.recognise_in_parts(messages, lane)]
        return Outcome(tuple(record for part in parts for record in part.records))

    async def recognise_in_parts(self, messages: Sequence[Message], lane: Lane) -> AsyncGenerator[Outcome, None]:
        """Yield the outcome of those whose images came soon, then that of the stragglers; raises as ``recognise``."""
        promoted = self._pipelines.promoted
        items = [self._accept(message, promoted) for message in messages]
        owners = {item.reference.owner for item in items if isinstance(item, AcceptedReference)}
        batch = RecognitionBatch(lane, await self._workspaces.find(owners), promoted)
        arrivals = Arrivals(len(items))
        preparations = [
            asyncio.create_task(self._prepare(item, batch, partial(arrivals.arrived, place)))
            for place, item in enumerate(items)
        ]
        try:
            late = await arrivals.missing_after(STRAGGLING_S)
            for are_late in (False, True):
                if chosen := [task for place, task in enumerate(preparations) if (place in late) is are_late]:
                    yield await self._finish(chosen, batch)
        finally:
            for task in preparations:
                task.cancel()

    def _accept(self, message: Message, promoted: RunnablePipeline) -> AcceptedReference | Record:
        try:
            return self._intake.accept(message)
        except InvalidReference as error:
            return dead_letter(
                message, error.reason, error.detail, self._host, pipeline=promoted.name, identity=error.identity
            )

    async def _fetch(self, item: AcceptedReference | Record, batch: RecognitionBatch) -> Fetched | Record:
        if isinstance(item, Record):
            return item
        try:
            return await self._read(item, batch.workspaces.get(item.reference.owner), batch.lane)
        except PlaceNotAllowed as error:
            told = error.to(item.reference.owner)
            return self._reject(item, told.reason, told.detail, batch)
        except Rejected as error:
            return self._reject(item, error.reason, error.detail, batch)
        except SourceUnavailable as error:
            return self._put_off(item, str(error), batch)

    async def _read(self, item: AcceptedReference, workspace: Workspace | None, lane: Lane) -> Fetched:
        reference = item.reference
        if workspace is None:
            raise UnknownWorkspace(reference.owner)
        started = time.perf_counter()
        allowed = (*workspace.allowed_prefixes, upload_prefix(workspace.id))
        async with before_deadline(reference.deadline) if reference.deadline else nullcontext():
            image = await self._source.fetch(reference.uri, allowed_prefixes=allowed, lane=lane)
        return Fetched(item, image, fetch_ms=_ms(time.perf_counter() - started))

    def _reject(self, item: AcceptedReference, reason: Reason, detail: str, batch: RecognitionBatch) -> Record:
        return self._writer(item.reference.pipeline or batch.promoted.name, batch).rejection(item, reason, detail)

    def _writer(self, pipeline: VersionedName, batch: RecognitionBatch) -> OutcomeWriter:
        return OutcomeWriter(pipeline, self._host, promoted=pipeline == batch.promoted.name)

    def _put_off(self, item: AcceptedReference, detail: str, batch: RecognitionBatch) -> Record:
        later = self._retries.put_off(item.message, detail, item.reference.deadline)
        return later or self._reject(item, Reason.SOURCE_UNAVAILABLE, detail, batch)

    async def _prepare(
        self, item: AcceptedReference | Record, batch: RecognitionBatch, arrived: Callable[[], None]
    ) -> Readable | Record:
        try:
            fetched = await self._fetch(item, batch)
        finally:
            arrived()
        if isinstance(fetched, Record):
            return fetched
        try:
            if self._suspects.is_suspect(fetched.accepted.message.origin.name):
                return await self._try_alone(fetched, batch)
            return await self._read_image(fetched, batch)
        except Rejected as error:
            return self._reject(fetched.accepted, error.reason, error.detail, batch)
        finally:
            fetched.image.release()

    async def _read_image(self, fetched: Fetched, batch: RecognitionBatch) -> Readable:
        reference = fetched.accepted.reference
        async with self._use(reference.pipeline, batch) as pipeline:
            started = time.perf_counter()
            image, facts = await self._decoders.run(
                batch.lane, _decode, pipeline, fetched.image.data, reference.features
            )
        return Readable(fetched.accepted, image, facts, fetched.fetch_ms, _ms(time.perf_counter() - started))

    async def _try_alone(self, fetched: Fetched, batch: RecognitionBatch) -> Record:
        """Recognise where the image can bring down nobody but itself."""
        accepted = fetched.accepted
        name = accepted.reference.pipeline or batch.promoted.name
        trial = await self._suspects.recognise(name, fetched.image.data, _request_of(accepted))
        timings = StageTimings(
            queue_ms=_queue_ms(accepted),
            fetch_ms=fetched.fetch_ms,
            decode_ms=trial.decode_ms,
            inference_ms=trial.inference_ms,
            batch_size=1,
        )
        return self._writer(name, batch).result(accepted, trial.facts, trial.answers, timings, trial.warnings)

    def _use(
        self, name: VersionedName | None, batch: RecognitionBatch
    ) -> AbstractAsyncContextManager[RunnablePipeline]:
        """Lend a pipeline. Whoever holds one asks for no other: there may be room for one alone."""
        return nullcontext(batch.promoted) if name in (None, batch.promoted.name) else self._pipelines.use(name)

    async def _finish(
        self, preparations: "Sequence[asyncio.Task[Readable | Record]]", batch: RecognitionBatch
    ) -> Outcome:
        prepared = await asyncio.gather(*preparations)
        others = [item for item in prepared if isinstance(item, Record)]
        groups = _by_pipeline([item for item in prepared if isinstance(item, Readable)])
        answers = await asyncio.gather(*(self._answer_all(name, items, batch) for name, items in groups.items()))
        return Outcome((*(record for records in answers for record in records), *others))

    async def _answer_all(
        self, name: VersionedName | None, items: Sequence[Readable], batch: RecognitionBatch
    ) -> list[Record]:
        chunks = in_slices(items, self._inference_batch)
        try:
            async with self._use(name, batch) as pipeline:
                answers = await asyncio.gather(*(self._answer(chunk, pipeline, batch) for chunk in chunks))
        except Rejected as error:
            return [self._reject(item.accepted, error.reason, error.detail, batch) for item in items]
        return [record for records in answers for record in records]

    async def _answer(
        self, chunk: Sequence[Readable], pipeline: RunnablePipeline, batch: RecognitionBatch
    ) -> list[Record]:
        images = [item.image for item in chunk]
        asked = [_request_of(item.accepted) for item in chunk]
        started = time.perf_counter()
        answers = await self._inference.run(batch.lane, pipeline.answer, images, asked, ahead=True)
        inference_ms = _ms(time.perf_counter() - started)
        write = self._writer(pipeline.name, batch)
        return [
            write.result(
                item.accepted, item.facts, answer, _timings(item, inference_ms, len(chunk)), item.image.warnings
            )
            for item, answer in zip(chunk, answers, strict=True)
        ]

    def close(self) -> None:
        """Stop the threads once their work is done."""
        self._decoders.close()
        self._inference.close()


def _by_pipeline(items: Sequence[Readable]) -> dict[VersionedName | None, list[Readable]]:
    groups: dict[VersionedName | None, list[Readable]] = {}
    for item in items:
        groups.setdefault(item.accepted.reference.pipeline, []).append(item)
    return groups


def _decode(pipeline: RunnablePipeline, data: bytes, features: Sequence[Feature]) -> tuple[DecodedImage, ImageFacts]:
    image = pipeline.decode(data, features)
    return image, facts_of(data, image)


def _timings(item: Readable, inference_ms: float, batch_size: int) -> StageTimings:
    return StageTimings(
        queue_ms=_queue_ms(item.accepted),
        fetch_ms=item.fetch_ms,
        decode_ms=item.decode_ms,
        inference_ms=inference_ms,
        batch_size=batch_size,
    )


def _queue_ms(accepted: AcceptedReference) -> float:
    return max(0.0, _ms((accepted.taken_at - accepted.message.origin.appended_at).total_seconds()))


def _request_of(accepted: AcceptedReference) -> FeatureRequest:
    return FeatureRequest(accepted.reference.features, accepted.reference.options)


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)

"""The heart: a batch of references in, results and rejections out."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing, nullcontext
from functools import partial

from infra.errors import Rejected, SourceUnavailable, UnknownWorkspace
from infra.kafka.event_bus import Record
from infra.lanes import Lane
from infra.sources.contents import FetchedImage
from infra.sources.rules import PlaceNotAllowed
from processors.imaging.decoding.decode import DecodedImage
from processors.recognition.answering.answerer import Answerer
from processors.recognition.answering.parts import BatchInParts, Part, WaitingRoom
from processors.recognition.batch import (
    Arrivals,
    Fetched,
    ImageFetcher,
    PipelineShelf,
    Readable,
    RecognitionBatch,
    RunnablePipeline,
    before_deadline,
    milliseconds,
)
from processors.recognition.intake import AcceptedReference, Intake
from processors.recognition.isolation import NO_SUSPECTS, Suspects, facts_of
from processors.recognition.lanes import LanePool
from processors.recognition.outcomes import Outcome, dead_letter
from processors.recognition.questions.answers import AnswerWriter
from processors.recognition.retrying import NO_RETRIES, RetryPlan
from processors.recognition.workspaces import Asked, WorkspaceDirectory
from processors.streams.delivery import Message
from schemas.access.accounts import Workspace
from schemas.dead_letters import Reason
from schemas.images import Feature
from schemas.results import ImageFacts, StageTimings
from schemas.texts.uploads import upload_prefix
from schemas.wire import InvalidReference

# Results do not wait longer than this for slower images of their batch.
STRAGGLING_S = 0.25
# Of pixels whose text is to be read while other batches are begun: about forty pages.
MOST_WAITING_BYTES = 256 * 1024 * 1024


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
        text_threads: int = 1,
        retries: RetryPlan = NO_RETRIES,
        batch_share: float = 0.125,
        suspects: Suspects = NO_SUSPECTS,
    ) -> None:
        """Threads that infer take ``inference_batch`` images at a time.

        Where there are none of their own, those that decode infer as well: on processors that do both, more threads
        would only drive each other's work out of the caches. Nothing else waits for the ``text_threads``, which read
        text. ``batch_share`` of the threads' time is left to the lanes that may wait while urgent images come in.
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
        self._text = LanePool(text_threads, "text", share=batch_share)
        self._answerer = Answerer(self._inference, self._text, inference_batch)
        self._waiting_room = WaitingRoom(MOST_WAITING_BYTES)
        self._host = host

    async def recognise(self, messages: Sequence[Message], lane: Lane = Lane.URGENT) -> Outcome:
        """Return one record for each message: a result, a dead letter, or the message itself for a retry topic.

        All images of a batch that ask for the same pipeline are answered by the same, whatever is promoted meanwhile.
        Raises ``TransientError`` while workspaces or pipelines cannot be read; nothing is to be published then.
        """
        parts = [part async for part in self.recognise_in_parts(messages, lane)]
        return Outcome(tuple(record for part in parts for record in part.records))

    async def recognise_in_parts(
        self, messages: Sequence[Message], lane: Lane, only_slow_left: Callable[[], None] = lambda: None
    ) -> AsyncGenerator[Outcome, None]:
        """Yield outcomes as they come; raises as ``recognise``.

        First comes what was there soon, then the images that came late, and those with text one by one.
        ``only_slow_left`` is called when nothing but text is left: the next batch may begin. That is not called while
        too much waits for that already.
        """
        promoted = self._pipelines.promoted
        items = [self._accept(message, promoted) for message in messages]
        batch = RecognitionBatch(lane, await self._workspaces_of(items), promoted, self._pipelines, self._host)
        async with aclosing(self._in_parts(items, batch, only_slow_left)) as parts:
            async for part in parts:
                yield part

    async def answer(self, questions: Sequence[AcceptedReference]) -> AsyncGenerator[Outcome, None]:
        """Yield the answers to questions as they come, before everything else; each carries its picture.

        Raises ``TransientError`` while workspaces or pipelines cannot be read.
        """
        workspaces, promoted = await self._workspaces_of(questions), self._pipelines.promoted
        batch = RecognitionBatch(Lane.QUESTION, workspaces, promoted, self._pipelines, self._host, AnswerWriter)
        async with aclosing(self._in_parts(questions, batch, lambda: None)) as parts:
            async for part in parts:
                yield part

    async def _workspaces_of(self, items: Sequence[AcceptedReference | Record]) -> Mapping[str, Workspace]:
        return await self._workspaces.find(
            {item.reference.owner for item in items if isinstance(item, AcceptedReference)}
        )

    async def _in_parts(
        self,
        items: Sequence[AcceptedReference | Record],
        batch: RecognitionBatch,
        only_slow_left: Callable[[], None],
    ) -> AsyncGenerator[Outcome, None]:
        arrivals = Arrivals(len(items))
        preparations = [
            asyncio.create_task(self._prepare(item, batch, partial(arrivals.arrived, place)))
            for place, item in enumerate(items)
        ]
        parts = BatchInParts(self._waiting_room, only_slow_left)
        try:
            late = await arrivals.missing_after(STRAGGLING_S)
            chosen = [
                [task for place, task in enumerate(preparations) if (place in late) is so] for so in (False, True)
            ]
            finished = parts.as_they_come(self._finish(tasks, batch) for tasks in chosen if tasks)
            async with aclosing(finished):
                async for records in finished:
                    yield Outcome(records)
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
            return batch.reject(item, told.reason, told.detail)
        except Rejected as error:
            return batch.reject(item, error.reason, error.detail)
        except SourceUnavailable as error:
            return self._put_off(item, str(error), batch)

    async def _read(self, item: AcceptedReference, workspace: Workspace | None, lane: Lane) -> Fetched:
        reference = item.reference
        if workspace is None:
            raise UnknownWorkspace(reference.owner)
        if item.carried is not None:
            return Fetched(Asked.of(item, workspace), FetchedImage(item.carried.data), fetch_ms=0)
        started = time.perf_counter()
        allowed = (*workspace.allowed_prefixes, upload_prefix(workspace.id))
        async with before_deadline(reference.deadline) if reference.deadline else nullcontext():
            image = await self._source.fetch(reference.uri, allowed_prefixes=allowed, lane=lane)
        return Fetched(Asked.of(item, workspace), image, fetch_ms=milliseconds(time.perf_counter() - started))

    def _put_off(self, item: AcceptedReference, detail: str, batch: RecognitionBatch) -> Record:
        later = self._retries.put_off(item.message, detail, item.reference.deadline)
        return later or batch.reject(item, Reason.SOURCE_UNAVAILABLE, detail)

    async def _prepare(
        self, item: AcceptedReference | Record, batch: RecognitionBatch, arrived: Callable[[], None]
    ) -> Readable | Record:
        try:
            fetched = await self._fetch(item, batch)
        finally:
            arrived()
        if isinstance(fetched, Record):
            return fetched
        accepted = fetched.asked.accepted
        try:
            if self._suspects.is_suspect(accepted.name):
                return await self._try_alone(fetched, batch)
            return await self._read_image(fetched, batch)
        except Rejected as error:
            return batch.reject(accepted, error.reason, error.detail)
        finally:
            fetched.image.release()

    async def _read_image(self, fetched: Fetched, batch: RecognitionBatch) -> Readable:
        asked = fetched.asked
        async with batch.use(asked.accepted.reference.pipeline) as pipeline:
            started = time.perf_counter()
            image, facts = await self._decoders.run(
                batch.lane, _decode, pipeline, fetched.image.data, asked.request.features
            )
        return Readable(asked, image, facts, fetched.fetch_ms, milliseconds(time.perf_counter() - started))

    async def _try_alone(self, fetched: Fetched, batch: RecognitionBatch) -> Record:
        """Recognise where the image can bring down nobody but itself."""
        asked = fetched.asked
        name = asked.accepted.reference.pipeline or batch.promoted.name
        trial = await self._suspects.recognise(name, fetched.image.data, asked.request)
        timings = StageTimings(
            queue_ms=asked.accepted.queue_ms,
            fetch_ms=fetched.fetch_ms,
            decode_ms=trial.decode_ms,
            inference_ms=trial.inference_ms,
            batch_size=1,
        )
        return batch.writer(name).result(asked, trial.facts, trial.answers, timings, trial.warnings)

    async def _finish(self, preparations: "Sequence[asyncio.Task[Readable | Record]]", batch: RecognitionBatch) -> Part:
        prepared = await asyncio.gather(*preparations)
        answered = await self._answerer.answer([item for item in prepared if isinstance(item, Readable)], batch)
        return Part((*answered.records, *(item for item in prepared if isinstance(item, Record))), answered.slow)

    def close(self) -> None:
        """Stop the threads once their work is done."""
        self._decoders.close()
        self._inference.close()
        self._text.close()


def _decode(pipeline: RunnablePipeline, data: bytes, features: Sequence[Feature]) -> tuple[DecodedImage, ImageFacts]:
    image = pipeline.decode(data, features)
    return image, facts_of(data, image)

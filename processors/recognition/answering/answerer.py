"""From decoded images to their outcomes: most features at once and together, text later and each by itself."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from infra.errors import Rejected
from infra.kafka.event_bus import Record
from infra.retries import retry_transient
from infra.slices import in_slices
from processors.models.feature_model import FeatureRequest
from processors.recognition.answering.parts import Part, SlowAnswer
from processors.recognition.batch import Readable, RecognitionBatch, RunnablePipeline, milliseconds
from processors.recognition.lanes import LanePool
from schemas.answers import FeatureAnswers
from schemas.images import Feature
from schemas.results import StageTimings, VersionedName

# A page of text takes as long as hundreds of images take for all else.
SLOW = frozenset({Feature.TEXT})


class Answerer:
    """Runs pipelines on images; what is slow has threads of its own, so that nothing else waits for it."""

    def __init__(self, inference: LanePool, slow: LanePool, inference_batch: int) -> None:
        self._inference = inference
        self._slow = slow
        self._inference_batch = inference_batch

    async def answer(self, items: Sequence[Readable], batch: RecognitionBatch) -> Part:
        """Return the results of images that ask for nothing slow, and those that are answered later."""
        groups = _by_pipeline(items)
        return _together(await asyncio.gather(*(self._answer_all(name, each, batch) for name, each in groups.items())))

    async def _answer_all(self, name: VersionedName | None, items: Sequence[Readable], batch: RecognitionBatch) -> Part:
        chunks = in_slices(items, self._inference_batch)
        try:
            async with batch.use(name) as pipeline:
                return _together(await asyncio.gather(*(self._answer(chunk, pipeline, batch) for chunk in chunks)))
        except Rejected as error:
            return Part(tuple(batch.reject(item.asked.accepted, error.reason, error.detail) for item in items))

    async def _answer(self, chunk: Sequence[Readable], pipeline: RunnablePipeline, batch: RecognitionBatch) -> Part:
        asked = [_request(item, slow=False) for item in chunk]
        started = time.perf_counter()
        images = [item.image for item in chunk]
        answers = await self._inference.run(batch.lane, pipeline.answer, images, asked, ahead=True)
        begun = [_Begun(item, answer, started, len(chunk)) for item, answer in zip(chunk, answers, strict=True)]
        return Part(
            tuple(one.result(pipeline.name, batch) for one in begun if not one.is_slow),
            tuple(SlowAnswer(self._later(one, batch), one.size_bytes) for one in begun if one.is_slow),
        )

    def _later(self, begun: "_Begun", batch: RecognitionBatch) -> Callable[[], Coroutine[Any, Any, Record]]:
        """Return what answers the rest of an image; its pipeline may have to be loaded again, from a store."""
        return partial(retry_transient, partial(self._answer_slow, begun, batch), doing="answer what is slow")

    async def _answer_slow(self, begun: "_Begun", batch: RecognitionBatch) -> Record:
        item = begun.item
        request = _request(item, slow=True)
        try:
            async with batch.use(item.asked.accepted.reference.pipeline) as pipeline:
                [answers] = await self._slow.run(batch.lane, pipeline.answer, [item.image], [request])
        except Rejected as error:
            return batch.reject(item.asked.accepted, error.reason, error.detail)
        return begun.with_answers(answers, request).result(pipeline.name, batch)


@dataclass(frozen=True, slots=True)
class _Begun:
    """An image whose quick features are answered; ``started`` is the time of ``perf_counter`` when that began."""

    item: Readable
    answers: FeatureAnswers
    started: float
    batch_size: int

    @property
    def is_slow(self) -> bool:
        return not SLOW.isdisjoint(self.item.asked.request.features)

    @property
    def size_bytes(self) -> int:
        return sum(pixels.nbytes for pixels in self.item.image.views.values())

    def with_answers(self, slow: FeatureAnswers, request: FeatureRequest) -> "_Begun":
        """Return the same with the answers to the features of ``request`` beside the others."""
        update = {feature.value: getattr(slow, feature.value) for feature in request.features}
        return _Begun(self.item, self.answers.model_copy(update=update), self.started, self.batch_size)

    def result(self, pipeline: VersionedName, batch: RecognitionBatch) -> Record:
        item = self.item
        timings = StageTimings(
            queue_ms=item.asked.accepted.queue_ms,
            fetch_ms=item.fetch_ms,
            decode_ms=item.decode_ms,
            inference_ms=milliseconds(time.perf_counter() - self.started),
            batch_size=self.batch_size,
        )
        writer = batch.writer(pipeline)
        return writer.result(item.asked, item.facts, self.answers, timings, item.image.warnings)


def _by_pipeline(items: Sequence[Readable]) -> dict[VersionedName | None, list[Readable]]:
    groups: dict[VersionedName | None, list[Readable]] = {}
    for item in items:
        groups.setdefault(item.asked.accepted.reference.pipeline, []).append(item)
    return groups


def _request(item: Readable, *, slow: bool) -> FeatureRequest:
    """Return what is asked of an image that is slow, or all else."""
    asked = item.asked.request
    return FeatureRequest([each for each in asked.features if (each in SLOW) is slow], asked.options)


def _together(parts: Iterable[Part]) -> Part:
    gathered = list(parts)
    return Part(
        tuple(record for part in gathered for record in part.records),
        tuple(slow for part in gathered for slow in part.slow),
    )

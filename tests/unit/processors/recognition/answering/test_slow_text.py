"""A page of text that takes long holds up nobody, by the delivery rule: on a pipeline whose reader waits to be let."""

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from infra.kafka.event_bus import Record
from infra.kafka.polling import Polled
from infra.lanes import Lane
from processors.imaging.decoding.decode import DecodedImage
from processors.imaging.views import Within
from processors.models.feature_model import FeatureRequest
from processors.pipelines.loaded import not_installed
from processors.recognition.answering.durable import DurableRecognition
from processors.recognition.intake import Intake
from processors.recognition.journal import Journal
from processors.recognition.recogniser import Recogniser
from processors.recognition.workspaces import WorkspaceDirectory
from processors.streams.delivery import Batching, Message, consume_batches
from processors.streams.endings import EXIT_CODE_OF_A_BUG
from schemas.answers import FeatureAnswers, TextAnswer
from schemas.images import Feature
from schemas.results import RecognitionResult, parse_result_event
from tests.fakes.pipelines import FakePipelines
from tests.fakes.sources import FakeSource, FakeWorkspaces, workspace
from tests.fakes.streams import FakeStream, polled

BATCHING = Batching(size=10, wait_s=0.01, in_flight=1, waiting=4)


class ReadingPipeline:
    """Reads text once it is let, and tells what it is asked; all other features are answered at once."""

    name = "standard@3"

    def __init__(self) -> None:
        self.may_read = threading.Event()
        self.asked: list[tuple[str, tuple[Feature, ...]]] = []

    def decode(self, data: bytes, features: Sequence[Feature]) -> DecodedImage:
        return DecodedImage({Within(1600): np.zeros((8, 8, 3), np.uint8)}, 8, 8, "PNG")

    def answer(self, images: Sequence[DecodedImage], asked: Sequence[FeatureRequest]) -> list[FeatureAnswers]:
        thread = threading.current_thread().name.partition("_")[0]
        self.asked += [(thread, tuple(request.features)) for request in asked]
        return [self._answer(request) for request in asked]

    def _answer(self, request: FeatureRequest) -> FeatureAnswers:
        if Feature.TEXT in request.features:
            self.may_read.wait()
        answers = {feature.value: not_installed(feature) for feature in request.features if feature != Feature.TEXT}
        text = TextAnswer(model="ppocr@1", text="", lines=()) if Feature.TEXT in request.features else None
        return FeatureAnswers(**answers, text=text)


@dataclass
class Published:
    """Every result that was published."""

    results: list[RecognitionResult] = field(default_factory=list)

    async def publish(self, records: Sequence[Record]) -> None:
        for record in records:
            event = parse_result_event(record.value or b"")
            assert isinstance(event, RecognitionResult)
            self.results.append(event)

    def offsets(self) -> list[int]:
        return sorted(result.origin.offset for result in self.results)


class Worker:
    """A worker's urgent lane on a stream of references; ``features`` by offset."""

    def __init__(self, home: Path, pipeline: ReadingPipeline, *batches: dict[int, list[str]]) -> None:
        self.stream = FakeStream([[_reference(*item) for item in batch.items()] for batch in batches])
        self.published = Published()
        self.moves = 0
        self._recogniser = Recogniser(
            Intake({}),
            FakeSource({"s3://shop/a.png": b"a"}),
            WorkspaceDirectory(FakeWorkspaces([workspace("shop")])),
            FakePipelines(pipeline),
            decoding_threads=1,
            inference_threads=None,
            inference_batch=4,
            host="worker-1",
        )
        self._journal = Journal(home)
        self._recognition = DurableRecognition(self._recogniser, self.published, self._journal, self._move)
        self._consumer = asyncio.create_task(consume_batches(self.stream, BATCHING, self._handle, self._rest))

    def _move(self) -> None:
        self.moves += 1

    async def _handle(self, messages: Sequence[Message]) -> "asyncio.Task[None]":
        return await self._recognition.handle(Lane.URGENT, messages)

    async def _rest(self, rest: "asyncio.Task[None]") -> None:
        await rest

    async def stop(self) -> None:
        """End as a worker that is killed does: nothing more is published or committed."""
        self._consumer.cancel()
        await self._recognition.cancel()

    def close(self) -> None:
        self._recogniser.close()
        self._journal.close()


def _reference(offset: int, features: list[str]) -> Polled:
    value = {"owner": "shop", "uri": "s3://shop/a.png", "image_id": f"image-{offset}", "features": features}
    [one] = polled(offset, value=json.dumps(value).encode())
    return one


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - the condition is any state, not one event
            await asyncio.sleep(0.005)


@pytest.fixture
def pipeline() -> Iterator[ReadingPipeline]:
    pipeline = ReadingPipeline()
    yield pipeline
    pipeline.may_read.set()


async def test_neighbours_and_later_batches_are_published_while_a_page_is_read(
    pipeline: ReadingPipeline, tmp_path: Path
) -> None:
    batches = ({0: ["labels"], 1: ["labels", "text"], 2: ["hash"]}, {3: ["labels"]}, {4: ["text"], 5: ["labels"]})
    worker = Worker(tmp_path, pipeline, *batches)
    await until(lambda: worker.published.offsets() == [0, 2, 3, 5])
    assert worker.stream.committed == []
    pipeline.may_read.set()
    await until(lambda: worker.stream.committed == [0, 1, 2, 3, 4, 5])
    assert worker.published.offsets() == [0, 1, 2, 3, 4, 5]
    by_offset = {result.origin.offset: result.features for result in worker.published.results}
    assert by_offset[1].answered() == {Feature.LABELS, Feature.TEXT}
    assert by_offset[4].answered() == {Feature.TEXT}
    assert worker.moves >= 3
    await worker.stop()
    worker.close()


async def test_text_is_read_by_threads_of_its_own_and_nothing_else_is(
    pipeline: ReadingPipeline, tmp_path: Path
) -> None:
    pipeline.may_read.set()
    worker = Worker(tmp_path, pipeline, {0: ["labels", "text"], 1: ["labels"]})
    await until(lambda: worker.stream.committed == [0, 1])
    assert Counter(pipeline.asked) == {("decode", (Feature.LABELS,)): 2, ("text", (Feature.TEXT,)): 1}
    await worker.stop()
    worker.close()


async def test_no_more_batches_wait_for_text_than_may(pipeline: ReadingPipeline, tmp_path: Path) -> None:
    worker = Worker(tmp_path, pipeline, *({number: ["text"]} for number in range(8)), {8: ["labels"]})
    most = BATCHING.in_flight + BATCHING.waiting
    await until(lambda: len([each for each in pipeline.asked if not each[1]]) == most)
    assert worker.published.offsets() == []
    pipeline.may_read.set()
    await until(lambda: worker.stream.committed == list(range(9)))
    await worker.stop()
    worker.close()


async def test_nothing_is_lost_when_a_worker_ends_while_a_page_is_read(
    pipeline: ReadingPipeline, tmp_path: Path
) -> None:
    batches: tuple[dict[int, list[str]], ...] = ({0: ["labels"]}, {1: ["text"], 2: ["labels"]}, {3: ["labels"]})
    first = Worker(tmp_path, pipeline, *batches)
    await until(lambda: first.published.offsets() == [0, 2, 3] and first.stream.committed == [0])
    await first.stop()
    pipeline.may_read.set()
    first.close()
    assert first.published.offsets() == [0, 2, 3]
    again = Worker(tmp_path, pipeline, *batches[1:])
    await until(lambda: again.stream.committed == [1, 2, 3])
    assert again.published.offsets() == [1, 2, 3]
    await again.stop()
    again.close()


def failing(self: Any, request: FeatureRequest) -> FeatureAnswers:
    if Feature.TEXT in request.features:
        raise KeyError("a bug")
    return FeatureAnswers()


async def test_a_bug_while_text_is_read_ends_the_worker_and_commits_nothing(
    pipeline: ReadingPipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[int] = []
    monkeypatch.setattr("processors.streams.endings.os._exit", ended.append)
    monkeypatch.setattr(ReadingPipeline, "_answer", failing)
    worker = Worker(tmp_path, pipeline, {0: ["text"], 1: ["labels"]})
    await until(lambda: bool(ended))
    assert set(ended) == {EXIT_CODE_OF_A_BUG}
    assert worker.stream.committed == []
    await worker.stop()
    worker.close()

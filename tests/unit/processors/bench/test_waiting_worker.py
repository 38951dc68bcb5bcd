"""The stand-in of the scale benchmark waits like one GPU, decodes as always, and answers nothing."""

import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from processors.bench.waiting_worker import WaitingPipeline
from processors.imaging.decoding.decode import DecodedImage
from processors.models.feature_model import FeatureRequest
from schemas.answers import FailedFeature, FeatureAnswers
from schemas.images import Feature

IMAGE = DecodedImage({}, width=1, height=1, format="JPEG")


class DecodingPipeline:
    """What is loaded in a worker's place, as far as the stand-in uses it."""

    name = "standard@2"

    def decode(self, data: bytes, features: Sequence[Feature]) -> DecodedImage:
        return DecodedImage({}, width=len(data), height=1, format="JPEG")

    def answer(self, images: Sequence[DecodedImage], asked: Sequence[FeatureRequest]) -> list[FeatureAnswers]:
        raise AssertionError("the stand-in inferred")


@pytest.fixture
def pipeline() -> WaitingPipeline:
    return WaitingPipeline(DecodingPipeline(), wait_ms=10)


class Waits:
    """Remembers each wait, and how many went on at once."""

    def __init__(self) -> None:
        self.waited_s: list[float] = []
        self._one_at_a_time = threading.Lock()

    def __call__(self, seconds: float) -> None:
        assert self._one_at_a_time.acquire(blocking=False), "two waited at once"
        os.sched_yield()
        self.waited_s.append(seconds)
        self._one_at_a_time.release()


def test_two_batches_at_once_take_as_long_as_one_after_the_other() -> None:
    waits = Waits()
    pipeline = WaitingPipeline(DecodingPipeline(), wait_ms=10, sleep=waits)
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda _: pipeline.answer([IMAGE] * 3, [FeatureRequest()] * 3), range(100)))

    assert waits.waited_s == [pytest.approx(0.03)] * 100


def test_every_feature_is_answered_by_an_error(pipeline: WaitingPipeline) -> None:
    [answers] = pipeline.answer([IMAGE], [FeatureRequest()])

    assert isinstance(answers.labels, FailedFeature)
    assert isinstance(answers.embedding, FailedFeature)


def test_images_are_decoded_as_always(pipeline: WaitingPipeline) -> None:
    assert pipeline.decode(b"12345", ()).width == 5

"""Run labelled pictures through a pipeline, one at a time, as a caller who waits for each would see it."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np

from infra.errors import Rejected
from processors.models.calibration.labelled import LabelledPicture
from processors.models.feature_model import FeatureRequest
from processors.models.runtime.session import ModelFailed, Tensor
from processors.models.tasks.answers import softmax
from processors.pipelines.loaded import LoadedPipeline
from schemas.answers import FailedFeature
from schemas.dead_letters import Reason

TOP = 5

Picture = TypeVar("Picture")
Outcome = TypeVar("Outcome")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Measured:
    """One picture's outcome: ``accuracy`` is the confidence given to its true label, ``confidence`` to the best.

    ``uncalibrated`` is what the best label's would be without the temperature of the model's card. ``known`` is as in
    results, ``None`` where the model does not tell.
    """

    image_id: str
    label: str
    predicted: str
    confidence: float
    accuracy: float
    in_top5: bool
    processing_time_s: float
    uncalibrated: float
    known: float | None = None

    @property
    def correct(self) -> bool:
        return self.predicted == self.label


@dataclass(frozen=True, slots=True)
class Unreadable:
    """One picture that could not be recognised; ``reason`` is a dead letter's code, or ``model_failed``."""

    image_id: str
    reason: str
    detail: str


class Evaluator:
    """Measure a pipeline on labelled pictures; one that cannot be read costs no other."""

    def __init__(self, pipeline: LoadedPipeline, max_bytes: int) -> None:
        self._pipeline = pipeline
        self._max_bytes = max_bytes
        self._names = pipeline.classifier.labels
        self._places: defaultdict[str, list[int]] = defaultdict(list)
        for place, name in enumerate(self._names):
            self._places[name].append(place)

    def measure_all(self, pictures: Sequence[LabelledPicture]) -> Iterator[Measured | Unreadable]:
        """Yield each picture's outcome."""
        return run_warm(self.measure, pictures)

    def measure(self, picture: LabelledPicture) -> Measured | Unreadable:
        """Return one picture's outcome; its time is that of reading, decoding and inference."""
        started = time.perf_counter()
        try:
            scores = self._recognise(picture)
        except (Rejected, OSError) as error:
            return unreadable(picture.image_id, error)
        except ModelFailed as error:
            return Unreadable(picture.image_id, "model_failed", f"the model failed: {error}")
        return self._judge(picture, scores, time.perf_counter() - started)

    def _recognise(self, picture: LabelledPicture) -> Tensor:
        image = self._pipeline.decode(read_picture(picture.path, self._max_bytes))
        scores: Tensor = self._pipeline.classifier.scores([image])[0]
        return scores

    def _judge(self, picture: LabelledPicture, scores: Tensor, seconds: float) -> Measured:
        probabilities = softmax(scores / self._pipeline.classifier.card.temperature)
        # Stable, as the answers of a worker are: of equal probabilities the earlier class comes first.
        best = np.argsort(-probabilities, kind="stable")[:TOP]
        return Measured(
            image_id=picture.image_id,
            label=picture.label,
            predicted=self._names[best[0]],
            confidence=_bounded(probabilities[best[0]]),
            accuracy=_bounded(max(probabilities[place] for place in self._places[picture.label])),
            in_top5=picture.label in {self._names[place] for place in best},
            processing_time_s=seconds,
            uncalibrated=_bounded(softmax(scores).max()),
            known=self._pipeline.classifier.known(scores),
        )


def run_warm(run: Callable[[Picture], Outcome], pictures: Sequence[Picture]) -> Iterator[Outcome]:
    """Yield each picture's outcome; the first picture is run once more before, unmeasured, to warm up."""
    for picture in pictures[:1]:
        run(picture)
    yield from map(run, pictures)


@dataclass(frozen=True, slots=True)
class Answered(Generic[Answer]):
    """What a pipeline answered, and how long that took: reading, decoding and inference."""

    answer: Answer
    seconds: float


def ask(
    pipeline: LoadedPipeline, image_id: str, path: Path, request: FeatureRequest, kind: type[Answer], max_bytes: int
) -> Answered[Answer] | Unreadable:
    """Return what the pipeline answers to a request of one feature, which is of this ``kind``, or why it does not."""
    [feature] = request.features
    started = time.perf_counter()
    try:
        image = pipeline.decode(read_picture(path, max_bytes), request.features)
    except (Rejected, OSError) as error:
        return unreadable(image_id, error)
    answer = getattr(pipeline.answer([image], [request])[0], feature.value)
    seconds = time.perf_counter() - started
    if isinstance(answer, FailedFeature):
        return Unreadable(image_id, answer.error.code.value, answer.error.message)
    if not isinstance(answer, kind):
        raise TypeError(f"{feature.value} was answered by {type(answer).__name__}")
    return Answered(answer, seconds)


def read_picture(path: Path, max_bytes: int) -> bytes:
    """Return a file's content; raises ``Rejected`` where it is too large, and ``OSError``."""
    if path.stat().st_size > max_bytes:
        raise Rejected(Reason.TOO_LARGE, f"the file has more than the {max_bytes:,} bytes allowed")
    return path.read_bytes()


def unreadable(image_id: str, error: Rejected | OSError) -> Unreadable:
    """Return why a picture could not be read."""
    if isinstance(error, Rejected):
        return Unreadable(image_id, error.reason.value, error.detail)
    return Unreadable(image_id, _reason(error).value, error.strerror or type(error).__name__)


def _reason(error: OSError) -> Reason:
    if isinstance(error, FileNotFoundError):
        return Reason.NOT_FOUND
    return Reason.ACCESS_DENIED if isinstance(error, PermissionError) else Reason.SOURCE_UNAVAILABLE


def _bounded(probability: float) -> float:
    """Rounding inside a model may leave 0 to 1 by a hair."""
    return min(1.0, max(0.0, float(probability)))

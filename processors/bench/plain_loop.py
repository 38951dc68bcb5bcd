"""The plain loop that the platform is measured against: threads that read, decode and infer, and nothing around it."""

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from typing import Literal, TypeVar

from infra.errors import ConfigurationError, Rejected
from infra.settings.settings import Settings
from processors.imaging.decoding.decode import DecodedImage
from processors.imaging.picture_folder import find_pictures
from processors.models.feature_model import FeatureRequest
from processors.models.runtime.providers import choose_device
from processors.pipelines.loaded import LoadedPipeline, build_pipeline
from schemas.answers import FeatureAnswers, LabelsAnswer
from schemas.images import DEFAULT_FEATURES, Feature

# For inference alone, pictures are decoded beforehand: about 150 kB each.
MOST_KEPT_DECODED = 512

TopLabels = dict[str, tuple[str, float]]
Item = TypeVar("Item")

# What the loop does with each picture: everything, or one half of it, whose speed limits the whole.
Part = Literal["all", "decoding", "inference"]


@dataclass(frozen=True, slots=True)
class PlainLoopReport:
    """How fast the loop was, and the top label with its confidence by file name, relative to the folder."""

    images: int
    seconds: float
    images_per_s: float
    cpu_ms_per_image: float
    labels: TopLabels = field(repr=False)


def run_plain_loop(
    folder: Path,
    count: int | None,
    settings: Settings,
    part: Part = "all",
    features: Sequence[Feature] = DEFAULT_FEATURES,
) -> PlainLoopReport:
    """Answer ``features`` of ``count`` pictures of ``folder``, from the start again where it has fewer.

    ``None`` stands for each picture once.

    As many threads as processors, each with a chunk of ``models.batch_size`` pictures at a time, on the very pipeline
    that workers run. Loading it and a first chunk for each thread are not part of the time; for inference alone, nor is
    decoding. Raises ``ConfigurationError`` for a folder without pictures, or with one that cannot be decoded.
    """
    loop = _Loop(folder, build_pipeline(settings), features)
    pictures = find_pictures(folder)
    size = choose_device(settings.models).batch_size(settings.models)
    threads = settings.models.threads or os.cpu_count() or 1
    with ThreadPoolExecutor(threads, thread_name_prefix="plain-loop") as pool:
        if part == "inference":
            seen = [loop.decode(path) for path in pictures[:MOST_KEPT_DECODED]]
            return _measure(loop.infer, pool, seen, count or len(pictures), size, threads)
        work = loop.recognise if part == "all" else loop.only_decode
        return _measure(work, pool, pictures, count or len(pictures), size, threads)


def _measure(
    work: Callable[[Sequence[Item]], TopLabels],
    pool: ThreadPoolExecutor,
    items: Sequence[Item],
    count: int,
    size: int,
    threads: int,
) -> PlainLoopReport:
    _run(work, pool, _chunks(items, threads * size, size))
    chunks = _chunks(items, count, size)
    started, cpu_started = time.perf_counter(), time.process_time()
    labels = _run(work, pool, chunks)
    seconds, cpu_s = time.perf_counter() - started, time.process_time() - cpu_started
    return PlainLoopReport(count, seconds, count / seconds, cpu_s * 1000 / count, labels)


def _chunks(items: Sequence[Item], count: int, size: int) -> list[list[Item]]:
    repeated = list(islice(cycle(items), count))
    return [repeated[start : start + size] for start in range(0, count, size)]


def _run(
    work: Callable[[Sequence[Item]], TopLabels], pool: ThreadPoolExecutor, chunks: Sequence[Sequence[Item]]
) -> TopLabels:
    labels: TopLabels = {}
    for found in pool.map(work, chunks):
        labels.update(found)
    return labels


@dataclass(frozen=True, slots=True)
class _Loop:
    """What each thread does."""

    folder: Path
    pipeline: LoadedPipeline
    features: Sequence[Feature]

    def recognise(self, chunk: Sequence[Path]) -> TopLabels:
        answers = self._answer([self.decode(path) for path in chunk])
        return {
            path.relative_to(self.folder).as_posix(): (answer.labels.labels[0].name, answer.labels.labels[0].confidence)
            for path, answer in zip(chunk, answers, strict=True)
            if isinstance(answer.labels, LabelsAnswer)
        }

    def only_decode(self, chunk: Sequence[Path]) -> TopLabels:
        for path in chunk:
            self.decode(path)
        return {}

    def infer(self, chunk: Sequence[DecodedImage]) -> TopLabels:
        self._answer(chunk)
        return {}

    def decode(self, path: Path) -> DecodedImage:
        try:
            return self.pipeline.decode(path.read_bytes(), self.features)
        except Rejected as error:
            raise ConfigurationError(f"{path}: {error.detail}: take it out of the folder") from None

    def _answer(self, images: Sequence[DecodedImage]) -> list[FeatureAnswers]:
        return self.pipeline.answer(images, [FeatureRequest(self.features)] * len(images))

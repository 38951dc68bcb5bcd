"""The plain loop that the platform is measured against: threads that read, decode and infer, and nothing around it."""

import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path

from infra.errors import ConfigurationError, Rejected
from infra.settings import Settings
from processors.imaging.decode import DecodedImage
from processors.models.feature_model import FeatureRequest
from processors.pipeline import LoadedPipeline, build_pipeline
from schemas.pictures import is_picture
from schemas.results import LabelsAnswer

TopLabels = dict[str, tuple[str, float]]


@dataclass(frozen=True, slots=True)
class PlainLoopReport:
    """How fast the loop was, and the top label with its confidence by file name, relative to the folder."""

    images: int
    seconds: float
    images_per_s: float
    cpu_ms_per_image: float
    labels: TopLabels = field(repr=False)


def run_plain_loop(folder: Path, count: int | None, settings: Settings) -> PlainLoopReport:
    """Recognise ``count`` pictures of ``folder``, again from the start where it has fewer; ``None``: each one once.

    As many threads as processors, each with a chunk of ``models.batch_size`` pictures at a time, on the very pipeline
    that workers run. Loading it and a first chunk for each thread are not part of the time. Raises
    ``ConfigurationError`` for a folder without pictures, or with one that cannot be decoded.
    """
    loop = _Loop(folder, build_pipeline(settings))
    pictures = find_pictures(folder)
    size = settings.models.batch_size
    threads = settings.models.threads or os.cpu_count() or 1
    with ThreadPoolExecutor(threads, thread_name_prefix="plain-loop") as pool:
        _run(loop, pool, _chunks(pictures, threads * size, size))
        chunks = _chunks(pictures, count or len(pictures), size)
        started, cpu_started = time.perf_counter(), time.process_time()
        labels = _run(loop, pool, chunks)
        seconds, cpu_s = time.perf_counter() - started, time.process_time() - cpu_started
    images = sum(map(len, chunks))
    return PlainLoopReport(images, seconds, images / seconds, cpu_s * 1000 / images, labels)


def find_pictures(folder: Path) -> list[Path]:
    """Return the pictures beneath ``folder``, known by their suffixes, in the order of their names."""
    pictures = sorted(path for path in folder.rglob("*") if is_picture(path.name) and path.is_file())
    if not pictures:
        raise ConfigurationError(f"no pictures in {folder}: name a folder that holds some, as .jpg, .png or .webp")
    return pictures


def _chunks(pictures: Sequence[Path], count: int, size: int) -> list[list[Path]]:
    paths = list(islice(cycle(pictures), count))
    return [paths[start : start + size] for start in range(0, count, size)]


def _run(loop: "_Loop", pool: ThreadPoolExecutor, chunks: Sequence[Sequence[Path]]) -> TopLabels:
    labels: TopLabels = {}
    for found in pool.map(loop.recognise, chunks):
        labels.update(found)
    return labels


@dataclass(frozen=True, slots=True)
class _Loop:
    """What each thread does."""

    folder: Path
    pipeline: LoadedPipeline

    def recognise(self, chunk: Sequence[Path]) -> TopLabels:
        images = [self._decode(path) for path in chunk]
        answers = self.pipeline.answer(images, [FeatureRequest()] * len(images))
        return {
            path.relative_to(self.folder).as_posix(): (answer.labels.labels[0].name, answer.labels.labels[0].confidence)
            for path, answer in zip(chunk, answers, strict=True)
            if isinstance(answer.labels, LabelsAnswer)
        }

    def _decode(self, path: Path) -> DecodedImage:
        try:
            return self.pipeline.decode(path.read_bytes())
        except Rejected as error:
            raise ConfigurationError(f"{path}: {error.detail}: take it out of the folder") from None

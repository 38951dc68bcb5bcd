"""Rounds of recogniser alone, whole pipeline and peers, plain loops between, once the pipeline's speed is steady."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from statistics import mean

from rich.progress import Progress

from infra.embedded.platform import Platform
from processors.bench.measures.load import Load
from processors.bench.measures.pipeline_run import run_pipeline, run_recogniser
from processors.bench.peers.measure import PEERS, run_peer
from processors.bench.report import Round, WarmUp

STEADY_WITHIN = 0.03
MOST_WARM_UPS = 10


@dataclass(frozen=True)
class PlainLoop:
    """What the plain loop tells of itself."""

    images_per_s: float
    cpu_ms_per_image: float


def warm_up(platform: Platform, load: Load, progress: Progress, most: int = MOST_WARM_UPS) -> WarmUp:
    """Run the pipeline until two runs are alike, at ``most`` so often: the servers compile what is hot as they go."""
    speeds: list[float] = []
    for speed in _speeds(platform, load, progress):
        speeds.append(speed)
        if is_steady(speeds) or len(speeds) >= most:
            break
    return WarmUp(images=load.images * len(speeds), images_per_s=tuple(speeds), steady=is_steady(speeds))


def is_steady(speeds: list[float]) -> bool:
    """Whether the last run was about as fast as the one before it."""
    return len(speeds) > 1 and abs(speeds[-1] / speeds[-2] - 1) <= STEADY_WITHIN


def _speeds(platform: Platform, load: Load, progress: Progress) -> Iterator[float]:
    for number in count(1):
        yield run_pipeline(platform, load, f"bench-warm-up-{number}", progress).images_per_s


def run_rounds(platform: Platform, load: Load, rounds: int, peers: Path | None, progress: Progress) -> list[Round]:
    """Measure; every run publishes for a workspace of its own, and is checked in both stores.

    ``peers`` is the folder of the peers' packages; ``None`` leaves them out.
    """
    return [run_round(platform, load, number, peers, progress) for number in range(1, rounds + 1)]


def run_round(platform: Platform, load: Load, number: int, peers: Path | None, progress: Progress) -> Round:
    """Run recogniser, pipeline and peers one after another, a plain loop before and after each of the three."""
    half = replace(load, images=load.images // 2)
    task = progress.add_task(f"plain loops {number}", total=3 if peers is None else 4)

    def plain_loop() -> PlainLoop:
        loop = run_plain_loop(platform, half)
        progress.advance(task)
        return loop

    loops = [plain_loop()]
    recogniser_images_per_s = run_recogniser(platform, load, f"bench-recogniser-{number}", progress)
    loops.append(plain_loop())
    pipeline = run_pipeline(platform, load, f"bench-{number}", progress)
    loops.append(plain_loop())
    others = {}
    if peers is not None:
        others = {peer.name: run_peer(platform.settings, peers, peer, load, progress) for peer in PEERS}
        loops.append(plain_loop())
    return Round(
        images=load.images,
        plain_loops=tuple(loop.images_per_s for loop in loops),
        plain_loop_cpu_ms_per_image=mean(loop.cpu_ms_per_image for loop in loops),
        recogniser_images_per_s=recogniser_images_per_s,
        pipeline_images_per_s=pipeline.images_per_s,
        usage=pipeline.usage,
        peers=others,
    )


def run_plain_loop(platform: Platform, load: Load) -> PlainLoop:
    """Run the same decoding and inference in a process that does nothing else."""
    told = platform.run("plain-loop", str(load.folder), "--count", str(load.images), "--json", *load.asked)
    figures = json.loads(told)
    return PlainLoop(float(figures["images_per_s"]), float(figures["cpu_ms_per_image"]))

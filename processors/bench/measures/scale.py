"""``vedette bench --scale``: what adding recognise workers brings, inference replaced by a wait.

On one machine real workers share its processors, and none would gain anything. Here each worker decodes and streams as
always but waits where a GPU of its own would be at work, long enough that 8 workers together leave the processors
partly idle: what is measured is whether workers stand in each other's way, in Kafka, in their group, in delivery.
"""

import asyncio
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import psutil
from rich.progress import Progress
from rich.table import Table

from infra.embedded.platform import PARTS, Platform
from infra.embedded.reports import tell_nobody
from processors.bench.measures.consumers import Consumers, create_own_topics, running
from processors.bench.measures.load import Load, publish
from processors.bench.measures.result_flow import BenchFailed, ResultFlow
from processors.bench.measures.round_check import create_workspace
from processors.bench.rounds import run_plain_loop

WORKERS = (1, 2, 4, 8)
WORKSPACE = "bench-scale"
GROUP = "vedette-bench-scale"
# Each of the most workers has as many partitions as every other.
PARTITIONS = 24
CALIBRATION_IMAGES = 250
# Of all processors, what the most workers may take by decoding and streaming: an image costs about twice its decoding
# and inference once Kafka and the streaming are in.
BUSY_SHARE = 0.6
COST_FACTOR = 1.5
MEASURED_S = 15.0
WARM_UP_ANSWERS = 24
# More than is answered meanwhile, so that no worker runs dry.
BACKLOG_S = 40.0
# With a wait this long, batches of the usual size would take seconds each: too coarse to be counted by the second.
SMALL_BATCHES = {"VEDETTE_WORKER__BATCH_SIZE": "4"}


@dataclass(frozen=True)
class Step:
    """One number of workers: how fast they were together, the ratio to as many times one, and how busy the machine."""

    workers: int
    images_per_s: float
    linearity: float
    processors_busy: float


@dataclass(frozen=True)
class ScaleReport:
    """``wait_ms`` stood for the inference of one image; a worker infers one at a time."""

    wait_ms: float
    inference_and_decoding_ms: float
    processors: int
    scale: tuple[Step, ...]


def run_scale(platform: Platform, load: Load, progress: Progress) -> ScaleReport:
    """Measure every number of workers in turn; nothing else of the platform runs meanwhile."""
    for part in PARTS:
        platform.stop_part(part, tell_nobody)
    asyncio.run(create_workspace(platform.settings, WORKSPACE, load.folder))
    plain_ms = run_plain_loop(platform, replace(load, images=CALIBRATION_IMAGES)).cpu_ms_per_image
    wait_ms = choose_wait_ms(plain_ms, os.cpu_count() or 1)
    measured = [(workers, *_measure(platform, load, workers, wait_ms, progress)) for workers in WORKERS]
    return ScaleReport(round(wait_ms, 1), round(plain_ms, 1), os.cpu_count() or 1, steps_of(measured))


def choose_wait_ms(plain_ms: float, processors: int) -> float:
    """Return a wait at least as long as decoding and inference take, and such that the processors are not the limit."""
    return max(plain_ms, max(WORKERS) * plain_ms * COST_FACTOR / (processors * BUSY_SHARE))


def steps_of(measured: Sequence[tuple[int, float, float]]) -> tuple[Step, ...]:
    """Return the steps for (workers, images a second, share of the processors), the first of which has one worker."""
    one = measured[0][1]
    return tuple(
        Step(workers, round(speed, 1), round(speed / (workers * one), 3), round(busy, 2))
        for workers, speed, busy in measured
    )


def _measure(platform: Platform, load: Load, workers: int, wait_ms: float, progress: Progress) -> tuple[float, float]:
    """Return images a second and the share of the processors in use, over a while in which no worker runs dry."""
    consumers = Consumers(f"scale-{workers}", "processors.bench.waiting_worker", f"{GROUP}-{workers}")
    kafka = platform.settings.kafka.model_copy(update={"partitions": PARTITIONS})
    create_own_topics(kafka, consumers)
    images = int(BACKLOG_S * workers * 1000 / wait_ms)
    warm_up = WARM_UP_ANSWERS * workers
    task = progress.add_task(f"warm-up of {workers}", total=warm_up)
    environment = {**SMALL_BATCHES, "VEDETTE_SOURCES__FILE_ROOTS": str(load.folder)}
    with running(platform.settings, consumers, workers, ["--wait-ms", str(wait_ms)], environment):
        flow = ResultFlow(kafka, consumers.answers)
        publish(kafka, replace(load, images=warm_up + images).records(WORKSPACE, consumers.references))
        flow.await_results(warm_up, progress, task)
        return _over(flow, MEASURED_S)


def _over(flow: ResultFlow, seconds: float) -> tuple[float, float]:
    began, before = time.monotonic(), flow.appended()
    psutil.cpu_percent()
    time.sleep(seconds)
    took, answered = time.monotonic() - began, flow.appended() - before
    if not answered:
        raise BenchFailed(f"no answer for {seconds:.0f} s: see the logs of the workers")
    return answered / took, psutil.cpu_percent() / 100


def scale_table(report: ScaleReport) -> Table:
    """Return the steps, and above them what the wait stands for."""
    title = (
        f"Inference replaced by a wait of {report.wait_ms:.0f} ms an image, one at a time in each worker,\n"
        f"since {report.processors} processors would otherwise be the limit: "
        f"here decoding and inference take {report.inference_and_decoding_ms:.1f} ms of them"
    )
    table = Table("workers", "images/s", "each", "linearity", "processors busy", title=title)
    for step in report.scale:
        each = step.images_per_s / step.workers
        figures = (f"{step.images_per_s:.1f}", f"{each:.1f}", f"{step.linearity:.2f}", f"{step.processors_busy:.0%}")
        table.add_row(str(step.workers), *figures)
    return table

"""``vedette bench --limits``: the recogniser against what bounds it, decoding on every processor and inference alone.

On a machine with a GPU the two run beside each other, and the slower of them is what a worker can reach; how busy the
GPU was meanwhile is asked of its driver. Where there is none they share the processors, and no worker can reach it.
"""

import json
import shutil
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from types import TracebackType
from typing import Self

from rich.progress import Progress
from rich.table import Table

from infra.embedded.platform import Platform
from processors.bench.measures.load import Load
from processors.bench.measures.pipeline_run import run_recogniser

GPU_QUERY = ("nvidia-smi", "--query-gpu=utilization.gpu,memory.used", "--format=csv,noheader,nounits")
SAMPLE_INTERVAL_S = 0.5
NO_GPU = "no GPU was at hand: inference ran on the processors, which decoding needs as well"


@dataclass(frozen=True)
class LimitsReport:
    """Images a second of each half alone and of the recogniser, and medians of the rounds' ratios to the slower half.

    ``gpu_utilisation`` (0 to 1, the mean while images were recognised) and ``gpu_memory_mib`` (the most) are ``None``
    where there is no GPU.
    """

    images_per_round: int
    rounds: int
    decoding_images_per_s: float
    inference_images_per_s: float
    recogniser_images_per_s: float
    ratio_to_limit: float
    gpu_utilisation: float | None
    gpu_memory_mib: int | None


@dataclass(frozen=True)
class LimitsRound:
    """Images a second of one round."""

    decoding: float
    inference: float
    recogniser: float

    @property
    def ratio(self) -> float:
        return self.recogniser / min(self.decoding, self.inference)


@dataclass
class GpuMeter:
    """How busy the GPU is within ``with`` blocks, as its driver's own tool tells; nothing where there is none."""

    busy: list[float] = field(default_factory=list)
    memory_mib: list[int] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._ended = threading.Event()
        self._sampler = threading.Thread(target=self._sample_until_ended, name="gpu", daemon=True)
        self._sampler.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ended.set()
        self._sampler.join()

    def _sample_until_ended(self) -> None:
        if shutil.which(GPU_QUERY[0]) is None:
            return
        while not self._ended.wait(SAMPLE_INTERVAL_S):
            self.note(subprocess.run(GPU_QUERY, capture_output=True, text=True, check=False).stdout)  # noqa: S603 - fixed

    def note(self, told: str) -> None:
        """Keep one answer of the tool: a line for each GPU, of which the busiest counts."""
        rows = [line.split(",") for line in told.splitlines() if line.count(",") == 1]
        found = [(float(busy) / 100, int(memory)) for busy, memory in rows if busy.strip().isdigit()]
        if found:
            busy, memory = max(found)
            self.busy.append(busy)
            self.memory_mib.append(memory)


def run_limits(platform: Platform, load: Load, rounds: int, progress: Progress) -> LimitsReport:
    """Warm up, then measure each half and the recogniser in turn."""
    run_recogniser(platform, load, "bench-recogniser-warm-up", progress)
    meter = GpuMeter()
    measured = [_run_round(platform, load, number, progress, meter) for number in range(1, rounds + 1)]
    return summarise_limits(load.images, measured, meter)


def summarise_limits(images: int, measured: Sequence[LimitsRound], meter: GpuMeter) -> LimitsReport:
    """Return the medians of the rounds."""
    return LimitsReport(
        images_per_round=images,
        rounds=len(measured),
        decoding_images_per_s=round(median(each.decoding for each in measured), 1),
        inference_images_per_s=round(median(each.inference for each in measured), 1),
        recogniser_images_per_s=round(median(each.recogniser for each in measured), 1),
        ratio_to_limit=round(median(each.ratio for each in measured), 3),
        gpu_utilisation=round(sum(meter.busy) / len(meter.busy), 3) if meter.busy else None,
        gpu_memory_mib=max(meter.memory_mib, default=None),
    )


def _run_round(platform: Platform, load: Load, number: int, progress: Progress, meter: GpuMeter) -> LimitsRound:
    decoding, inference = (_run_half(platform, load, part) for part in ("decoding", "inference"))
    with meter:
        recogniser = run_recogniser(platform, load, f"bench-recogniser-{number}", progress)
    return LimitsRound(decoding, inference, recogniser)


def _run_half(platform: Platform, load: Load, part: str) -> float:
    told = platform.run(
        "plain-loop", str(load.folder), "--count", str(load.images), "--part", part, "--json", *load.asked
    )
    return float(json.loads(told)["images_per_s"])


def limits_table(report: LimitsReport) -> Table:
    """Return both halves, the recogniser, and what is known of the GPU."""
    table = Table("images/s", "", title=f"{report.images_per_round} images a round, median of {report.rounds}")
    table.add_row("decoding alone, every processor", f"{report.decoding_images_per_s:.1f}")
    table.add_row("inference alone", f"{report.inference_images_per_s:.1f}")
    table.add_row("recogniser, topic to topic", f"{report.recogniser_images_per_s:.1f}", style="bold")
    table.add_row("of the slower half", f"{report.ratio_to_limit:.2f}", style="bold")
    if report.gpu_utilisation is None:
        table.caption = NO_GPU
    else:
        table.add_row("GPU busy", f"{report.gpu_utilisation:.0%}")
        table.add_row("GPU memory, MiB", str(report.gpu_memory_mib))
    return table

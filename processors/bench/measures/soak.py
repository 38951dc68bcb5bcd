"""``vedette bench --soak``: does memory stay flat over many images?"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from rich.progress import Progress
from rich.table import Table

from infra.embedded.homes.home import Home
from infra.embedded.platform import PARTS, Platform
from processors.bench.measures.load import Load, publish
from processors.bench.measures.process_usage import BYTES_PER_MIB, rss_bytes, running_processes
from processors.bench.measures.result_flow import ResultFlow
from processors.bench.measures.round_check import check_stores, create_workspace

WORKSPACE = "bench-soak"
# Until then caches, pools and code paths fill.
SETTLED_AFTER = 2000
SLICE_IMAGES = 2000
SHORTEST_SOAK = SETTLED_AFTER + 2 * SLICE_IMAGES


@dataclass(frozen=True)
class Sample:
    """A moment of the run, in seconds: how many images were recognised by then, and MiB by process."""

    at_s: float
    recognised: int
    rss_mib: Mapping[str, float]


@dataclass(frozen=True)
class Growth:
    """A process's memory at the beginning, once settled, and at the end, each the median of a while."""

    settled_mib: float
    end_mib: float
    peak_mib: float

    @property
    def share(self) -> float:
        return self.end_mib / self.settled_mib - 1


@dataclass(frozen=True)
class SoakReport:
    """Memory of each process over ``images``; ``growth`` is a share of what it had after ``settled_after``.

    ``longest_pause_s`` is the longest time in which no image was recognised, seen every half second.
    """

    images: int
    images_per_s: float
    settled_after: int
    longest_pause_s: float
    memory: dict[str, Growth]
    growth: dict[str, float]


def run_soak(platform: Platform, load: Load, pace: float | None, progress: Progress) -> SoakReport:
    """Recognise ``load``, published at once or ``pace`` a second, and watch every process and server.

    Raises ``BenchFailed`` where an image did not come into both stores.
    """
    asyncio.run(create_workspace(platform.settings, WORKSPACE, load.folder))
    processes = running_processes(Home(platform.settings.home))
    flow = ResultFlow(platform.settings.kafka)
    samples: list[Sample] = []

    def sample(recognised: int) -> None:
        rss_mib = {name: rss_bytes(one) / BYTES_PER_MIB for name, one in processes.items()}
        samples.append(Sample(time.monotonic(), recognised, rss_mib))

    with ThreadPoolExecutor(1, thread_name_prefix="publish") as pool:
        publishing = pool.submit(publish, platform.settings.kafka, load.records(WORKSPACE), pace)
        try:
            flow.await_results(load.images, progress, progress.add_task("soak", total=load.images), sample)
        finally:
            # Where nothing comes any more, because nothing was sent, this says why.
            publishing.result()
    flow.await_sinks()
    asyncio.run(check_stores(platform.settings, WORKSPACE, load.images))
    return report_of(samples, load.images)


def report_of(samples: Sequence[Sample], images: int) -> SoakReport:
    """Compare each process after the first ``SETTLED_AFTER`` images with itself over the last ``SLICE_IMAGES``."""
    settled = [one.rss_mib for one in samples if SETTLED_AFTER <= one.recognised < SETTLED_AFTER + SLICE_IMAGES]
    end = [one.rss_mib for one in samples if one.recognised > images - SLICE_IMAGES]
    memory = {
        name: Growth(
            settled_mib=round(median(mib[name] for mib in settled), 1),
            end_mib=round(median(mib[name] for mib in end), 1),
            peak_mib=round(max(one.rss_mib[name] for one in samples), 1),
        )
        for name in samples[0].rss_mib
    }
    first, last = samples[0], samples[-1]
    return SoakReport(
        images,
        images_per_s=round((last.recognised - first.recognised) / (last.at_s - first.at_s), 1),
        settled_after=SETTLED_AFTER,
        longest_pause_s=round(max(later.at_s - earlier.at_s for earlier, later in pairwise(samples)), 1),
        memory=memory,
        growth={name: round(one.share, 3) for name, one in memory.items()},
    )


def soak_table(report: SoakReport) -> Table:
    """Return a row for each of our own processes, then for each server."""
    title = (
        f"{report.images} images, {report.images_per_s:.1f} a second, no pause above {report.longest_pause_s:.1f} s; "
        f"memory after the first {report.settled_after} and over the last {SLICE_IMAGES}"
    )
    table = Table("process", "MiB settled", "MiB at the end", "peak", "growth", title=title)
    for name, one in report.memory.items():
        table.add_row(name, f"{one.settled_mib:.0f}", f"{one.end_mib:.0f}", f"{one.peak_mib:.0f}", f"{one.share:+.1%}")
        if name == PARTS[-1].name:
            table.add_section()
    return table

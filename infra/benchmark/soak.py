"""``vedette bench --soak``: does memory stay flat over many images?"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from rich.progress import Progress
from rich.table import Table

from infra.benchmark.load import Load, publish
from infra.benchmark.process_usage import BYTES_PER_MIB, rss_bytes, running_processes
from infra.benchmark.result_flow import ResultFlow
from infra.benchmark.round_check import check_stores, create_workspace
from infra.embedded.home import Home
from infra.embedded.platform import PARTS, Platform

WORKSPACE = "bench-soak"
# Until then caches, pools and code paths fill.
SETTLED_AFTER = 2000
SLICE_IMAGES = 2000
SHORTEST_SOAK = SETTLED_AFTER + 2 * SLICE_IMAGES

Sample = tuple[int, Mapping[str, float]]
"""How many images were recognised, and MiB by process."""


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
    """Memory of each process over ``images``; ``growth`` is a share of what it had after ``settled_after``."""

    images: int
    settled_after: int
    memory: dict[str, Growth]
    growth: dict[str, float]


def run_soak(platform: Platform, load: Load, progress: Progress) -> SoakReport:
    """Recognise ``load`` in one go and watch every process and server; raises ``BenchFailed``."""
    asyncio.run(create_workspace(platform.settings, WORKSPACE, load.folder))
    processes = running_processes(Home(platform.settings.home))
    flow = ResultFlow(platform.settings.kafka)
    samples: list[Sample] = []

    def sample(recognised: int) -> None:
        samples.append((recognised, {name: rss_bytes(one) / BYTES_PER_MIB for name, one in processes.items()}))

    publish(platform.settings.kafka, load.records(WORKSPACE))
    flow.await_results(load.images, progress, progress.add_task("soak", total=load.images), sample)
    flow.await_sinks()
    asyncio.run(check_stores(platform.settings, WORKSPACE, load.images))
    return report_of(samples, load.images)


def report_of(samples: Sequence[Sample], images: int) -> SoakReport:
    """Compare each process after the first ``SETTLED_AFTER`` images with itself over the last ``SLICE_IMAGES``."""
    settled = [mib for seen, mib in samples if SETTLED_AFTER <= seen < SETTLED_AFTER + SLICE_IMAGES]
    end = [mib for seen, mib in samples if seen > images - SLICE_IMAGES]
    memory = {
        name: Growth(
            settled_mib=round(median(mib[name] for mib in settled), 1),
            end_mib=round(median(mib[name] for mib in end), 1),
            peak_mib=round(max(mib[name] for _, mib in samples), 1),
        )
        for name in samples[0][1]
    }
    return SoakReport(images, SETTLED_AFTER, memory, {name: round(one.share, 3) for name, one in memory.items()})


def soak_table(report: SoakReport) -> Table:
    """Return a row for each of our own processes, then for each server."""
    title = f"{report.images} images: memory after the first {report.settled_after}, and over the last {SLICE_IMAGES}"
    table = Table("process", "MiB settled", "MiB at the end", "peak", "growth", title=title)
    for name, one in report.memory.items():
        table.add_row(name, f"{one.settled_mib:.0f}", f"{one.end_mib:.0f}", f"{one.peak_mib:.0f}", f"{one.share:+.1%}")
        if name == PARTS[-1].name:
            table.add_section()
    return table

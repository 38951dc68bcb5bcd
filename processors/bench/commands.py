"""``vedette bench``: how fast the whole way is here, against a plain loop of the same decoding and inference.

Recogniser alone, whole pipeline and peers run in turn, a plain loop before and after each, several times, in one go on
one machine: single figures vary with whatever else the machine does, the ratio of neighbours hardly. The plain loop
reads, decodes and infers on every processor and does nothing else; the recogniser and the peers, two other frameworks,
go from topic to topic; the pipeline does all of it, every server on the same processors. Last, single images on the
idle system show how long one takes.
"""

import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import Progress
from rich.table import Table

from infra.embedded.platform import Platform
from infra.embedded.session import running_together
from infra.progress import WorkProgress
from infra.recorded_acts import records_elsewhere
from infra.settings.settings import Settings
from infra.terminal import Console
from processors.bench.chart import scale_chart, throughput_chart
from processors.bench.measures.latency import run_latency
from processors.bench.measures.limits import limits_table, run_limits
from processors.bench.measures.load import Load
from processors.bench.measures.result_flow import BenchFailed
from processors.bench.measures.scale import run_scale, scale_table
from processors.bench.measures.soak import SHORTEST_SOAK, run_soak, soak_table
from processors.bench.peers.measure import install_peers
from processors.bench.report import summarise, tables_of
from processors.bench.rounds import MOST_WARM_UPS, run_rounds, warm_up
from processors.imaging.picture_folder import find_pictures
from schemas.images import Feature

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

CHART_SUFFIX = ".svg"


@dataclass(frozen=True)
class Bench:
    """What every measurement begins with and ends in."""

    console: Console
    load: Load
    json_file: Path | None

    @contextmanager
    def platform(self) -> Iterator[tuple[Platform, Progress]]:
        """Start fresh servers and the platform, and a progress display."""
        with fresh_platform(self.load.folder, self.console) as platform, WorkProgress() as progress:
            yield platform, progress

    def tell(self, report: "DataclassInstance", tables: Sequence[Table], chart: str | None) -> None:
        """Print the tables; write the figures, and the chart beside them, where that was asked for."""
        for table in tables:
            self.console.print(table)
        if self.json_file is not None:
            write_report(report, chart, self.json_file)


@records_elsewhere("measures on a platform of its own, which it throws away")
def bench(
    folder: Annotated[
        Path, typer.Argument(help="The folder with the pictures to recognise.", exists=True, file_okay=False)
    ],
    references: Annotated[
        int,
        typer.Option(min=2, help="The number of references per run. The folder is repeated until there are so many."),
    ] = 8000,
    rounds: Annotated[
        int, typer.Option(min=1, help="How many times plain loop, recogniser, pipeline and peers are measured in turn.")
    ] = 3,
    features: Annotated[
        list[Feature] | None,
        typer.Option(
            "--feature",
            help="A feature that every reference asks for. Repeat the option for more. Default: references name none.",
        ),
    ] = None,
    warm_ups: Annotated[
        int,
        typer.Option(
            min=1, help="The pipeline runs until two runs in a row are equally fast, but no more often than this."
        ),
    ] = MOST_WARM_UPS,
    with_peers: Annotated[
        bool,
        typer.Option(
            "--peers/--no-peers",
            help="Measure other streaming frameworks (peers) too. They are downloaded on first use.",
        ),
    ] = True,
    scale: Annotated[
        bool,
        typer.Option(
            "--scale",
            help="Measure instead how 1 to 8 workers scale. Each waits for a fixed time instead of running a model.",
        ),
    ] = False,
    soak: Annotated[
        int | None,
        typer.Option(min=SHORTEST_SOAK, help="Measure instead how memory develops over this number of images."),
    ] = None,
    pace: Annotated[
        float | None,
        typer.Option(min=0.1, help="With --soak: publish this number of images per second instead of all at once."),
    ] = None,
    limits: Annotated[
        bool,
        typer.Option(
            "--limits", help="Measure instead the limits of decoding and of inference, and the use of the GPU."
        ),
    ] = False,
    json_file: Annotated[
        Path | None,
        typer.Option("--json", help="Also write the figures to this file, and a chart (.svg) beside it."),
    ] = None,
) -> None:
    """Measure throughput, processor time, memory and latency on fresh servers, and compare them with a plain loop."""
    if json_file is not None:
        require_writable(json_file)
    folder = folder.absolute()
    load = Load(folder, find_pictures(folder), references, tuple(features or ()))
    begun = Bench(Console(highlight=False), load, json_file)
    if scale:
        measure_scale(begun)
    elif limits:
        measure_limits(begun, rounds)
    elif soak is not None:
        measure_memory(replace(begun, load=replace(begun.load, images=soak)), pace)
    else:
        measure_throughput(begun, rounds, with_peers, warm_ups)


def measure_throughput(begun: Bench, rounds: int, with_peers: bool, warm_ups: int) -> None:
    """Rounds of everything in turn, then single images."""
    peers = install_peers(Settings()) if with_peers else None
    with begun.platform() as (platform, progress):
        warmth = warm_up(platform, begun.load, progress, warm_ups)
        measured = run_rounds(platform, begun.load, rounds, peers, progress)
        latencies = run_latency(platform, begun.load.folder, begun.load.pictures, progress)
    report = summarise(measured, latencies, warmth)
    begun.tell(report, tables_of(measured, report), throughput_chart(report))


def measure_scale(begun: Bench) -> None:
    """One worker, then more."""
    with begun.platform() as (platform, progress):
        report = run_scale(platform, begun.load, progress)
    begun.tell(report, [scale_table(report)], scale_chart(report))


def measure_limits(begun: Bench, rounds: int) -> None:
    """What bounds the recogniser, and how near it comes."""
    with begun.platform() as (platform, progress):
        report = run_limits(platform, begun.load, rounds, progress)
    begun.tell(report, [limits_table(report)], None)


def measure_memory(begun: Bench, pace: float | None) -> None:
    """Many images, in one go or at a steady pace."""
    with begun.platform() as (platform, progress):
        report = run_soak(platform, begun.load, pace, progress)
    begun.tell(report, [soak_table(report)], None)


def require_writable(json_file: Path) -> None:
    """Find out before the measurement, not after it, that its figures could not be written: raises ``BenchFailed``."""
    if json_file.suffix == CHART_SUFFIX:
        raise BenchFailed(f"{json_file} is where the chart goes: give --json a name that ends in .json")
    if not json_file.absolute().parent.is_dir():
        raise BenchFailed(f"there is no folder {json_file.parent}: make it, or give --json another")


def write_report(report: "DataclassInstance", chart: str | None, json_file: Path) -> None:
    """Write the figures as JSON; their chart, if they have one, to a file of the same name that ends in ``.svg``."""
    json_file.write_text(json.dumps(asdict(report), indent=2) + "\n")
    if chart is not None:
        json_file.with_suffix(CHART_SUFFIX).write_text(chart)


@contextmanager
def fresh_platform(folder: Path, console: Console) -> Iterator[Platform]:
    """Start servers and platform in a folder of their own, and remove it again."""
    home = Path(tempfile.mkdtemp(prefix="vedette-bench-"))
    try:
        with running_together(Settings(home=home), {"VEDETTE_SOURCES__FILE_ROOTS": str(folder)}, console) as platform:
            yield platform
    finally:
        shutil.rmtree(home, ignore_errors=True)

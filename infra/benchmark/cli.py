"""``vedette bench``: how fast the whole way is here, against a plain loop of the same decoding and inference.

Plain loop, recogniser alone and whole pipeline run in turn, several times, in one go on one machine: single figures
vary with whatever else the machine does, the ratio of neighbours hardly. The plain loop reads, decodes and infers on
every processor and does nothing else; the recogniser goes from topic to topic; the pipeline does all of it, every
server on the same processors. Last, single images on the idle system show how long one takes.
"""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from infra.benchmark.chart import chart_of
from infra.benchmark.latency import run_latency
from infra.benchmark.pipeline_run import Load, run_pipeline, run_recogniser
from infra.benchmark.report import Report, Round, summarise, tables_of
from infra.benchmark.result_flow import BenchFailed
from infra.embedded.platform import Platform
from infra.embedded.together import running_together
from infra.settings import Settings
from schemas.pictures import is_picture

CHART_SUFFIX = ".svg"


@dataclass(frozen=True)
class PlainLoop:
    """What the plain loop tells of itself."""

    images_per_s: float
    cpu_ms_per_image: float


def bench(
    folder: Annotated[Path, typer.Argument(help="Pictures to recognise.", exists=True, file_okay=False)],
    references: Annotated[
        int, typer.Option(min=1, help="References a round; the folder is repeated to that many.")
    ] = 2000,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds of plain loop, recogniser and pipeline in turn.")] = 3,
    json_file: Annotated[
        Path | None,
        typer.Option("--json", help="Write the figures to this file as well, and a chart beside it (.svg)."),
    ] = None,
) -> None:
    """Measure throughput against a plain loop, processor time, memory and latency, on fresh servers of this machine."""
    if json_file is not None:
        require_writable(json_file)
    console = Console(highlight=False)
    folder = folder.absolute()
    pictures = find_pictures(folder)
    load = Load(folder, len(pictures), max(1, round(references / len(pictures))))
    with fresh_platform(folder, console) as platform, progress_on(console) as progress:
        measured = run_rounds(platform, load, rounds, progress)
        latencies = run_latency(platform, folder, pictures, progress)
    report = summarise(measured, latencies)
    for table in tables_of(measured, report):
        console.print(table)
    if json_file is not None:
        write_report(report, json_file)


def require_writable(json_file: Path) -> None:
    """Find out before the measurement, not after it, that its figures could not be written: raises ``BenchFailed``."""
    if json_file.suffix == CHART_SUFFIX:
        raise BenchFailed(f"{json_file} is where the chart goes: give --json a name that ends in .json")
    if not json_file.absolute().parent.is_dir():
        raise BenchFailed(f"there is no folder {json_file.parent}: make it, or give --json another")


def write_report(report: Report, json_file: Path) -> None:
    """Write the figures as JSON, and their chart to a file of the same name that ends in ``.svg``."""
    json_file.write_text(json.dumps(asdict(report), indent=2) + "\n")
    json_file.with_suffix(CHART_SUFFIX).write_text(chart_of(report))


def find_pictures(folder: Path) -> list[Path]:
    """Return the pictures beneath ``folder``; raises ``BenchFailed`` if there are none."""
    pictures = sorted(path for path in folder.rglob("*") if is_picture(path.name) and path.is_file())
    if not pictures:
        raise BenchFailed(f"{folder} holds no pictures")
    return pictures


@contextmanager
def fresh_platform(folder: Path, console: Console) -> Iterator[Platform]:
    """Start servers and platform in a folder of their own, and remove it again."""
    home = Path(tempfile.mkdtemp(prefix="vedette-bench-"))
    try:
        with running_together(Settings(home=home), {"VEDETTE_SOURCES__FILE_ROOTS": str(folder)}, console) as platform:
            yield platform
    finally:
        shutil.rmtree(home, ignore_errors=True)


def progress_on(console: Console) -> Progress:
    """Return the progress display of a measurement; to be entered."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console)


def run_rounds(platform: Platform, load: Load, rounds: int, progress: Progress) -> list[Round]:
    """Warm up, then measure; every run publishes for a workspace of its own and is checked in both stores."""
    # As much as a round: the servers compile what is hot as they go, and are slower until they have.
    run_pipeline(platform, load, "bench-warm-up", progress)
    return [run_round(platform, load, number, progress) for number in range(1, rounds + 1)]


def run_round(platform: Platform, load: Load, number: int, progress: Progress) -> Round:
    """Run plain loop, recogniser and pipeline one after another."""
    task = progress.add_task(f"plain loop {number}", total=load.images)
    plain = run_plain_loop(platform, load)
    progress.update(task, completed=load.images)
    recogniser_images_per_s = run_recogniser(platform, load, f"bench-recogniser-{number}", progress)
    pipeline = run_pipeline(platform, load, f"bench-{number}", progress)
    return Round(
        images=load.images,
        plain_loop_images_per_s=plain.images_per_s,
        plain_loop_cpu_ms_per_image=plain.cpu_ms_per_image,
        recogniser_images_per_s=recogniser_images_per_s,
        pipeline_images_per_s=pipeline.images_per_s,
        usage=pipeline.usage,
    )


def run_plain_loop(platform: Platform, load: Load) -> PlainLoop:
    """Run the same decoding and inference in a process that does nothing else."""
    figures = json.loads(platform.run("plain-loop", str(load.folder), "--count", str(load.images), "--json"))
    return PlainLoop(float(figures["images_per_s"]), float(figures["cpu_ms_per_image"]))

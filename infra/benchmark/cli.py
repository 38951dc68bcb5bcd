"""``vedette bench``: how fast the whole way is here, against a plain loop of the same decoding and inference.

Plain loop, recogniser alone, whole pipeline and peers run in turn, several times, in one go on one machine: single
figures vary with whatever else the machine does, the ratio of neighbours hardly. The plain loop reads, decodes and
infers on every processor and does nothing else; the recogniser and the peers, two other frameworks, go from topic to
topic; the pipeline does all of it, every server on the same processors. Last, single images on the idle system show how
long one takes.
"""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from infra.benchmark.chart import chart_of
from infra.benchmark.latency import run_latency
from infra.benchmark.load import Load
from infra.benchmark.peers import install_peers
from infra.benchmark.report import Report, summarise, tables_of
from infra.benchmark.result_flow import BenchFailed
from infra.benchmark.rounds import run_rounds, warm_up
from infra.embedded.platform import Platform
from infra.embedded.together import running_together
from infra.settings import Settings
from schemas.pictures import is_picture

CHART_SUFFIX = ".svg"


def bench(
    folder: Annotated[Path, typer.Argument(help="Pictures to recognise.", exists=True, file_okay=False)],
    references: Annotated[
        int, typer.Option(min=1, help="References a round; the folder is repeated to that many.")
    ] = 2000,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds of plain loop, recogniser and pipeline in turn.")] = 3,
    with_peers: Annotated[
        bool, typer.Option("--peers/--no-peers", help="Whether to run the peers too; they are fetched the first time.")
    ] = True,
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
    load = Load(folder, pictures, references)
    peers = install_peers(Settings()) if with_peers else None
    with fresh_platform(folder, console) as platform, progress_on(console) as progress:
        warmth = warm_up(platform, load, progress)
        measured = run_rounds(platform, load, rounds, peers, progress)
        latencies = run_latency(platform, folder, pictures, progress)
    report = summarise(measured, latencies, warmth)
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

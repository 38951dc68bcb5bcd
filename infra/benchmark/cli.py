"""``vedette bench``: how fast the whole way is here, against a plain loop of the same decoding and inference.

Both run in turn, several times, in one go on one machine: single figures vary with whatever else the machine does, the
ratio of neighbours hardly. The plain loop reads, decodes and infers on every processor and does nothing else; the
pipeline does the same and all the rest, every server on the same processors.
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

from infra.benchmark.pipeline_run import BenchFailed, run_pipeline
from infra.benchmark.report import Round, summarise, table_of
from infra.embedded.platform import Platform
from infra.embedded.progress import StackProgress
from infra.embedded.stack import EmbeddedStack
from infra.settings import Settings
from schemas.pictures import is_picture


def bench(
    folder: Annotated[Path, typer.Argument(help="Pictures to recognise.", exists=True, file_okay=False)],
    references: Annotated[int, typer.Option(help="References a round; the folder is repeated to that many.")] = 2000,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds of plain loop and pipeline in turn.")] = 3,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures to this file as well.")] = None,
) -> None:
    """Measure throughput of the whole pipeline against a plain loop, on fresh servers of this machine."""
    console = Console(highlight=False)
    folder = folder.absolute()
    pictures = len(find_pictures(folder))
    repeat = max(1, round(references / pictures))
    with fresh_platform(folder, console) as platform:
        measured = run_rounds(platform, folder, pictures, repeat, rounds, console)
    report = summarise(measured, pictures * repeat)
    console.print(table_of(measured, report))
    if json_file is not None:
        json_file.write_text(json.dumps(asdict(report), indent=2) + "\n")


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
    stack = EmbeddedStack(Settings(home=home))
    platform: Platform | None = None
    try:
        with StackProgress(console) as progress:
            stack.start(progress)
            platform = Platform(Settings(home=home), {"VEDETTE_SOURCES__FILE_ROOTS": str(folder)})
            platform.migrate()
            platform.start(progress)
        yield platform
    finally:
        with StackProgress(console) as progress:
            if platform is not None:
                platform.stop(progress)
            stack.stop(progress)
        shutil.rmtree(home, ignore_errors=True)


def run_rounds(
    platform: Platform, folder: Path, pictures: int, repeat: int, rounds: int, console: Console
) -> list[Round]:
    """Warm up, then measure; every round publishes for a workspace of its own and is checked in both stores."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        # As much as a round: the servers compile what is hot as they go, and are slower until they have.
        run_pipeline(platform, folder, "bench-warm-up", pictures, repeat, progress)
        measured = []
        for number in range(1, rounds + 1):
            task = progress.add_task(f"plain loop {number}", total=pictures * repeat)
            plain = run_plain_loop(platform, folder, pictures * repeat)
            progress.update(task, completed=pictures * repeat)
            pipeline = run_pipeline(platform, folder, f"bench-{number}", pictures, repeat, progress)
            measured.append(Round(plain, pipeline))
    return measured


def run_plain_loop(platform: Platform, folder: Path, count: int) -> float:
    """Return the plain loop's images a second."""
    figures = json.loads(platform.run("plain-loop", str(folder), "--count", str(count), "--json"))
    return float(figures["images_per_s"])

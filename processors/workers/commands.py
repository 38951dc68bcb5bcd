"""``vedette worker``, ``models``, ``plain-loop`` and ``evaluate``: stream processors, models, and their measures."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import typer

from infra.operations.audit.declaring import reads, records_elsewhere
from infra.terminal import Console, say
from processors.models.commands import models

__all__ = ["evaluate", "models", "plain_loop", "worker"]


class Worker(StrEnum):
    """The stream processors, each a consumer group of its own."""

    RECOGNISE = "recognise"
    STORE = "store"
    INDEX = "index"
    AUDIT = "audit"
    ACTIVITY = "activity"
    ALL = "all"


@records_elsewhere("each outcome stands on its topic")
def worker(
    name: Annotated[Worker, typer.Argument(help="Which one; `all` runs one of each, supervised, for a small machine.")],
    supervise: Annotated[bool, typer.Option("--supervise", help="Start it again whenever it ends by a fault.")] = False,
) -> None:
    """Run a stream processor until it is told to stop. Start more of the same to share its work."""
    if supervise or name is Worker.ALL:
        sys.exit(run_supervised([each for each in Worker if name in (each, Worker.ALL) and each is not Worker.ALL]))
    run_one(name)


def run_one(name: Worker) -> None:
    """Run one worker in this process; does not return."""
    # Each worker's libraries are imported only where it runs: the command line stays quick, and a sink needs no models.
    from infra.settings.settings import Settings

    settings = Settings()
    if name is Worker.RECOGNISE:
        from processors.workers import recognise

        app = recognise.create_app(settings)
    elif name is Worker.STORE:
        from processors.workers import store

        app = store.create_app(settings)
    elif name is Worker.AUDIT:
        from processors.workers import audit

        app = audit.create_app(settings)
    elif name is Worker.ACTIVITY:
        from processors.workers import activity

        app = activity.create_app(settings)
    else:
        from processors.workers import index

        app = index.create_app(settings)
    from processors.streams.worker import run_worker

    run_worker(app, settings)


def run_supervised(names: Sequence[Worker]) -> int:
    """Run workers as child processes, each started again when it ends by a fault; returns an exit code."""
    from infra.settings.settings import Settings
    from infra.telemetry.logs import configure_logs
    from processors.streams.supervisor import Supervisor

    settings = Settings()
    configure_logs(settings, "vedette-supervisor")
    commands = {name.value: [sys.executable, "-m", "infra.cli", "worker", name.value] for name in names}
    port = settings.metrics.port
    # Two workers cannot listen on one port: each further one takes the next.
    ports = {name.value: str(port + number) for number, name in enumerate(names)} if port else {}
    return Supervisor(commands, {name: {"VEDETTE_METRICS__PORT": chosen} for name, chosen in ports.items()}).run()


@reads
def plain_loop(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="A folder of pictures.")],
    count: Annotated[int | None, typer.Option(min=1, help="How many pictures; each one once if not given.")] = None,
    part: Annotated[
        Literal["all", "decoding", "inference"], typer.Option(help="Everything, or one half of it alone.")
    ] = "all",
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole report as JSON.")] = False,
) -> None:
    """Measure the same decoding and inference with no platform around it."""
    from infra.settings.settings import Settings
    from infra.telemetry.logs import configure_logs
    from processors.bench.plain_loop import run_plain_loop

    settings = Settings()
    configure_logs(settings, "vedette-plain-loop")
    report = run_plain_loop(folder, count, settings, part)
    if as_json:
        say(json.dumps(asdict(report)))
    else:
        say(
            f"{report.images} images in {report.seconds:.1f} s: {report.images_per_s:.1f} images/s, "
            f"{report.cpu_ms_per_image:.1f} ms of processor time each"
        )


@records_elsewhere("writes its report into a folder of the caller's")
def evaluate(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER|CSV",
            exists=True,
            show_default=False,
            help="Pictures labelled by sub-folder or by the end of the file name (0001_house_finch.jpg), "
            "or a CSV file with columns image and label.",
        ),
    ],
    output: Annotated[
        Path, typer.Option(file_okay=False, help="Folder for report.md, report.json, report.csv and report.html.")
    ] = Path("evaluation"),
    pipeline: Annotated[
        str | None, typer.Option(metavar="NAME@VERSION", help="Which one; the default one if not given.")
    ] = None,
    ignore_unknown: Annotated[
        bool, typer.Option("--ignore-unknown", help="Leave out pictures whose label the model does not know.")
    ] = False,
) -> None:
    """Measure how often the pipeline is right on labelled pictures, and how long it takes for each."""
    from infra.settings.settings import Settings
    from infra.telemetry.logs import configure_logs
    from processors.evaluation import commands as command

    settings = Settings()
    configure_logs(settings, "vedette-evaluate")
    progress = Console(stderr=True)
    evaluation = command.evaluate(
        source, settings, pipeline_id=pipeline, ignore_unknown=ignore_unknown, progress=progress
    )
    command.report(evaluation, output, Console(highlight=False))


@records_elsewhere("writes pictures into a folder of the caller's")
def augment(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="Pictures, sub-folders included.")],
    output: Annotated[Path, typer.Option(file_okay=False, help="Folder for the variations, in the same sub-folders.")],
    copies: Annotated[int, typer.Option(min=1, max=99, help="Variations of each picture.")] = 4,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same files.")] = 0,
    longest_side: Annotated[int, typer.Option(min=8, help="Larger pictures are reduced to it, pixels.")] = 1024,
) -> None:
    """Write variations of pictures for training: mirrored, turned, cut and coloured a little otherwise."""
    from infra.settings.settings import Settings
    from processors.bench.plain_loop import find_pictures
    from processors.imaging.augmented_folder import Variations
    from processors.imaging.decoding.decode import quiet_parsers

    quiet_parsers()
    pictures = find_pictures(folder)
    report = Variations(copies, seed, longest_side, Settings().models.max_pixels).write(pictures, folder, output)
    for complaint in report.unreadable:
        say(f"left out {complaint}", err=True)
    read = len(pictures) - len(report.unreadable)
    say(f"{report.written} variations of {read} pictures are in {output}")

"""``vedette evaluate``: how often a pipeline is right on labelled pictures."""

from pathlib import Path
from typing import Annotated

import typer

from infra.recorded_acts import records_elsewhere
from infra.terminal import Console


@records_elsewhere("writes its report into a folder of the caller's")
def evaluate(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER|CSV",
            exists=True,
            show_default=False,
            help="A folder of pictures that are labelled by sub-folder or by the end of the file name "
            "(0001_house_finch.jpg), or a CSV file with the columns image and label.",
        ),
    ],
    output: Annotated[
        Path, typer.Option(file_okay=False, help="The folder for report.md, report.json, report.csv and report.html.")
    ] = Path("evaluation"),
    pipeline: Annotated[
        str | None,
        typer.Option(
            metavar="NAME@VERSION", help="The pipeline to measure. Default: the pipeline that comes with Vedette."
        ),
    ] = None,
    ignore_unknown: Annotated[
        bool, typer.Option("--ignore-unknown", help="Leave out pictures whose label the model does not know.")
    ] = False,
) -> None:
    """Measure how often a pipeline is right on labelled pictures, and how long it takes for each."""
    from infra.progress import WorkProgress
    from infra.settings.settings import Settings
    from infra.telemetry.logs import configure_logs
    from processors.evaluation import service

    settings = Settings()
    configure_logs(settings, "vedette-evaluate")
    with WorkProgress(transient=True) as progress:
        evaluation = service.evaluate(
            source, settings, pipeline_id=pipeline, ignore_unknown=ignore_unknown, progress=progress
        )
    service.report(evaluation, output, Console(highlight=False))

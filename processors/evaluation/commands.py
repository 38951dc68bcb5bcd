"""``vedette evaluate``: how often a pipeline is right on labelled pictures."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from infra.recorded_acts import records_elsewhere
from infra.terminal import Console

if TYPE_CHECKING:
    from infra.settings.settings import Settings


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
    boxes: Annotated[
        Path | None,
        typer.Option(
            metavar="COCO.json|FOLDER",
            exists=True,
            show_default=False,
            help="Measure objects instead of labels. The true boxes are in a COCO file or in a folder of YOLO files.",
        ),
    ] = None,
    text: Annotated[
        Path | None,
        typer.Option(
            metavar="CSV|JSONL",
            exists=True,
            dir_okay=False,
            show_default=False,
            help="Measure text instead of labels. The true text of each picture is in a CSV file with the columns "
            "image and text, or in a .jsonl file with one object per line.",
        ),
    ] = None,
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
        bool,
        typer.Option("--ignore-unknown", help="Leave out what has a label that the model does not know."),
    ] = False,
) -> None:
    """Measure how often a pipeline is right on labelled pictures, and how long it takes for each.

    With `--boxes` it measures how well the pipeline finds objects: mean average precision as COCO defines it, precision
    and recall of each kind, and the worst pictures with their boxes drawn. With `--text` it measures how well the
    pipeline reads: character and word error rates in all and of each picture, and the worst pictures.
    """
    from infra.progress import WorkProgress
    from infra.settings.settings import Settings
    from infra.telemetry.logs import configure_logs
    from processors.evaluation import service

    settings = Settings()
    configure_logs(settings, "vedette-evaluate")
    console = Console(highlight=False)
    if text is not None:
        _evaluate_text(settings, _folder(source, boxes, "--text"), text, output, pipeline, console)
        return
    if boxes is not None:
        _evaluate_objects(
            settings, _folder(source, text, "--boxes"), boxes, output, pipeline, console, ignore_unknown=ignore_unknown
        )
        return
    with WorkProgress(transient=True) as progress:
        evaluation = service.evaluate(
            source, settings, pipeline_id=pipeline, ignore_unknown=ignore_unknown, progress=progress
        )
    service.report(evaluation, output, console)


def _evaluate_objects(
    settings: "Settings",
    source: Path,
    boxes: Path,
    output: Path,
    pipeline: str | None,
    console: Console,
    *,
    ignore_unknown: bool,
) -> None:
    from infra.progress import WorkProgress
    from processors.evaluation.objects.report import summary_table, write_object_reports
    from processors.evaluation.objects.service import evaluate_objects
    from processors.evaluation.service import find_pipeline, print_summary

    with WorkProgress(transient=True) as progress:
        evaluation = evaluate_objects(
            find_pipeline(settings, pipeline), source, boxes, settings, ignore_unknown=ignore_unknown, progress=progress
        )
    write_object_reports(evaluation, output)
    print_summary(summary_table(evaluation), console)
    console.print(f"report.md, report.json and report.html are in {output}", soft_wrap=True, markup=False)


def _evaluate_text(
    settings: "Settings", source: Path, text: Path, output: Path, pipeline: str | None, console: Console
) -> None:
    from infra.progress import WorkProgress
    from processors.evaluation.service import find_pipeline, print_summary
    from processors.evaluation.text.report import summary_table, write_text_reports
    from processors.evaluation.text.service import evaluate_text

    with WorkProgress(transient=True) as progress:
        evaluation = evaluate_text(find_pipeline(settings, pipeline), source, text, settings, progress=progress)
    write_text_reports(evaluation, output)
    print_summary(summary_table(evaluation), console)
    console.print(f"report.md, report.json and report.html are in {output}", soft_wrap=True, markup=False)


def _folder(source: Path, other: Path | None, option: str) -> Path:
    """Return the folder of the pictures; raises ``ConfigurationError`` where it is none, or with two kinds of truth."""
    from infra.errors import ConfigurationError

    if other is not None:
        raise ConfigurationError("--boxes and --text measure different things: give one of them")
    if not source.is_dir():
        raise ConfigurationError(f"{source}: with {option} it must be the folder of the pictures")
    return source

"""What ``vedette evaluate`` does: find the pictures, run them, write the reports, tell the main figures."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.progress import Progress
from rich.table import Table

from infra.errors import VedetteError
from infra.settings.settings import Settings
from infra.terminal import Console
from processors.evaluation.evaluation import Evaluation
from processors.evaluation.metrics import metrics_of
from processors.evaluation.reports.report import write_reports
from processors.evaluation.reports.tables import ReportTable, summary_table
from processors.evaluation.run import Evaluator, Measured, Unreadable
from processors.models.calibration.label_names import LabelNames
from processors.models.calibration.labelled import LabelledPicture, find_labelled
from processors.pipelines.loaded import LoadedPipeline, build_pipeline
from processors.pipelines.service import find_description

SHOWN_UNREADABLE = 3


class NothingReadable(VedetteError):
    """Not one of the labelled pictures could be recognised, so there is nothing to report."""


def evaluate(
    source: Path, settings: Settings, *, pipeline_id: str | None = None, ignore_unknown: bool, progress: Progress
) -> Evaluation:
    """Run the labelled pictures of ``source``; raises ``NothingReadable`` if none could be recognised.

    Pipelines that come with Vedette need no server; another, named by ``pipeline_id``, is looked up in Cassandra.
    """
    pipeline = find_pipeline(settings, pipeline_id)
    names = LabelNames(pipeline.classifier.labels)
    labelled = find_labelled(source, names, ignore_unknown=ignore_unknown)
    outcomes = _run(Evaluator(pipeline, settings.sources.max_bytes), labelled.pictures, progress)
    rows = [one for one in outcomes if isinstance(one, Measured)]
    unreadable = [one for one in outcomes if isinstance(one, Unreadable)]
    if not rows:
        raise NothingReadable(describe_unreadable(unreadable))
    return Evaluation(
        pipeline=pipeline.name,
        model=pipeline.classifier.card.id,
        source=source.resolve().name,
        evaluated_at=datetime.now(UTC).isoformat(timespec="seconds"),
        metrics=metrics_of(rows),
        rows=rows,
        unreadable=unreadable,
        ignored_unknown=len(labelled.unknown),
    )


def find_pipeline(settings: Settings, pipeline_id: str | None) -> LoadedPipeline:
    """Load the pipeline of that name, the one that comes with Vedette where none is given."""
    return build_pipeline(settings, find_description(settings, pipeline_id))


def report(evaluation: Evaluation, output: Path, console: Console) -> None:
    """Write the four files and print the summary."""
    write_reports(evaluation, output)
    print_summary(summary_table(evaluation), console)
    console.print(f"report.md, report.json, report.csv and report.html are in {output}", soft_wrap=True, markup=False)


def print_summary(summary: ReportTable, console: Console) -> None:
    """Print a table of a report."""
    table = Table(*summary.header)
    for row in summary.rows:
        table.add_row(*row)
    console.print(table)


def _run(evaluator: Evaluator, pictures: Sequence[LabelledPicture], progress: Progress) -> list[Measured | Unreadable]:
    outcomes = evaluator.measure_all(pictures)
    return list(progress.track(outcomes, len(pictures), description="evaluating"))


def describe_unreadable(unreadable: Sequence[Unreadable]) -> str:
    """Return why none of the pictures could be recognised."""
    first = "; ".join(f"{one.image_id}: {one.detail}" for one in unreadable[:SHOWN_UNREADABLE])
    return f"none of the {len(unreadable)} pictures could be recognised: {first}"

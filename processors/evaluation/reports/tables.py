"""The tables that a report shows to people, whatever it is written in."""

from collections.abc import Iterator
from dataclasses import dataclass

from processors.evaluation.evaluation import Evaluated, Evaluation
from processors.evaluation.metrics import Metrics, worst_classes
from processors.models.calibration.known import STRANGE

SHOWN = 20


@dataclass(frozen=True, slots=True)
class ReportTable:
    """A titled table of text."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tables_of(evaluation: Evaluation) -> Iterator[ReportTable]:
    """Yield the summary, then every table that has something in it."""
    yield summary_table(evaluation)
    for table in (_confusions(evaluation), _worst_classes(evaluation), unreadable_table(evaluation)):
        if table.rows:
            yield table


def summary_table(evaluation: Evaluation) -> ReportTable:
    """Return the figures that matter most."""
    metrics, times = evaluation.metrics, evaluation.metrics.processing_time_s
    rows = (
        ("pictures", str(metrics.images)),
        ("top-1", percent(metrics.top1)),
        ("top-5", percent(metrics.top5)),
        ("mean confidence in the true label", f"{metrics.mean_accuracy:.4f}"),
        ("expected calibration error", f"{metrics.calibration.ece:.4f}"),
        *_uncalibrated(metrics),
        *_not_known(metrics),
        ("mean processing time", milliseconds(metrics.mean_processing_time_s)),
        ("p50 / p90 / p95 / p99", " / ".join(map(milliseconds, (times.p50, times.p90, times.p95, times.p99)))),
        ("unreadable", str(len(evaluation.unreadable))),
        ("left out for an unknown label", str(evaluation.ignored_unknown)),
    )
    return ReportTable("Summary", ("measure", "value"), rows)


def _uncalibrated(metrics: Metrics) -> Iterator[tuple[str, str]]:
    if metrics.uncalibrated != metrics.calibration:
        yield "the same without the card's temperature", f"{metrics.uncalibrated.ece:.4f}"


def _not_known(metrics: Metrics) -> Iterator[tuple[str, str]]:
    if metrics.not_known is not None:
        yield f"pictures whose `known` is below {STRANGE}", percent(metrics.not_known)


def provenance(evaluation: Evaluated) -> str:
    """Say in one line what was measured."""
    return (
        f"Pipeline {evaluation.pipeline}, model {evaluation.model}, on {evaluation.source}, {evaluation.evaluated_at}. "
        "One picture at a time; its time is that of reading, decoding and inference."
    )


def percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"  # noqa: RUF001 - a dash for people, where nothing could be divided


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


def _confusions(evaluation: Evaluation) -> ReportTable:
    worst = evaluation.metrics.confusions[:SHOWN]
    rows = tuple((one.label, one.predicted, str(one.images)) for one in worst)
    return ReportTable("Worst confusions", ("label", "taken for", "pictures"), rows)


def _worst_classes(evaluation: Evaluation) -> ReportTable:
    rows = tuple(
        (one.label, str(one.images), percent(one.recall), percent(one.precision))
        for one in worst_classes(evaluation.metrics.classes, SHOWN)
    )
    return ReportTable("Worst classes", ("label", "pictures", "recall", "precision"), rows)


def unreadable_table(evaluation: Evaluated) -> ReportTable:
    """Return the pictures that could not be recognised, and why."""
    rows = tuple((one.image_id, one.reason, one.detail) for one in evaluation.unreadable)
    return ReportTable("Unreadable pictures", ("picture", "reason", "detail"), rows)

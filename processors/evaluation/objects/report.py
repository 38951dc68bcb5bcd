"""The reports on a detector: for people with the worst pictures drawn, and for programs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw

from processors.evaluation.objects.annotations import Corners
from processors.evaluation.objects.metrics import Inspected, KindScore, ObjectMetrics, PictureScore
from processors.evaluation.pictures import DRAWN, LINE, Colour, figure, outline, worst_pictures
from processors.evaluation.reports.html_report import html_page, html_table
from processors.evaluation.reports.markdown_report import markdown_page
from processors.evaluation.reports.report import json_report, write_files
from processors.evaluation.reports.tables import ReportTable, milliseconds, percent, provenance, unreadable_table
from processors.evaluation.run import Unreadable
from processors.imaging.views import Pixels

SHOWN = 20
TRUE, FOUND = (0, 160, 60), (220, 40, 40)


@dataclass(frozen=True, slots=True)
class ObjectEvaluation:
    """What was measured, on what, with what; ``drawn`` holds the worst pictures, by image, as pixels."""

    pipeline: str
    model: str
    source: str
    evaluated_at: str
    metrics: ObjectMetrics
    inspected: Sequence[Inspected]
    drawn: dict[str, Pixels]
    unreadable: Sequence[Unreadable]
    ignored_unknown: int


def write_object_reports(evaluation: ObjectEvaluation, folder: Path) -> None:
    """Write ``report.{md,json,html}`` into ``folder``; raises ``ConfigurationError`` where it cannot be written to."""
    tables = tuple(tables_of(evaluation))
    title, introduction = f"Objects found by {evaluation.pipeline}", provenance(evaluation)
    page = html_page(title, introduction, (*map(html_table, tables), _worst_pictures(evaluation)))
    texts = {
        "report.md": markdown_page(title, introduction, tables),
        "report.json": json_report(evaluation, ignored_unknown=evaluation.ignored_unknown),
        "report.html": page,
    }
    write_files(texts, folder)


def tables_of(evaluation: ObjectEvaluation) -> Iterator[ReportTable]:
    """Yield the summary, then every table that has something in it."""
    yield summary_table(evaluation)
    metrics = evaluation.metrics
    yield ReportTable(
        "Kinds of objects",
        ("kind", "objects", "told", "precision", "recall", "AP at 0.5", "AP at 0.5 to 0.95"),
        tuple(_kind_row(kind) for kind in sorted(metrics.kinds, key=lambda kind: (-kind.objects, kind.name))),
    )
    if metrics.worst:
        rows = tuple((one.image_id, str(one.missed), str(one.invented)) for one in metrics.worst[:SHOWN])
        yield ReportTable("Worst pictures", ("picture", "missed", "not there"), rows)
    if evaluation.unreadable:
        yield unreadable_table(evaluation)


def summary_table(evaluation: ObjectEvaluation) -> ReportTable:
    """Return the figures that matter most."""
    metrics, times = evaluation.metrics, evaluation.metrics.processing_time_s
    rows = (
        ("pictures", str(metrics.pictures)),
        ("objects", str(metrics.objects)),
        ("mAP at an overlap of 0.5", f"{metrics.map50:.4f}"),
        ("mAP at overlaps from 0.5 to 0.95", f"{metrics.map:.4f}"),
        (f"precision from a confidence of {metrics.least_confidence:g}", percent(metrics.precision)),
        (f"recall from a confidence of {metrics.least_confidence:g}", percent(metrics.recall)),
        ("mean processing time", milliseconds(metrics.mean_processing_time_s)),
        ("p50 / p90 / p95 / p99", " / ".join(map(milliseconds, (times.p50, times.p90, times.p95, times.p99)))),
        ("unreadable", str(len(evaluation.unreadable))),
        ("objects left out as unknown", str(evaluation.ignored_unknown)),
    )
    return ReportTable("Summary", ("measure", "value"), rows)


def _kind_row(kind: KindScore) -> tuple[str, ...]:
    shares = (kind.precision, kind.recall, kind.ap50, kind.ap)
    return (kind.name, str(kind.objects), str(kind.told), *map(percent, shares))


def _worst_pictures(evaluation: ObjectEvaluation) -> str:
    """Draw the worst pictures: what is there in green, what was told in red."""
    by_image = {each.picture.image_id: each for each in evaluation.inspected}
    figures = [
        _figure(score, by_image[score.image_id], evaluation.drawn[score.image_id], evaluation.metrics.least_confidence)
        for score in evaluation.metrics.worst[:DRAWN]
        if score.image_id in evaluation.drawn
    ]
    return worst_pictures("Green: what is there. Red: what was told.", figures)


def _figure(score: PictureScore, each: Inspected, pixels: Pixels, least_confidence: float) -> str:
    image = Image.fromarray(pixels)
    pen = ImageDraw.Draw(image)
    for true in each.picture.objects:
        _outline(pen, image.size, true.corners, TRUE, true.name)
    for found in each.found:
        if found.confidence >= least_confidence:
            _outline(pen, image.size, found.corners, FOUND, f"{found.name} {found.confidence:.2f}")
    return figure(image, f"{score.image_id}: {score.missed} missed, {score.invented} not there")


def _outline(pen: ImageDraw.ImageDraw, size: tuple[int, int], corners: Corners, colour: Colour, text: str) -> None:
    left, right = sorted((corners[0] * size[0], corners[2] * size[0]))
    top, bottom = sorted((corners[1] * size[1], corners[3] * size[1]))
    outline(pen, ((left, top), (right, top), (right, bottom), (left, bottom)), colour)
    pen.text((left + LINE + 1, top + LINE), text, fill=colour)

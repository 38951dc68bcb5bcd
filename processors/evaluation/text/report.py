"""The reports on a reader of text: for people with the worst pictures drawn, and for programs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from html import escape
from pathlib import Path

from PIL import Image, ImageDraw

from infra.terminal import visible_line
from processors.evaluation.pictures import DRAWN, figure, outline, worst_pictures
from processors.evaluation.reports.html_report import html_page, html_table
from processors.evaluation.reports.markdown_report import markdown_page
from processors.evaluation.reports.report import json_report, write_files
from processors.evaluation.reports.tables import ReportTable, milliseconds, percent, provenance, unreadable_table
from processors.evaluation.run import Unreadable
from processors.evaluation.text.metrics import PictureErrors, ReadPicture, TextMetrics, normalised
from processors.imaging.views import Pixels

SHOWN = 20
FOUND = (220, 40, 40)


@dataclass(frozen=True, slots=True)
class TextEvaluation:
    """What was measured, on what, with what; ``drawn`` holds the worst pictures, by image, as pixels."""

    pipeline: str
    model: str
    source: str
    evaluated_at: str
    metrics: TextMetrics
    read: Sequence[ReadPicture]
    drawn: dict[str, Pixels]
    unreadable: Sequence[Unreadable]


def write_text_reports(evaluation: TextEvaluation, folder: Path) -> None:
    """Write ``report.{md,json,html}`` into ``folder``; raises ``ConfigurationError`` where it cannot be written to."""
    tables = tuple(tables_of(evaluation))
    title, introduction = f"Text read by {evaluation.pipeline}", provenance(evaluation)
    texts = {
        "report.md": markdown_page(title, introduction, tables),
        "report.json": json_report(evaluation),
        "report.html": html_page(title, introduction, (*map(html_table, tables), _worst_pictures(evaluation))),
    }
    write_files(texts, folder)


def tables_of(evaluation: TextEvaluation) -> Iterator[ReportTable]:
    """Yield the summary, then every table that has something in it."""
    yield summary_table(evaluation)
    if worst := evaluation.metrics.worst:
        header = ("picture", "characters", "wrong", "rate", "words", "wrong", "rate")
        yield ReportTable("Worst pictures", header, tuple(map(_row, worst[:SHOWN])))
    if evaluation.unreadable:
        yield unreadable_table(evaluation)


def summary_table(evaluation: TextEvaluation) -> ReportTable:
    """Return the figures that matter most."""
    metrics, times = evaluation.metrics, evaluation.metrics.processing_time_s
    rows = (
        ("pictures", str(metrics.pictures)),
        ("characters", str(metrics.characters)),
        ("character error rate", f"{metrics.character_error_rate:.4f}"),
        ("words", str(metrics.words)),
        ("word error rate", f"{metrics.word_error_rate:.4f}"),
        ("pictures read without an error", str(metrics.pictures - len(metrics.worst))),
        ("mean processing time", milliseconds(metrics.mean_processing_time_s)),
        ("p50 / p90 / p95 / p99", " / ".join(map(milliseconds, (times.p50, times.p90, times.p95, times.p99)))),
        ("unreadable", str(len(evaluation.unreadable))),
    )
    return ReportTable("Summary", ("measure", "value"), rows)


def _row(one: PictureErrors) -> tuple[str, ...]:
    return (
        one.image_id,
        str(one.characters),
        str(one.character_errors),
        percent(one.character_error_rate),
        str(one.words),
        str(one.word_errors),
        percent(one.word_error_rate),
    )


def _worst_pictures(evaluation: TextEvaluation) -> str:
    """Draw the worst pictures with every line that was found, and tell what was read otherwise than it is written."""
    read = {one.transcript.image_id: one for one in evaluation.read}
    figures = [
        _figure(errors, read[errors.image_id], evaluation.drawn[errors.image_id])
        for errors in evaluation.metrics.worst[:DRAWN]
    ]
    return worst_pictures("Red: the lines that were found. Struck out: written, but not read so.", figures)


def _figure(errors: PictureErrors, read: ReadPicture, pixels: Pixels) -> str:
    image = Image.fromarray(pixels)
    pen = ImageDraw.Draw(image)
    for line in read.lines:
        outline(pen, [(x * image.width, y * image.height) for x, y in line.corners], FOUND)
    caption = f"{errors.image_id}: {errors.character_errors} of {errors.characters} characters wrong"
    return figure(image, caption, f"<p>{_differences(read)}</p>")


def _differences(read: ReadPicture) -> str:
    """Return the words as HTML: those that were not read struck out, followed by those that were."""
    written, told = normalised(read.transcript.text).split(), normalised(read.text).split()
    pieces = []
    for kind, start, end, told_start, told_end in SequenceMatcher(None, written, told, autojunk=False).get_opcodes():
        if kind == "equal":
            pieces.append(_words(written[start:end]))
        else:
            pieces += [_marked("del", written[start:end]), _marked("ins", told[told_start:told_end])]
    return " ".join(piece for piece in pieces if piece)


def _marked(mark: str, words: Sequence[str]) -> str:
    return f"<{mark}>{_words(words)}</{mark}>" if words else ""


def _words(words: Sequence[str]) -> str:
    return escape(visible_line(" ".join(words)))

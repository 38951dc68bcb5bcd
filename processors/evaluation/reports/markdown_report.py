"""The report for a repository or a chat: Markdown, its charts as bars of characters."""

from collections.abc import Iterable, Iterator

from infra.terminal import visible_line
from processors.evaluation.evaluation import Evaluation
from processors.evaluation.metrics import Metrics
from processors.evaluation.reports.charts import latency_buckets
from processors.evaluation.reports.tables import ReportTable, percent, provenance, tables_of
from processors.models.calibration.reliability import Calibration

BAR_CHARACTERS = 30
# What Markdown would read as a link, a table's border, emphasis or HTML in the name of a file or label.
SPECIAL = str.maketrans({character: f"\\{character}" for character in "\\`*_[]<>|"})


def markdown_report(evaluation: Evaluation) -> str:
    """Return the whole report."""
    summary, *others = tables_of(evaluation)
    charts = (*_reliabilities(evaluation.metrics), _latency(evaluation))
    return markdown_page(f"Evaluation of {evaluation.pipeline}", provenance(evaluation), (summary, *charts, *others))


def markdown_page(title: str, introduction: str, tables: Iterable[ReportTable]) -> str:
    """Return a page with a heading and tables."""
    parts = [f"# {title}", visible_line(introduction).translate(SPECIAL), *map(_table, tables)]
    return "\n\n".join(parts) + "\n"


def _reliabilities(metrics: Metrics) -> Iterator[ReportTable]:
    yield _reliability("Reliability", metrics.calibration)
    if metrics.uncalibrated != metrics.calibration:
        yield _reliability("Reliability without the card's temperature", metrics.uncalibrated)


def _reliability(title: str, calibration: Calibration) -> ReportTable:
    rows = tuple(
        (f"{each.above:.2f} to {each.up_to:.2f}", str(each.images), percent(each.mean_confidence),
         percent(each.share_correct), _bar(each.share_correct or 0.0))
        for each in calibration.bins
    )  # fmt: skip
    return ReportTable(title, ("confidence", "pictures", "mean confidence", "right", ""), rows)


def _latency(evaluation: Evaluation) -> ReportTable:
    buckets = latency_buckets([row.processing_time_s for row in evaluation.rows])
    most = max(bucket.images for bucket in buckets)
    rows = tuple(
        (f"{each.start_s * 1000:.1f} to {each.end_s * 1000:.1f}", str(each.images), _bar(each.images / most))
        for each in buckets
    )
    return ReportTable("Latency", ("ms", "pictures", ""), rows)


def _table(table: ReportTable) -> str:
    lines = [_line(table.header), _line("---" for _ in table.header)]
    lines += [_line(visible_line(cell).translate(SPECIAL) for cell in row) for row in table.rows]
    return f"## {table.title}\n\n" + "\n".join(lines)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _bar(share: float) -> str:
    return "█" * round(share * BAR_CHARACTERS)

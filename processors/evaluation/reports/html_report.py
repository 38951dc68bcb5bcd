"""The report for a browser: one file that needs no other, its charts drawn within."""

from collections.abc import Iterable
from html import escape

from infra.terminal import visible_line
from processors.evaluation.evaluation import Evaluation
from processors.evaluation.reports.charts import latency_buckets, latency_chart, reliability_chart
from processors.evaluation.reports.tables import ReportTable, provenance, tables_of

STYLE = """
:root { color-scheme: light dark; --bar: #2f6f8f; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: 0 0 2rem; }
th, td { text-align: left; padding: .25rem 1.25rem .25rem 0; border-bottom: 1px solid #8885; overflow-wrap: anywhere; }
.charts { display: flex; flex-wrap: wrap; gap: 2rem; }
figure { margin: 0; flex: 1 1 24rem; }
svg { width: 100%; height: auto; font-size: 12px; fill: currentColor; }
rect { fill: var(--bar); }
.axis { fill: none; stroke: currentColor; }
.ideal { stroke: currentColor; stroke-dasharray: 4 4; }
"""


def html_report(evaluation: Evaluation) -> str:
    """Return a whole page; every text in it is escaped, and nothing is fetched from elsewhere."""
    summary, *others = tables_of(evaluation)
    parts = (html_table(summary), _charts(evaluation), *map(html_table, others))
    return html_page(f"Evaluation of {evaluation.pipeline}", provenance(evaluation), parts)


def html_page(title: str, introduction: str, parts: Iterable[str]) -> str:
    """Return a page with a heading; ``parts`` are HTML already."""
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style></head>\n<body><h1>{escape(title)}</h1><p>{_text(introduction)}</p>"
        f"{''.join(parts)}</body></html>\n"
    )


def _charts(evaluation: Evaluation) -> str:
    metrics = evaluation.metrics
    charts = {"Reliability": reliability_chart(metrics.calibration)}
    if metrics.uncalibrated != metrics.calibration:
        charts["Reliability without the card's temperature"] = reliability_chart(metrics.uncalibrated)
    charts["Latency"] = latency_chart(latency_buckets([row.processing_time_s for row in evaluation.rows]))
    figures = (f"<figure><h2>{escape(title)}</h2>{chart}</figure>" for title, chart in charts.items())
    return f'<div class="charts">{"".join(figures)}</div>'


def html_table(table: ReportTable) -> str:
    """Return a titled table, its cells escaped."""
    header = "".join(f"<th>{escape(cell)}</th>" for cell in table.header)
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(visible_line(cell))}</td>" for cell in row) + "</tr>" for row in table.rows
    )
    return f"<h2>{escape(table.title)}</h2><table><thead><tr>{header}</tr></thead><tbody>{rows}</tbody></table>"


def _text(text: str) -> str:
    """Return text of others for the page: no markup, and nothing that hides or turns what is around it."""
    return escape(visible_line(text))

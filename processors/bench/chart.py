"""Throughput as a bar chart in SVG."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from processors.bench.measures.scale import ScaleReport
from processors.bench.report import Report

WIDTH, LABEL_WIDTH, VALUE_WIDTH = 640, 120, 150
TOP, BAR_HEIGHT, ROW_HEIGHT = 48, 28, 44
GREY, BLUE, GREEN, OCHRE = "#8a8f98", "#2f6fb5", "#1f8a5b", "#b9852f"


@dataclass(frozen=True)
class ThroughputBar:
    """Images a second, and what share of something else that is."""

    name: str
    value: float
    ratio: float
    colour: str


def throughput_chart(report: Report) -> str:
    """Return an SVG document with a bar each for the plain loop, the recogniser alone, the pipeline and the peers."""
    title = f"Images a second; {report.images_per_round} images a round, median of {report.rounds}"
    ours = [
        ThroughputBar("plain loop", report.plain_loop_images_per_s, 1.0, GREY),
        ThroughputBar("recogniser", report.recogniser_images_per_s, report.recogniser_ratio, BLUE),
        ThroughputBar("pipeline", report.pipeline_images_per_s, report.pipeline_ratio, GREEN),
    ]
    peers = [ThroughputBar(name, figures.images_per_s, figures.ratio, OCHRE) for name, figures in report.peers.items()]
    return _chart(title, [*ours, *peers])


def scale_chart(report: ScaleReport) -> str:
    """Return an SVG document with a bar for each number of workers, with its share of as many times one worker."""
    title = f"Images a second by workers; inference is a wait of {report.wait_ms:.0f} ms"
    return _chart(
        title, [ThroughputBar(_count(step.workers), step.images_per_s, step.linearity, BLUE) for step in report.scale]
    )


def _count(workers: int) -> str:
    return "1 worker" if workers == 1 else f"{workers} workers"


def _chart(title: str, bars: Sequence[ThroughputBar]) -> str:
    longest = max(bar.value for bar in bars)
    height = TOP + len(bars) * ROW_HEIGHT
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
            f'height="{height}" role="img" font-family="sans-serif" font-size="14">',
            f"<title>{escape(title)}</title>",
            f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
            f'<text x="12" y="28" font-size="16" fill="#1c1e21">{escape(title)}</text>',
            *(_row(row, bar, longest) for row, bar in enumerate(bars)),
            "</svg>\n",
        ]
    )


def _row(row: int, bar: ThroughputBar, longest: float) -> str:
    y = TOP + row * ROW_HEIGHT
    middle = y + BAR_HEIGHT / 2 + 5
    width = (WIDTH - LABEL_WIDTH - VALUE_WIDTH) * bar.value / longest
    said = f"{bar.value:.1f} ({bar.ratio:.0%})"
    return (
        f'<text x="{LABEL_WIDTH - 12}" y="{middle:.0f}" text-anchor="end" fill="#1c1e21">{escape(bar.name)}</text>'
        f'<rect x="{LABEL_WIDTH}" y="{y}" width="{width:.1f}" height="{BAR_HEIGHT}" fill="{bar.colour}"/>'
        f'<text x="{LABEL_WIDTH + width + 8:.1f}" y="{middle:.0f}" fill="#1c1e21">{said}</text>'
    )

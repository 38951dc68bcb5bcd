"""A benchmark's throughput as a bar chart in SVG."""

from html import escape

from infra.benchmark.report import Report

WIDTH, LABEL_WIDTH, VALUE_WIDTH = 640, 120, 150
TOP, BAR_HEIGHT, ROW_HEIGHT = 48, 28, 44
COLOURS = {"plain loop": "#8a8f98", "recogniser": "#2f6fb5", "pipeline": "#1f8a5b"}
PEER_COLOUR = "#b9852f"


def chart_of(report: Report) -> str:
    """Return an SVG document with a bar each for the plain loop, the recogniser alone, the pipeline and the peers."""
    bars = {
        "plain loop": (report.plain_loop_images_per_s, 1.0),
        "recogniser": (report.recogniser_images_per_s, report.recogniser_ratio),
        "pipeline": (report.pipeline_images_per_s, report.pipeline_ratio),
        **{name: (figures.images_per_s, figures.ratio) for name, figures in report.peers.items()},
    }
    longest = max(value for value, _ in bars.values())
    rows = [_bar(row, name, *bar, longest) for row, (name, bar) in enumerate(bars.items())]
    height = TOP + len(bars) * ROW_HEIGHT
    title = f"Images a second; {report.images_per_round} images a round, median of {report.rounds}"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
            f'height="{height}" role="img" font-family="sans-serif" font-size="14">',
            f"<title>{escape(title)}</title>",
            f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
            f'<text x="12" y="28" font-size="16" fill="#1c1e21">{escape(title)}</text>',
            *rows,
            "</svg>\n",
        ]
    )


def _bar(row: int, name: str, value: float, ratio: float, longest: float) -> str:
    y = TOP + row * ROW_HEIGHT
    middle = y + BAR_HEIGHT / 2 + 5
    colour = COLOURS.get(name, PEER_COLOUR)
    width = (WIDTH - LABEL_WIDTH - VALUE_WIDTH) * value / longest
    return (
        f'<text x="{LABEL_WIDTH - 12}" y="{middle:.0f}" text-anchor="end" fill="#1c1e21">{escape(name)}</text>'
        f'<rect x="{LABEL_WIDTH}" y="{y}" width="{width:.1f}" height="{BAR_HEIGHT}" fill="{colour}"/>'
        f'<text x="{LABEL_WIDTH + width + 8:.1f}" y="{middle:.0f}" fill="#1c1e21">{value:.1f} ({ratio:.0%})</text>'
    )

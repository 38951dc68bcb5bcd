"""The charts of a report: plain bars as SVG, and the numbers behind them."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from processors.models.calibration.reliability import Calibration

WIDTH, HEIGHT, MARGIN = 480, 300, 44
BUCKETS = 24


@dataclass(frozen=True, slots=True)
class Bar:
    """``height`` is a share of the chart's; ``text`` is shown under the pointer."""

    height: float
    text: str


@dataclass(frozen=True, slots=True)
class ConfidenceBucket:
    """How many pictures took from ``start_s`` up to ``end_s``."""

    start_s: float
    end_s: float
    images: int


def latency_buckets(seconds: Sequence[float]) -> list[ConfidenceBucket]:
    """Return buckets of equal width from zero; what is slower than the 99th percentile falls into the last.

    A few slow ones would otherwise squeeze all others into one bucket.
    """
    last = float(np.percentile(seconds, 99))
    counts, edges = np.histogram(np.minimum(seconds, last), bins=BUCKETS, range=(0, last))
    return [
        ConfidenceBucket(float(start), float(end), int(count))
        for start, end, count in zip(edges, edges[1:], counts, strict=False)
    ]


def reliability_chart(calibration: Calibration) -> str:
    """Return how often the answer was right at each confidence; the diagonal is perfect calibration."""
    bars = [
        Bar(
            each.share_correct or 0.0,
            f"confidence {each.above:.2f} to {each.up_to:.2f}: {each.images} pictures"
            + ("" if each.share_correct is None else f", {each.share_correct:.1%} right"),
        )
        for each in calibration.bins
    ]
    diagonal = f'<line class="ideal" x1="{MARGIN}" y1="{HEIGHT - MARGIN}" x2="{WIDTH - MARGIN}" y2="{MARGIN}"/>'
    return _chart("confidence", "right", ("0", "1"), "1", bars, diagonal)


def latency_chart(buckets: Sequence[ConfidenceBucket]) -> str:
    """Return how many pictures took how long."""
    most = max(bucket.images for bucket in buckets)
    bars = [
        Bar(each.images / most, f"{each.start_s * 1000:.1f} to {each.end_s * 1000:.1f} ms: {each.images} pictures")
        for each in buckets
    ]
    ends = (f"{buckets[0].start_s * 1000:.1f}", f"{buckets[-1].end_s * 1000:.1f}")
    return _chart("processing time, ms", "pictures", ends, str(most), bars)


def _chart(x_title: str, y_title: str, ends: tuple[str, str], top: str, bars: Sequence[Bar], over: str = "") -> str:
    left, right, bottom = MARGIN, WIDTH - MARGIN, HEIGHT - MARGIN
    texts = (
        (left, bottom + 16, "start", ends[0]), (right, bottom + 16, "end", ends[1]), (left - 6, MARGIN + 4, "end", top),
        (WIDTH // 2, bottom + 34, "middle", x_title), (left, MARGIN - 14, "middle", y_title),
    )  # fmt: skip
    drawn = "".join(_rectangle(bar, number, len(bars)) for number, bar in enumerate(bars))
    axes = f'<path class="axis" d="M{left} {MARGIN}V{bottom}H{right}"/>'
    words = "".join(
        f'<text x="{x}" y="{y}" text-anchor="{anchor}">{escape(word)}</text>' for x, y, anchor, word in texts
    )
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img">{drawn}{axes}{over}{words}</svg>'


def _rectangle(bar: Bar, number: int, count: int) -> str:
    width = (WIDTH - 2 * MARGIN) / count
    height = bar.height * (HEIGHT - 2 * MARGIN)
    x, y = MARGIN + number * width, HEIGHT - MARGIN - height
    place = f'x="{x + 1:.1f}" y="{y:.1f}" width="{width - 2:.1f}" height="{height:.1f}"'
    return f"<rect {place}><title>{escape(bar.text)}</title></rect>"

"""What the rounds of a benchmark come to."""

from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median

from rich.table import Table


@dataclass(frozen=True)
class Round:
    """One plain loop and one run of the pipeline beside it, in images a second."""

    plain_loop_images_per_s: float
    pipeline_images_per_s: float

    @property
    def ratio(self) -> float:
        return self.pipeline_images_per_s / self.plain_loop_images_per_s


@dataclass(frozen=True)
class Report:
    """Medians over all rounds; ``pipeline_ratio`` is the median of the rounds' own ratios."""

    images_per_round: int
    rounds: int
    plain_loop_images_per_s: float
    pipeline_images_per_s: float
    pipeline_ratio: float
    measured_at: str


def summarise(measured: list[Round], images: int) -> Report:
    """Return the medians."""
    return Report(
        images_per_round=images,
        rounds=len(measured),
        plain_loop_images_per_s=round(median(each.plain_loop_images_per_s for each in measured), 1),
        pipeline_images_per_s=round(median(each.pipeline_images_per_s for each in measured), 1),
        pipeline_ratio=round(median(each.ratio for each in measured), 3),
        measured_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def table_of(measured: list[Round], report: Report) -> Table:
    """The rounds and their medians."""
    table = Table(
        "round", "plain loop", "pipeline", "ratio", title=f"{report.images_per_round} images a round, images/s"
    )
    for number, each in enumerate(measured, 1):
        table.add_row(
            str(number), f"{each.plain_loop_images_per_s:.1f}", f"{each.pipeline_images_per_s:.1f}", f"{each.ratio:.2f}"
        )
    table.add_section()
    table.add_row(
        "median",
        f"{report.plain_loop_images_per_s:.1f}",
        f"{report.pipeline_images_per_s:.1f}",
        f"{report.pipeline_ratio:.2f}",
        style="bold",
    )
    return table

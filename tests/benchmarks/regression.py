"""``make bench-regression``: a short run of ratios, held against those of the last release.

Run it before a change and after it. Each round runs the recogniser and the whole pipeline with plain loops between, as
``vedette bench`` does, but a round is short and there are many, since a shared machine wavers within seconds. A figure
counts as changed where the middle halves of the rounds then and now do not touch: less than that is noise. The exit
code is 1 where a figure got worse. ``--keep`` writes today's figures as those to compare with.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from rich.table import Table

from infra.progress import WorkProgress
from infra.terminal import Console
from processors.bench.commands import fresh_platform
from processors.bench.measures.load import Load
from processors.bench.report import Round
from processors.bench.rounds import run_rounds, warm_up
from processors.imaging.picture_folder import find_pictures

LAST_RELEASE = Path(__file__).with_name("last_release.json")
IMAGES, ROUNDS, WARM_UPS = 500, 7, 4

Figures = Mapping[str, Sequence[float]]


@dataclass(frozen=True)
class Change:
    """One figure by round, then and now; ``more_is_better`` says which way is worse."""

    name: str
    then: Sequence[float]
    now: Sequence[float]
    more_is_better: bool

    @property
    def by(self) -> float:
        """By how much the median grew, 0.05 for five percent."""
        return median(self.now) / median(self.then) - 1

    @property
    def is_noise(self) -> bool:
        """Whether the middle halves of both touch."""
        (low_then, high_then), (low_now, high_now) = middle_half(self.then), middle_half(self.now)
        return low_now <= high_then and low_then <= high_now

    @property
    def is_worse(self) -> bool:
        return not self.is_noise and (self.by < 0) is self.more_is_better


def middle_half(values: Sequence[float]) -> tuple[float, float]:
    """Return the first and the third quartile of at least two values."""
    low, _, high = quantiles(values, n=4, method="inclusive")
    return low, high


def figures_of(rounds: Sequence[Round]) -> Figures:
    """Return each figure by round; those of processor time are to the plain loop's, and the smaller the better."""
    return {
        "recogniser to plain loop": [each.recogniser_ratio for each in rounds],
        "pipeline to plain loop": [each.pipeline_ratio for each in rounds],
        "processor time, recognise": [_cpu_ratio(each, ("recognise",)) for each in rounds],
        "processor time, all": [_cpu_ratio(each, tuple(each.cpu_ms_per_image)) for each in rounds],
    }


def _cpu_ratio(measured: Round, processes: Sequence[str]) -> float:
    spent = measured.cpu_ms_per_image
    return sum(spent[name] for name in processes) / measured.plain_loop_cpu_ms_per_image


def changes(then: Figures, now: Figures) -> list[Change]:
    """Compare each figure of now."""
    return [Change(name, then[name], values, more_is_better="loop" in name) for name, values in now.items()]


def table_of(compared: Sequence[Change]) -> Table:
    """Return what changed, for people."""
    table = Table("figure, median (middle half)", "last release", "now", "change", "")
    for change in compared:
        verdict = "within noise" if change.is_noise else "WORSE" if change.is_worse else "better"
        table.add_row(change.name, _shown(change.then), _shown(change.now), f"{change.by:+.1%}", verdict)
    return table


def _shown(values: Sequence[float]) -> str:
    low, high = middle_half(values)
    return f"{median(values):.3f} ({low:.3f} to {high:.3f})"


def measure(folder: Path, console: Console) -> Figures:
    """Measure on fresh servers."""
    load = Load(folder, find_pictures(folder), IMAGES)
    with fresh_platform(folder, console) as platform, WorkProgress() as progress:
        warm_up(platform, load, progress, WARM_UPS)
        return figures_of(run_rounds(platform, load, ROUNDS, None, progress))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="A folder with pictures, the same as for the last release.")
    parser.add_argument("--keep", action="store_true", help="Write today's figures as those to compare with.")
    asked = parser.parse_args()
    console = Console(highlight=False)
    if not (asked.keep or LAST_RELEASE.exists()):
        raise SystemExit("there is nothing to compare with yet: run it once with --keep, on the last release")
    now = measure(asked.folder.absolute(), console)
    compared = changes(json.loads(LAST_RELEASE.read_text()) if LAST_RELEASE.exists() else now, now)
    console.print(table_of(compared))
    if asked.keep:
        LAST_RELEASE.write_text(json.dumps(now, indent=2) + "\n")
    elif worse := [change.name for change in compared if change.is_worse]:
        raise SystemExit(f"worse than the last release: {', '.join(worse)}")


if __name__ == "__main__":
    main()

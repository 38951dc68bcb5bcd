"""What became of a run's references: counts, a progress bar and a summary of what went wrong."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field

import orjson
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from infra.errors import VedetteError
from producers.references import Refusal
from schemas.images import ImageReference

MAX_REASONS = 50
MAX_EXAMPLES = 3
OTHER_REASONS = "other reasons"
# The bar is drawn ten times a second; telling it of every reference would cost more than publishing does.
PROGRESS_EVERY = 200


@dataclass(slots=True)
class Problem:
    """One reason why references were refused or not confirmed: how many, and the first of them."""

    reason: str
    count: int = 0
    examples: list[str] = field(default_factory=list)


class PublishReport:
    """Counts outcomes; memory stays bounded however many there are."""

    def __init__(self) -> None:
        self.published = 0
        self.refused = 0
        self.failed = 0
        self._problems: dict[str, Problem] = {}
        self._started = time.monotonic()
        self._progress: tuple[Progress, TaskID] | None = None

    @property
    def problems(self) -> list[Problem]:
        """Why references were refused or failed, the most frequent reason first."""
        return sorted(self._problems.values(), key=lambda problem: -problem.count)

    def count_confirmed(self, _reference: ImageReference) -> None:
        self.published += 1
        if self._progress and self.published % PROGRESS_EVERY == 0:
            self._draw(*self._progress)

    def count_failed(self, reference: ImageReference, error: VedetteError) -> None:
        self.failed += 1
        self._add(str(error), reference.public_uri)

    def count_refused(self, refusal: Refusal) -> None:
        self.refused += 1
        self._add(refusal.reason, refusal.source)

    @contextmanager
    def progress(self) -> Iterator[None]:
        """Draw a progress bar on standard error while the block runs, where that is a terminal."""
        console = Console(stderr=True)
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
            self._progress = (bar, bar.add_task("publishing"))
            yield
        self._progress = None

    def show(self, *, as_json: bool) -> None:
        """Print the summary on standard output."""
        if as_json:
            sys.stdout.buffer.write(orjson.dumps(self._facts(), option=orjson.OPT_APPEND_NEWLINE))
            sys.stdout.flush()
            return
        console = Console(highlight=False)
        console.print(self._sentence())
        if self._problems:
            console.print(self._table())

    def _add(self, reason: str, example: str) -> None:
        known = reason if reason in self._problems or len(self._problems) < MAX_REASONS else OTHER_REASONS
        problem = self._problems.setdefault(known, Problem(known))
        problem.count += 1
        if len(problem.examples) < MAX_EXAMPLES:
            problem.examples.append(_printable(example))

    def _draw(self, bar: Progress, task: TaskID) -> None:
        bar.update(task, description=f"{self.published:,} confirmed, {self.refused + self.failed:,} not")

    def _sentence(self) -> str:
        return (
            f"{self.published:,} published, {self.refused:,} refused, {self.failed:,} not confirmed, "
            f"in {time.monotonic() - self._started:.1f} s"
        )

    def _facts(self) -> dict[str, object]:
        seconds = time.monotonic() - self._started
        return {
            "published": self.published,
            "refused": self.refused,
            "failed": self.failed,
            "seconds": round(seconds, 3),
            "references_per_s": round(self.published / seconds, 1),
            "problems": [asdict(problem) for problem in self.problems],
        }

    def _table(self) -> Table:
        table = Table("count", "reason", "for example")
        for problem in self.problems:
            table.add_row(f"{problem.count:,}", escape(problem.reason), escape("\n".join(problem.examples)))
        return table


def _printable(text: str) -> str:
    """Return ``text`` without what no terminal can show: file names may hold any bytes."""
    return text.encode(errors="replace").decode()

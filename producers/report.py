"""What became of a run's references: counts, a progress bar and a summary of what went wrong."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import orjson
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from infra.errors import VedetteError
from infra.manifests.references import Refusal
from infra.terminal import Console, say
from producers.problems import Problems, PublishingProblem
from schemas.images import ImageReference
from schemas.queries import ImageRecord, ImageStatus

# The bar is drawn ten times a second; telling it of every reference would cost more than publishing does.
PROGRESS_EVERY = 200
WANTED = frozenset({ImageStatus.RECOGNISED, ImageStatus.DELETED})


class PublishReport:
    """Counts what was published and, where it is followed, what became of it; memory stays bounded."""

    def __init__(self) -> None:
        self.published = 0
        self.refused = 0
        self.failed = 0
        self.pending = 0
        self._outcomes: Counter[ImageStatus] = Counter()
        self._problems = Problems()
        self._rejections = Problems()
        self._is_followed = False
        self._started = time.monotonic()
        self._publishing_s = 0.0
        self._progress: tuple[Progress, TaskID] | None = None

    @property
    def problems(self) -> list[PublishingProblem]:
        """Why references were refused or failed, the most frequent reason first."""
        return self._problems.ordered()

    @property
    def is_good(self) -> bool:
        """Whether every reference was published and, where outcomes are followed, recognised."""
        missed = self.pending or any(self._outcomes[status] for status in self._outcomes if status not in WANTED)
        return not self._problems and not missed

    def count_confirmed(self, _reference: ImageReference) -> None:
        self.published += 1
        if self.published % PROGRESS_EVERY == 0:
            self._draw(f"{self.published:,} confirmed, {self.refused + self.failed:,} not")

    def count_failed(self, reference: ImageReference, error: VedetteError) -> None:
        self.failed += 1
        self._problems.add(str(error), reference.public_uri)

    def count_refused(self, refusal: Refusal) -> None:
        self.refused += 1
        self._problems.add(refusal.reason, refusal.source)

    def count_outcome(self, record: ImageRecord, status: ImageStatus) -> None:
        """Count what became of one reference."""
        self._outcomes[status] += 1
        if status not in WANTED:
            self._rejections.add(f"{record.reason}: {record.detail}", record.uri or record.image_id)
        self._draw(self._outcomes_so_far())

    def count_pending(self, pending: int) -> None:
        """Take note that outcomes were followed, and that ``pending`` references have none yet."""
        self._is_followed = True
        self.pending = pending

    @contextmanager
    def progress(self, doing: str = "publishing") -> Iterator[None]:
        """Draw a progress bar on standard error while the block runs, where that is a terminal."""
        console = Console(stderr=True)
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
            self._progress = (bar, bar.add_task(doing))
            yield
        self._progress = None
        self._publishing_s = self._publishing_s or time.monotonic() - self._started

    def show(self, *, as_json: bool) -> None:
        """Print the summary on standard output."""
        if as_json:
            say(orjson.dumps(self._facts()).decode())
            return
        console = Console(highlight=False)
        console.print(self._sentence())
        if self._problems:
            console.print(self._problems.table())
        if self._is_followed:
            console.print(self._outcomes_so_far())
        if self._rejections:
            console.print(self._rejections.table())

    def _draw(self, description: str) -> None:
        if self._progress:
            bar, task = self._progress
            bar.update(task, description=description)

    def _sentence(self) -> str:
        return (
            f"{self.published:,} published, {self.refused:,} refused, {self.failed:,} not confirmed, "
            f"in {self._publishing_s:.1f} s"
        )

    def _outcomes_so_far(self) -> str:
        counts = [f"{self._outcomes[status]:,} {status.value}" for status in ImageStatus if self._outcomes[status]]
        return ", ".join([*counts, *([f"{self.pending:,} still pending"] if self.pending else [])]) or "no outcome yet"

    def _facts(self) -> dict[str, object]:
        seconds = self._publishing_s or time.monotonic() - self._started
        facts: dict[str, object] = {
            "published": self.published,
            "refused": self.refused,
            "failed": self.failed,
            "seconds": round(seconds, 3),
            "references_per_s": round(self.published / seconds, 1),
            "problems": self._problems.facts(),
        }
        if self._is_followed:
            facts["outcomes"] = {status.value: count for status, count in self._outcomes.items()}
            facts["pending"] = self.pending
            facts["rejections"] = self._rejections.facts()
        return facts

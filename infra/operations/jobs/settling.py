"""Which items of a job have an outcome by now: looked up chunk by chunk, counted anew, never twice."""

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from typing import Any, Protocol
from uuid import UUID

from infra.operations.jobs.outcomes import ItemOutcomes
from infra.retries import retry_transient
from schemas.records.jobs import CHUNK_ITEMS, ItemOutcome, ItemState, Job, JobItem, JobProgress, Tally

# So many are looked at before more is published.
CHUNKS_A_LOOK = 5


class ItemRecords(Protocol):
    """Where items are kept."""

    async def save_outcomes(self, job_id: UUID, outcomes: Sequence[tuple[int, ItemOutcome]]) -> None: ...
    async def read_items(self, job_id: UUID, first: int, last: int) -> list[JobItem]: ...


class Settling:
    """Counts the outcomes of one job. What is held in memory is a few numbers for each chunk that lacks some."""

    def __init__(self, job: Job, progress: JobProgress, records: ItemRecords, outcomes: ItemOutcomes) -> None:
        self._job = job
        self._records = records
        self._outcomes = outcomes
        self._settled_chunks = progress.settled_chunks
        self._below = progress.settled_tally
        self._open: deque[int] = deque()
        self._tallies: dict[int, Tally] = {}
        self._chunks = progress.settled_chunks
        self.reach(progress.found)

    @property
    def is_done(self) -> bool:
        """Whether every item that was published has an outcome."""
        return not self._open

    def reach(self, found: int) -> None:
        """Take note that there are so many items."""
        chunks = -(-found // CHUNK_ITEMS)
        self._open.extend(range(self._chunks, chunks))
        self._chunks = chunks

    async def look(self, found: int, *, is_complete: bool) -> dict[str, Any]:
        """Look at some chunks in turn; returns what is known by now, as fields of a job's progress.

        ``is_complete`` says that no more items follow, so that the last chunk may be settled too.
        """
        for _ in range(min(CHUNKS_A_LOOK, len(self._open))):
            chunk = self._open.popleft()
            is_full = is_complete or (chunk + 1) * CHUNK_ITEMS <= found
            if not await self._settle(chunk, found) or not is_full:
                self._open.append(chunk)
        self._advance()
        return self._known()

    async def _settle(self, chunk: int, found: int) -> bool:
        """Keep the outcomes of a chunk's items; True where none is missing."""
        job_id = self._job.id
        first, last = chunk * CHUNK_ITEMS + 1, min((chunk + 1) * CHUNK_ITEMS, found)
        items = await retry_transient(lambda: self._records.read_items(job_id, first, last), doing="read a job's items")
        missing = [item for item in items if item.is_open]
        outcomes = await retry_transient(lambda: self._outcomes.look(missing), doing="look for outcomes of a job")
        if outcomes:
            await retry_transient(lambda: self._records.save_outcomes(job_id, outcomes), doing="keep outcomes of a job")
        known = [item.outcome for item in items if item.outcome is not None]
        self._tallies[chunk] = _tally_of([*known, *(outcome for _, outcome in outcomes)])
        return len(outcomes) == len(missing)

    def _advance(self) -> None:
        """Leave behind what is settled without a gap."""
        reached = min(self._open, default=self._chunks)
        for chunk in range(self._settled_chunks, reached):
            self._below += self._tallies.pop(chunk)
        self._settled_chunks = max(self._settled_chunks, reached)

    def _known(self) -> dict[str, Any]:
        progress: dict[str, Any] = {"settled_chunks": self._settled_chunks, "settled_tally": self._below}
        # Until each chunk was looked at again after a restart, a count would be too small.
        if all(chunk in self._tallies for chunk in self._open):
            total = sum(self._tallies.values(), self._below)
            progress |= total.model_dump()
        return progress


def _tally_of(outcomes: Iterable[ItemOutcome]) -> Tally:
    counts = Counter(outcome.state for outcome in outcomes)
    return Tally(
        recognised=counts[ItemState.RECOGNISED], rejected=counts[ItemState.REJECTED], deleted=counts[ItemState.DELETED]
    )

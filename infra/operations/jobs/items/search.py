"""What a search finds, to be recognised once more by the job's pipeline."""

from typing import Protocol

from infra.errors import InvalidCursor
from infra.operations.jobs.items.sources import Entry, JobFailed, Taken
from schemas.images import ImageIdentity
from schemas.queries import ImageRecord, Page, ResultQuery, ResultSummary
from schemas.results import RecognitionResult


class Searchable(Protocol):
    """Where results are found."""

    async def search(self, query: ResultQuery) -> Page[ResultSummary]: ...


class StoredImages(Protocol):
    """Where answers are kept."""

    async def find(self, image_key: str) -> ImageRecord | None: ...
    async def read_answer(self, record: ImageRecord, pipeline: str | None = None) -> RecognitionResult | None: ...


class SearchItems:
    """Images whose outcome is older than the job, newest first: what the job itself brings about is not found again."""

    def __init__(self, query: ResultQuery, index: Searchable, images: StoredImages) -> None:
        """``query`` ends when the job was created."""
        self._query = query
        self._index = index
        self._images = images

    async def read(self, position: str | None, count: int) -> Taken:
        """Return the next images; the position is the cursor of the page after them."""
        try:
            page = await self._index.search(self._query.model_copy(update={"cursor": position or None, "limit": count}))
        except InvalidCursor:
            raise JobFailed("The search cannot be gone on with after an upgrade. Create the job again.") from None
        entries = [await self._entry(found) for found in page.items]
        return Taken(tuple(entries), page.next_cursor or "", is_end=page.next_cursor is None)

    async def _entry(self, found: ResultSummary) -> Entry:
        key = ImageIdentity(owner=found.owner, image_id=found.image_id).image_key
        record = await self._images.find(key)
        answer = None if record is None else await self._images.read_answer(record)
        if answer is None:
            return Entry(found.image_id, problem="The image has no answer any more: it was deleted, or sent again.")
        return Entry(found.image_id, replayed=answer)

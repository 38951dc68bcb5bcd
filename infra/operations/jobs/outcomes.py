"""What became of items that were published, as the stores tell it."""

from collections.abc import Sequence
from typing import Protocol

from infra.operations.answers import outcome_since
from schemas.dead_letters import DeadLetter
from schemas.images import ImageIdentity, Origin
from schemas.queries import ImageRecord, ImageStatus
from schemas.records.jobs import ItemOutcome, ItemState, Job, JobItem
from schemas.results import RecognitionResult

STATES = {
    ImageStatus.RECOGNISED: ItemState.RECOGNISED,
    ImageStatus.REJECTED: ItemState.REJECTED,
    ImageStatus.DISCARDED: ItemState.REJECTED,
    ImageStatus.DELETED: ItemState.DELETED,
}


class OutcomeStore(Protocol):
    """Where it is kept how far each image has come."""

    async def find_many(self, image_keys: Sequence[str]) -> Sequence[ImageRecord]: ...
    async def read_answer(self, record: ImageRecord, pipeline: str | None = None) -> RecognitionResult | None: ...
    async def find_rejection(self, origin: Origin) -> DeadLetter | None: ...


def key_of(job: Job, item: JobItem) -> str:
    """Return the key under which the stores keep the item's image."""
    return ImageIdentity(owner=job.owner, image_id=item.image_id or "").image_key


class ItemOutcomes:
    """Looks up the outcomes of one job's items."""

    def __init__(self, job: Job, images: OutcomeStore) -> None:
        self._job = job
        self._images = images

    async def look(self, items: Sequence[JobItem]) -> list[tuple[int, ItemOutcome]]:
        """Return the outcomes that there are, each with its item's number."""
        keys = list(dict.fromkeys(key_of(self._job, item) for item in items))
        records = {record.image_key: record for record in await self._images.find_many(keys)}
        found: list[tuple[int, ItemOutcome]] = []
        for item in items:
            record = records.get(key_of(self._job, item))
            outcome = await self._outcome(item, record)
            found += [] if outcome is None else [(item.number, outcome)]
        return found

    async def _outcome(self, item: JobItem, record: ImageRecord | None) -> ItemOutcome | None:
        if item.published is None:
            return None
        if item.answers is not None:
            return await self._replayed(item, item.answers, item.published, record)
        status = None if record is None else outcome_since(record, item.published.appended_at_ms)
        if record is None or status is None:
            return None
        if STATES[status] is not ItemState.REJECTED:
            return ItemOutcome(state=STATES[status])
        return ItemOutcome(state=ItemState.REJECTED, reason=record.reason, detail=record.detail)

    async def _replayed(
        self, item: JobItem, answers: Origin, published: Origin, record: ImageRecord | None
    ) -> ItemOutcome | None:
        """Of an answer that is given anew the image's own status tells nothing."""
        if record is None or record.status is ImageStatus.DELETED:
            return ItemOutcome(state=ItemState.DELETED)
        answer = await self._images.read_answer(record, self._job.pipeline)
        if answer is not None and answer.origin.version >= answers.version:
            return ItemOutcome(state=ItemState.RECOGNISED)
        letter = await self._images.find_rejection(published)
        if letter is None:
            return None
        return ItemOutcome(state=ItemState.REJECTED, reason=letter.reason, detail=letter.detail)

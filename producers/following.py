"""Follow published references to their outcomes, in Cassandra."""

import asyncio
import contextlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from infra.cassandra.images.results import ResultStore
from infra.operations.answers import outcome_since
from infra.retries import retry_outage
from infra.settings.servers import CassandraSettings
from infra.slices import in_slices
from schemas.images import ImageReference, Origin
from schemas.queries import ImageRecord, ImageStatus

POLL_INTERVAL_S = 0.5
ASKED_AT_ONCE = 200

Tell = Callable[[ImageRecord, ImageStatus], None]


class ImageStatuses(Protocol):
    """Where it is kept how far each image has come."""

    async def find_many(self, image_keys: Sequence[str]) -> Sequence[ImageRecord]: ...


@dataclass(frozen=True, slots=True)
class FollowedReference:
    """A reference that Kafka has: the image, and when it was appended."""

    image_key: str
    appended_at_ms: int

    def outcome_in(self, record: ImageRecord) -> ImageStatus | None:
        """Return what became of the reference, or of a newer one to the same image; None while it has no outcome."""
        return outcome_since(record, self.appended_at_ms)


class Followed:
    """The references of a run that have no outcome yet; a newer one takes the place of an older to the same image."""

    def __init__(self) -> None:
        self._pending: dict[str, FollowedReference] = {}

    def __len__(self) -> int:
        return len(self._pending)

    def add(self, reference: ImageReference, place: Origin) -> None:
        """Follow a reference that Kafka has confirmed."""
        key = reference.identity.image_key
        self._pending[key] = FollowedReference(key, place.appended_at_ms)

    async def until_settled(self, images: ImageStatuses, tell: Tell, timeout_s: float) -> int:
        """Tell of every outcome as it comes; returns how many have none after ``timeout_s``.

        Waits while Cassandra does not answer.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._settle_all(images, tell)
        return len(self._pending)

    async def _settle_all(self, images: ImageStatuses, tell: Tell) -> None:
        await self._look(images, tell)
        while self._pending:
            await asyncio.sleep(POLL_INTERVAL_S)
            await self._look(images, tell)

    async def _look(self, images: ImageStatuses, tell: Tell) -> None:
        for keys in in_slices(list(self._pending), ASKED_AT_ONCE):
            records = await retry_outage(lambda keys=keys: images.find_many(keys), doing="look for outcomes")  # type: ignore[misc]
            self._settle(_by_key(records), keys, tell)

    def _settle(self, records: Mapping[str, ImageRecord], keys: Collection[str], tell: Tell) -> None:
        for key in keys:
            record = records.get(key)
            outcome = None if record is None else self._pending[key].outcome_in(record)
            if record is not None and outcome is not None:
                del self._pending[key]
                tell(record, outcome)


def _by_key(records: Sequence[ImageRecord]) -> dict[str, ImageRecord]:
    return {record.image_key: record for record in records}


async def follow(cassandra: CassandraSettings, followed: Followed, tell: Tell, timeout_s: float) -> int:
    """Follow references in the Cassandra of these settings; returns how many have no outcome after ``timeout_s``."""
    store = await ResultStore.connect(cassandra)
    try:
        return await followed.until_settled(store, tell, timeout_s)
    finally:
        await store.close()

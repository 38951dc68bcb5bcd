"""Which of the outcomes that a client has missed still stand: what was deleted since is told to nobody any more."""

import time
from collections.abc import Callable, Sequence
from typing import Protocol

from api.live.outcomes.entries import Entry
from schemas.images import ImageIdentity
from schemas.messages.live import OutcomeKind
from schemas.queries import ImageRecord

# Clients that come back together ask once.
KEPT_S = 2.0


class KnownImages(Protocol):
    """How far images have come."""

    async def find_many(self, image_keys: Sequence[str]) -> Sequence[ImageRecord]: ...


class Standing:
    """The topics hold outcomes of deleted images until their retention time is over; the stores do not."""

    def __init__(self, images: KnownImages, now: Callable[[], float] = time.monotonic) -> None:
        self._images = images
        self._now = now

    async def among(self, entries: Sequence[Entry]) -> list[Entry]:
        """Return those that stand, and every deletion; raises ``TransientError`` where the store does not answer."""
        now = self._now()
        doubtful = [(key, entry) for entry in entries if (key := _key_of(entry, now)) is not None]
        if doubtful:
            records = await self._images.find_many(list(dict.fromkeys(key for key, _ in doubtful)))
            deleted = {record.image_key: record.deleted_version for record in records}
            for key, entry in doubtful:
                _judge(entry, deleted.get(key), now)
        return [entry for entry in entries if not entry.is_gone]


def _judge(entry: Entry, deleted_version: int | None, now: float) -> None:
    sequence = 0 if entry.outcome is None else entry.outcome.sequence
    entry.is_gone = deleted_version is not None and sequence <= deleted_version
    entry.looked_up_at = now


def _key_of(entry: Entry, now: float) -> str | None:
    """Return the key of the image that has to be looked up; None where it has not."""
    outcome = entry.outcome
    if outcome is None or outcome.event is OutcomeKind.DELETED or entry.is_gone:
        return None
    if entry.looked_up_at is not None and now - entry.looked_up_at < KEPT_S:
        return None
    return ImageIdentity(owner=outcome.owner, image_id=outcome.image_id).image_key

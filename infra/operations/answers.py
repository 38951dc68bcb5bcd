"""What counts of what is kept about one image: its outcome, the answer that is shown, and how both are told."""

import asyncio
from typing import Protocol

from schemas.queries import ImageRecord, ImageStatus, ImageView
from schemas.results import RecognitionResult, VersionedName


class StoredAnswers(Protocol):
    """Where answers are kept."""

    async def read_answer(self, record: ImageRecord, pipeline: str | None = None) -> RecognitionResult | None: ...


class Promotions(Protocol):
    """Knows which pipeline is promoted."""

    async def find_promoted(self) -> VersionedName: ...


async def find_answer(images: StoredAnswers, pipelines: Promotions, record: ImageRecord) -> RecognitionResult | None:
    """Return the answer to the image's newest reference: the promoted pipeline's, where that has answered it too."""
    promoted, newest = await asyncio.gather(pipelines.find_promoted(), images.read_answer(record))
    if promoted != record.pipeline:
        answer = await images.read_answer(record, promoted)
        if answer is not None and answer.origin.version == record.recognised_version:
            return answer
    return newest


def outcome_since(record: ImageRecord, appended_at_ms: int) -> ImageStatus | None:
    """Return what became of a reference that was appended then, or of a newer one; None while it has no outcome."""
    outcomes = (record.recognised_version, record.rejected_version, record.discarded_version, record.deleted_version)
    newest = max((version for version in outcomes if version is not None), default=-1)
    # Versions are in microseconds, and never before the moment at which the reference was appended.
    if newest < appended_at_ms * 1000 or record.status is ImageStatus.PENDING:
        return None
    return record.status


def view_of(record: ImageRecord, result: RecognitionResult | None = None) -> ImageView:
    """Return what is to be shown: of earlier outcomes nothing, since the newest reference decides."""
    rejected = record.status in (ImageStatus.REJECTED, ImageStatus.DISCARDED)
    recognised = record.status is ImageStatus.RECOGNISED
    return ImageView(
        owner=record.owner,
        image_id=record.image_id,
        status=record.status,
        uri=record.uri,
        accepted_at=record.accepted_at or record.announced_at,
        recognised_at=record.recognised_at if recognised else None,
        rejected_at=record.rejected_at if rejected else None,
        reason=record.reason if rejected else None,
        detail=record.detail if rejected else None,
        result=result,
    )

"""An image as callers see it, from the record that the store keeps."""

from schemas.queries import ImageRecord, ImageStatus, ImageView
from schemas.results import RecognitionResult


def view_of(record: ImageRecord, result: RecognitionResult | None = None) -> ImageView:
    """Return what is to be shown: of earlier outcomes nothing, since the newest reference decides."""
    rejected = record.status is ImageStatus.REJECTED
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

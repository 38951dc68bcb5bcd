"""The life of an image as callers see it, from the record that the store keeps."""

from collections.abc import Iterable, Iterator

from schemas.queries import ImageRecord, Stage, TimelineEntry
from schemas.results import RecognitionResult


def timeline_of(record: ImageRecord, results: Iterable[RecognitionResult]) -> tuple[TimelineEntry, ...]:
    """Return what is known to have happened to the image, the oldest first."""
    return tuple(sorted((*_stages(record), *map(_answered, results)), key=lambda entry: entry.at))


def _stages(record: ImageRecord) -> Iterator[TimelineEntry]:
    if record.announced_at is not None:
        yield TimelineEntry(stage=Stage.ANNOUNCED, at=record.announced_at)
    if record.accepted_at is not None:
        yield TimelineEntry(stage=Stage.ACCEPTED, at=record.accepted_at, origin=record.accepted_origin)
    if record.rejected_at is not None:
        yield TimelineEntry(
            stage=Stage.REJECTED,
            at=record.rejected_at,
            origin=record.rejected_origin,
            reason=record.reason,
            detail=record.detail,
        )
    if record.discarded_at is not None:
        yield TimelineEntry(stage=Stage.DISCARDED, at=record.discarded_at)
    if record.deleted_at is not None:
        yield TimelineEntry(stage=Stage.DELETED, at=record.deleted_at)


def _answered(result: RecognitionResult) -> TimelineEntry:
    return TimelineEntry(
        stage=Stage.RECOGNISED, at=result.recognised_at, origin=result.origin.name, pipeline=result.pipeline
    )

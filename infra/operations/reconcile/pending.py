"""Images that Cassandra knows and that have no outcome there: whether any topic still holds their reference."""

from collections.abc import Mapping
from dataclasses import dataclass

from infra.kafka.topic_reader import Partition
from infra.operations.reconcile.records.records import NO_KEY, Kind, TraceRecord, place_of
from infra.operations.reconcile.records.stored_records import PendingImage
from infra.operations.reconcile.unread import UnreadRanges
from infra.operations.reconcile.window import Spans, Window
from schemas.images import Origin


@dataclass(frozen=True)
class Reading:
    """What the topics held when they were read, and which part of that was judged."""

    held: Spans
    judged: Spans


class PendingImages:
    """Turns images without an outcome into records of what might be lost."""

    def __init__(self, asked: Window, unread: UnreadRanges) -> None:
        """``asked`` is the window that was asked for: what the topics have forgotten does not matter here."""
        self._asked = asked
        self._unread = unread

    def record(self, image: PendingImage, reading: Reading, ends: Mapping[Partition, int]) -> TraceRecord | None:
        """Return what there is to look at; None for an image that is not asked for or still on its way.

        ``ends`` are those of the topics after Cassandra was read: what came meanwhile is on its way.
        """
        if not self._is_asked_for(image):
            return None
        if image.origin is None:
            made_anew_at = self._unread.topics_made_anew_at
            lost = made_anew_at is not None and image.sent_at < made_anew_at
            return (
                TraceRecord(Kind.ROW_ANNOUNCED, image.key, int(image.sent_at.timestamp() * 1_000_000)) if lost else None
            )
        place = place_of(image.origin)
        if place is None or _is_held_elsewhere(image.origin, reading, ends):
            return None
        return TraceRecord(Kind.ROW_ACCEPTED, NO_KEY, image.origin.version, place)

    def _is_asked_for(self, image: PendingImage) -> bool:
        since, until, owner = self._asked.since, self._asked.until, self._asked.owner
        return (
            owner in (None, image.owner)
            and (since is None or image.sent_at >= since)
            and (until is None or image.sent_at < until)
        )


def _is_held_elsewhere(origin: Origin, reading: Reading, ends: Mapping[Partition, int]) -> bool:
    """Whether a topic holds the reference, but not where it was read: outside of the window, or since then."""
    at = (origin.topic, origin.partition)
    held, judged = reading.held.get(at), reading.judged.get(at)
    if held is None or judged is None:
        return False
    came_meanwhile = held.end <= origin.offset < ends.get(at, 0)
    left_out = held.start <= origin.offset < judged.start or judged.end <= origin.offset < held.end
    return came_meanwhile or left_out

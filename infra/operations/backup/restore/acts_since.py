"""The acts since a backup: what topic ``activity`` still holds of them, and what the audit trail in Cassandra does."""

from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import ValidationError

from infra.kafka.topic_log import TopicLog
from infra.kafka.topic_reader import Partition, Span
from infra.operations.audit.chain import PublishedAct
from infra.operations.audit.listing import Chains
from infra.operations.audit.topic import ask_topic_id, read_published
from infra.operations.backup.restore.taken_away import Told
from infra.settings.servers import KafkaSettings
from schemas.activity import AuditEvent
from schemas.records.backups import Manifest
from schemas.topics import ACTIVITY

# An act is recorded before it is done: one that was recorded so long before the backup may be missing in its tables.
# Clocks may differ as well.
MARGIN = timedelta(minutes=15)


@dataclass(frozen=True)
class ActsSince:
    """The acts that are known, and why some may not be: nothing where all are."""

    told: tuple[Told, ...]
    gap: str | None = None


def acts_on_topic(settings: KafkaSettings, manifest: Manifest) -> ActsSince:
    """Return the acts since the backup that the topic holds now, and whether it reaches back that far; blocks.

    Raises ``TransientError`` where no broker answers, and ``ConfigurationError`` where they refuse.
    """
    topic_id = ask_topic_id(settings, ACTIVITY)
    with closing(TopicLog(settings)) as log:
        spans = log.spans([ACTIVITY])
        begins = log.offsets_at(manifest.begun_at - MARGIN, list(spans))
        reached = _acknowledged(manifest)
        first = {at: min(begins[at], reached.get(at, begins[at])) for at in spans}
        wanted = {at: Span(max(span.start, first[at]), span.end) for at, span in spans.items()}
        messages = list(log.read(wanted))
        gap = _gap(manifest, topic_id, spans, begins, reached)
    # Nobody can tell which acts stand among messages that are too large to be read.
    too_large = [message for message in messages if message.unread is not None]
    published = [read_published(message) for message in messages]
    told, unread = _told(one for one in published if one is not None)
    return ActsSince(told, gap or _unreadable(unread + len(too_large)))


async def acts_in_trail(trail: Chains, manifest: Manifest) -> tuple[Told, ...]:
    """Return the acts since the backup that the audit trail holds: it may reach further back than the topic."""
    since = manifest.begun_at - MARGIN
    published = []
    for chain in await trail.chains():
        async for entry in trail.newest_first(chain):
            if entry.appended_at < since:
                break
            published.append(entry.published)
    return _told(published)[0]


def _acknowledged(manifest: Manifest) -> dict[Partition, int]:
    """Return up to where any group had read the topic when the backup was begun: it ended there, or later."""
    reached: dict[Partition, int] = {}
    for one in manifest.offsets:
        if one.topic == ACTIVITY:
            at = (one.topic, one.partition)
            reached[at] = max(one.offset, reached.get(at, 0))
    return reached


def _gap(
    manifest: Manifest,
    topic_id: str,
    spans: Mapping[Partition, Span],
    begins: Mapping[Partition, int],
    reached: Mapping[Partition, int],
) -> str | None:
    """Return what of the acts since the backup the topic no longer holds."""
    if manifest.topic_ids.get(ACTIVITY, topic_id) != topic_id:
        return f"topic {ACTIVITY} was made anew since the backup"
    forgotten = [
        f"{at[0]}:{at[1]}"
        for at, span in sorted(spans.items())
        if span.start > 0 and not (span.start <= reached.get(at, -1) or span.start < begins[at])
    ]
    missing = sorted(f"{at[0]}:{at[1]}" for at, end in reached.items() if at not in spans or spans[at].end < end)
    if not forgotten and not missing:
        return None
    return f"{', '.join([*forgotten, *missing])} no longer holds what came since the backup"


def _told(published: Iterable[PublishedAct]) -> tuple[tuple[Told, ...], int]:
    """Return the acts of messages, and how many cannot be read; what is no event of the platform's is none of them."""
    told, unread = [], 0
    for one in published:
        if one.event is None:
            continue
        try:
            event = AuditEvent.model_validate_json(one.event)
        except ValidationError:
            unread += 1
        else:
            told.append(Told(datetime.fromtimestamp(one.appended_at_ms / 1000, UTC), event))
    return tuple(told), unread


def _unreadable(count: int) -> str | None:
    what = "messages of the audit topic since the backup cannot be read: too large, or of a newer version of Vedette"
    return f"{count} {what}" if count else None

"""The dead letters that stand for messages which were deleted before a consumer group had read them."""

import platform
from collections.abc import Iterator
from datetime import UTC, datetime

from infra.kafka.event_bus import Record
from infra.kafka.groups.gaps import Gap, Start
from schemas.dead_letters import Reason, Rejection, encode_headers
from schemas.images import Origin
from schemas.messages.commit_notes import Place
from schemas.topics import DEAD_LETTERS


def gap_letters(group: str, place: Place, start: Start, noticed_at_ms: int) -> Iterator[Record]:
    """Yield one dead letter for each gap; told twice with the same time they have the same names.

    ``noticed_at_ms`` stands for the time at which the messages were appended, which nobody knows any more.
    """
    for number, gap in enumerate(start.gaps):
        rejection = _rejection(group, place, gap, noticed_at_ms + number)
        yield Record(DEAD_LETTERS, None, rejection.key.encode(), encode_headers(rejection, ()))


def _rejection(group: str, place: Place, gap: Gap, noticed_at_ms: int) -> Rejection:
    topic, partition = place
    return Rejection(
        reason=Reason.EXPIRED_UNREAD,
        detail=_describe(group, place, gap),
        origin=Origin(topic=topic, partition=partition, offset=gap.first, appended_at_ms=noticed_at_ms),
        last_offset=gap.last,
        group=group,
        topic_id=gap.topic_id,
        host=platform.node(),
        rejected_at=datetime.fromtimestamp(noticed_at_ms / 1000, UTC),
    )


def _describe(group: str, place: Place, gap: Gap) -> str:
    topic, partition = place
    if gap.last is None:
        return (
            f"Topic {topic} was deleted and made anew: what {group} had not read of its partition {partition} is lost. "
            "Publish those messages again."
        )
    return (
        f"Kafka deleted the messages {gap.first} to {gap.last} of topic {topic}, partition {partition}, before {group} "
        "had read them. Publish them again."
    )

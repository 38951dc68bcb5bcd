"""The images that findings are about, looked up in Kafka at the end: nobody's name has to be remembered before."""

from collections.abc import Iterator, Sequence

from infra.kafka.topic_log import TopicLog
from infra.kafka.topic_reader import Span
from infra.operations.reconcile.findings import Findings
from infra.operations.reconcile.records.records import TOPIC_NAMES, MessagePlace
from schemas.images import ImageIdentity
from schemas.records.reconciliation import Finding
from schemas.wire import identity_named

# Each is a request to Kafka.
MOST_NAMED = 100


def name_findings(findings: Findings, log: TopicLog) -> tuple[Finding, ...]:
    """Return what was found, with the images' names for the first of it."""
    names = [_identity(place, log) for place, _ in findings.told[:MOST_NAMED]]
    return tuple(_named(findings.told, names))


def _named(
    told: Sequence[tuple[MessagePlace, tuple[str, ...]]], names: Sequence[ImageIdentity | None]
) -> Iterator[Finding]:
    for number, (place, missing_from) in enumerate(told):
        identity = names[number] if number < len(names) else None
        yield Finding(
            origin=place.name,
            owner=identity.owner if identity else None,
            image_id=identity.image_id if identity else None,
            missing_from=missing_from,
        )


def _identity(place: MessagePlace, log: TopicLog) -> ImageIdentity | None:
    """Return whom the message names; None where the topic holds it no more, or another one of a topic made anew."""
    at = (TOPIC_NAMES[place.topic], place.partition)
    if not log.holds(at, place.offset):
        return None
    for message in log.read({at: Span(place.offset, place.offset + 1)}):
        if message.origin.appended_at_ms == place.appended_at_ms:
            return identity_named(message.value)
    return None

"""Topic ``activity`` as the audit trail sees it: its id, and what it still holds."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from confluent_kafka import KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient

from infra.errors import ConfigurationError, OutsideSystem, TransientError
from infra.kafka.event_bus import REQUEST_TIMEOUT_S, client_configuration
from infra.kafka.topic_log import TopicLog
from infra.kafka.topic_messages import TopicMessage
from infra.kafka.topic_reader import Span
from infra.operations.audit.chain import PublishedAct, read_message, read_unread
from infra.operations.audit.writer import chain_of
from infra.settings.servers import KafkaSettings
from schemas.records.audit import AuditQuery
from schemas.topics import ACTIVITY, AUDIT_GROUP

NO_LOGS = 0


def ask_topic_id(settings: KafkaSettings, topic: str) -> str:
    """Return the id that Kafka gave the topic when it was made; blocks.

    Raises ``TransientError`` where no broker answers, or where there is no such topic yet, and ``ConfigurationError``
    where they refuse.
    """
    admin = AdminClient({**client_configuration(settings), "log_level": NO_LOGS})
    try:
        described = admin.describe_topics(TopicCollection([topic]), request_timeout=REQUEST_TIMEOUT_S)
        return str(described[topic].result(timeout=REQUEST_TIMEOUT_S).topic_id)
    except KafkaException as error:
        problem = error.args[0]
        if "AUTHORIZATION" in problem.name():
            raise ConfigurationError(f"Kafka refuses to describe {topic}: {problem.str()}: check its ACLs") from None
        raise TransientError(
            f"Kafka does not tell the id of {topic}: {problem.str()}", part=OutsideSystem.KAFKA
        ) from None


@dataclass(frozen=True)
class KeptPart:
    """What the topic still holds of one partition, up to where the audit worker has acknowledged it."""

    log: TopicLog
    partition: int
    start: int
    end: int

    def read(self) -> Iterator[PublishedAct]:
        """Yield what belongs into the audit trail, in its order; blocks."""
        for message in self.log.read({(ACTIVITY, self.partition): Span(self.start, self.end)}):
            if (published := read_published(message)) is not None:
                yield published


def read_published(message: TopicMessage) -> PublishedAct | None:
    """Return what a message adds to the trail; None for events of the platform's other kinds."""
    offset, at_ms = message.origin.offset, message.origin.appended_at_ms
    if message.unread is not None:
        return read_unread(offset, at_ms, message.unread)
    return read_message(offset, at_ms, message.headers, message.value)


@contextmanager
def kept_parts(settings: KafkaSettings, span: AuditQuery) -> Iterator[dict[str, KeptPart]]:
    """Give, by chain, what the topic holds within ``span``; raises ``TransientError`` where no broker answers."""
    topic_id = ask_topic_id(settings, ACTIVITY)
    with closing(TopicLog(settings)) as log:
        spans = log.spans([ACTIVITY])
        places = list(spans)
        ends = log.acknowledged(AUDIT_GROUP, places)
        starts = {at: spans[at].start for at in places} if span.since is None else log.offsets_at(span.since, places)
        if span.until is not None:
            untils = log.offsets_at(span.until, places)
            ends = {at: min(end, untils[at]) for at, end in ends.items()}
        yield {
            chain_of(topic_id, at[1]): KeptPart(
                log, at[1], max(starts[at], spans[at].start), min(ends[at], spans[at].end)
            )
            for at in places
        }

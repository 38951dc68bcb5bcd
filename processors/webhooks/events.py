"""What a batch of messages has endpoints told: one new delivery for each event and each endpoint that wants it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from infra.elasticsearch.matching.outcomes import ReadOutcome
from infra.elasticsearch.result_queries import read_summary
from processors.streams.delivery import Message
from processors.webhooks.directory import EndpointDirectory
from schemas.images import Origin
from schemas.messages.job_endings import JobFinished, parse_job_finished
from schemas.messages.live import OutcomeKind
from schemas.messages.topic_owners import TopicOwners
from schemas.topics import JOB_ENDINGS
from schemas.webhooks.deliveries import Delivery, DeliveryState, delivery_id_of, message_id_of
from schemas.webhooks.endpoints import Endpoint
from schemas.webhooks.events import WebhookEvent, image_event, job_event

# By how much the clocks of the API and the brokers may differ.
CLOCKS_DIFFER_MS = 5_000

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class NewDelivery:
    """A delivery of which nothing is known to have been tried."""

    delivery: Delivery
    body: str


class EventReader:
    """Reads results, deletions, dead letters and ends of jobs."""

    def __init__(self, directory: EndpointDirectory, owners: TopicOwners) -> None:
        self._directory = directory
        self._owners = owners

    def read(self, messages: Sequence[Message]) -> list[NewDelivery]:
        """Return the deliveries that ``messages`` cause; what is no event of ours causes none.

        Those who administer the platform are told of it by both stores.
        """
        heard = [message for message in messages if message.unread is None and self._may_be_heard(message.origin)]
        return [new for message in heard for new in self._of_message(message)]

    def _may_be_heard(self, origin: Origin) -> bool:
        """Whether anybody listened by then: a long history is passed over unread."""
        since = self._directory.since
        return since is not None and _is_by(since, origin)

    def _of_message(self, message: Message) -> Iterator[NewDelivery]:
        if message.origin.topic == JOB_ENDINGS:
            return self._of_job(message)
        return self._of_image(ReadOutcome(message.origin, message.value, message.headers, self._owners))

    def _of_image(self, read: ReadOutcome) -> Iterator[NewDelivery]:
        outcome = read.outcome
        if outcome is None:
            return
        wanting = [one.endpoint for one in self._directory.of(outcome.owner) if one.wanted.wants(read)]
        wanting = [one for one in wanting if _was_there(one, read.origin)]
        if wanting:
            summary = read_summary(dict(read.document)) if outcome.event is OutcomeKind.RECOGNISED else None
            yield from _deliveries(wanting, image_event(outcome, summary), outcome.id, outcome.image_id, read.origin)

    def _of_job(self, message: Message) -> Iterator[NewDelivery]:
        finished = _finished(message)
        if finished is None:
            return
        listeners = self._directory.of(finished.owner)
        wanting = [one.endpoint for one in listeners if one.wants_jobs and _was_there(one.endpoint, message.origin)]
        event_id = f"{finished.job_id}:finished"
        yield from _deliveries(wanting, job_event(finished), event_id, finished.job_id, message.origin)


def _finished(message: Message) -> JobFinished | None:
    try:
        return parse_job_finished(message.value or b"")
    except ValueError:
        log.warning("no_end_of_a_job", at=message.origin.name)
        return None


def _was_there(endpoint: Endpoint, origin: Origin) -> bool:
    """Whether the endpoint was there when the event was told: history is not told to a new one."""
    return _is_by(endpoint.created_at, origin)


def _is_by(moment: datetime, origin: Origin) -> bool:
    return moment.timestamp() * 1000 <= origin.appended_at_ms + CLOCKS_DIFFER_MS


def _deliveries(
    endpoints: Sequence[Endpoint], event: WebhookEvent, event_id: str, subject: str, origin: Origin
) -> Iterator[NewDelivery]:
    # The same bytes for all: each endpoint's signature is its own.
    body = event.model_dump_json(exclude_none=True)
    for endpoint in endpoints:
        yield new_delivery(endpoint, body, {"type": event.type, "subject": subject}, event_id, origin)


def new_delivery(endpoint: Endpoint, body: str, told: Mapping[str, str], event_id: str, origin: Origin) -> NewDelivery:
    """Return the delivery of one event, told by the message at ``origin``, to one endpoint."""
    delivery = Delivery(
        id=delivery_id_of(endpoint.id, event_id, origin.appended_at_ms),
        endpoint_id=endpoint.id,
        owner=endpoint.owner,
        message_id=message_id_of(endpoint.id, event_id),
        type=told["type"],
        subject=told["subject"],
        created_at=origin.appended_at,
        state=DeliveryState.DUE,
    )
    return NewDelivery(delivery, body)

"""Publish image references from a Python program: confirmed by the broker, partitioned as in every other language."""

import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Literal, Self

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from infra.errors import ConfigurationError, TransientError, VedetteError
from infra.kafka.confirmation import PublishFailed, place_of, publish_error
from infra.kafka.event_bus import REQUEST_TIMEOUT_S, producer_configuration
from infra.kafka.logins import LoginWatch, list_topics
from infra.settings.servers import KafkaSettings
from schemas.images import ImageReference, Origin
from schemas.messages.cloud_events import REFERENCE_TYPE, headers_for
from schemas.topics import IMAGE_REFERENCES, IMAGE_REFERENCES_BATCH, MAX_REFERENCE_BYTES

Priority = Literal["normal", "batch"]
TOPIC_OF_PRIORITY: dict[Priority, str] = {"normal": IMAGE_REFERENCES, "batch": IMAGE_REFERENCES_BATCH}
LINGER_MS = 5
FULL_QUEUE_POLL_S = 0.1
LEAVE_TIMEOUT_S = 10.0

OnConfirmed = Callable[[ImageReference, Origin], None]
OnFailed = Callable[[ImageReference, VedetteError], None]


@dataclass(frozen=True, slots=True)
class PublishSummary:
    """How many references the broker confirmed and how many it did not take."""

    confirmed: int
    failed: int


class ImagePublisher:
    """Publishes references and counts each one once the broker has it on all in-sync replicas.

    ``kafka`` is the settings' section or just bootstrap servers. Use it as a context manager, from one thread::

        with ImagePublisher("broker:9092", source="shop/importer") as publisher:
            publisher.publish(ImageReference(owner="shop", uri="s3://shop/a.jpg"))

    ``on_confirmed``, which is told where the reference stands, and ``on_failed`` are called from within ``publish`` and
    ``flush``, in the caller's thread. A failure is never silent: without ``on_failed``, ``flush`` and the end of the
    ``with`` block raise it.
    """

    def __init__(
        self,
        kafka: KafkaSettings | str,
        *,
        source: str = "vedette/publisher",
        priority: Priority = "normal",
        delivery_timeout_s: float = 120,
        on_confirmed: OnConfirmed | None = None,
        on_failed: OnFailed | None = None,
    ) -> None:
        settings = KafkaSettings(bootstrap_servers=kafka) if isinstance(kafka, str) else kafka
        self._servers = settings.bootstrap_servers
        self._watch = LoginWatch()
        configuration = producer_configuration(settings, delivery_timeout_s=delivery_timeout_s, linger_ms=LINGER_MS)
        self._producer = Producer({**configuration, **self._watch.configuration})
        self._topic = TOPIC_OF_PRIORITY[priority]
        self._source = source
        self._on_confirmed = on_confirmed
        self._on_failed = on_failed
        self._confirmed = 0
        self._failed = 0
        self._unreported: VedetteError | None = None

    def require_topic(self, timeout_s: float = REQUEST_TIMEOUT_S) -> None:
        """Find out early that nothing can be published.

        Raises ``TransientError`` if no broker answers within ``timeout_s``, ``ConfigurationError`` if the topic is
        missing or the login is refused.
        """
        topics = list_topics(self._producer, self._watch, self._servers, self._topic, timeout_s).topics
        if (problem := topics[self._topic].error) is not None:
            raise ConfigurationError(f"topic {self._topic}: {problem.str()}: run `vedette migrate`, or check its ACLs")

    def publish(
        self, reference: ImageReference, *, correlation_id: str | None = None, traceparent: str | None = None
    ) -> None:
        """Queue ``reference``; waits while the queue is full, so that memory stays bounded.

        Stamps ``submitted_at`` where the reference has none, and starts a trace where ``traceparent`` is not given.
        """
        now = datetime.now(UTC)
        stamped = reference if reference.submitted_at else reference.model_copy(update={"submitted_at": now})
        value = stamped.model_dump_json(exclude_none=True, exclude_unset=True).encode()
        if len(value) > MAX_REFERENCE_BYTES:
            self._fail(reference, PublishFailed(f"the reference is larger than {MAX_REFERENCE_BYTES} bytes"))
            return
        headers = headers_for(
            REFERENCE_TYPE,
            event_id=str(uuid.uuid4()),
            source=self._source,
            time=now,
            traceparent=traceparent or _new_traceparent(),
            correlation_id=correlation_id,
        )
        self._enqueue(reference, value, headers)
        self._producer.poll(0)

    def flush(self, timeout_s: float | None = None) -> PublishSummary:
        """Wait until every reference is confirmed or has failed, and return the counts so far.

        Raises the first failure that ``on_failed`` was not there to take, and ``TransientError`` if ``timeout_s``
        passes first.
        """
        waiting = self._producer.flush(-1 if timeout_s is None else timeout_s)
        unreported, self._unreported = self._unreported, None
        if unreported is not None:
            raise unreported
        if waiting:
            raise TransientError(f"Kafka has not confirmed {waiting} references within {timeout_s} s")
        return self.summary

    @property
    def summary(self) -> PublishSummary:
        """The counts so far; what is still on its way is in neither."""
        return PublishSummary(self._confirmed, self._failed)

    def _enqueue(self, reference: ImageReference, value: bytes, headers: list[tuple[str, bytes]]) -> None:
        key = reference.identity.image_key.encode()

        def settle(error: KafkaError | None, message: Message) -> None:
            self._settle(reference, error, message)

        while True:
            try:
                self._producer.produce(self._topic, value, key, headers=list(headers), on_delivery=settle)
                return
            except BufferError:
                self._producer.poll(FULL_QUEUE_POLL_S)
            except KafkaException as error:
                self._fail(reference, publish_error(error.args[0], self._topic))
                return

    def _settle(self, reference: ImageReference, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            self._fail(reference, publish_error(error, self._topic))
            return
        self._confirmed += 1
        if self._on_confirmed is not None:
            self._on_confirmed(reference, place_of(message))

    def _fail(self, reference: ImageReference, error: VedetteError) -> None:
        self._failed += 1
        if self._on_failed is not None:
            self._on_failed(reference, error)
        else:
            self._unreported = self._unreported or error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Flush; after an error of the caller's, only briefly and without an error of its own hiding it."""
        if kind is None:
            self.flush()
        else:
            self._producer.flush(LEAVE_TIMEOUT_S)


def _new_traceparent() -> str:
    """Return a W3C trace context that starts here: version, trace, span, and the flag to sample it."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"

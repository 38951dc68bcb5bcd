"""Kafka: client configuration, and publishing that is confirmed by the broker before it counts."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Any, Protocol, Self

import structlog
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient

from infra.errors import ConfigurationError, NoServer, OutsideSystem, TransientError
from infra.kafka.confirmation import Confirmation, RecordsTooLarge
from infra.settings.servers import KafkaSettings
from schemas.dead_letters import Headers
from schemas.images import Origin
from schemas.topics import IMAGE_REFERENCES, LARGEST_MESSAGE_BYTES

REQUEST_TIMEOUT_S = 30
POLL_INTERVAL_S = 0.1
# How soon a client knows of partitions that were added; the clients' own default is five minutes.
METADATA_MAX_AGE_MS = 10_000
MAX_BATCH_BYTES = 1_000_000
QUEUED_MESSAGES = 100_000
QUEUED_KIB = 262_144
# What one call has in the queue at once, far below its bounds: a larger call would fail however often it was tried.
SLICE_MESSAGES = 10_000
SLICE_BYTES = 32 * 1024 * 1024
SASL_AND_TLS = (
    "sasl_mechanism",
    "sasl_username",
    "sasl_password",
    "ssl_ca_location",
    "ssl_certificate_location",
    "ssl_key_location",
    "ssl_key_password",
)
UNAUTHORISED = (
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.GROUP_AUTHORIZATION_FAILED,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED,
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Record:
    """One message to be published."""

    topic: str
    value: bytes | None
    key: bytes | None = None
    headers: Headers = ()


class Publisher(Protocol):
    """Publishes to Kafka and returns once it is confirmed."""

    async def publish(self, records: Sequence[Record]) -> tuple[Origin, ...]: ...


def client_configuration(settings: KafkaSettings) -> dict[str, Any]:
    """Return librdkafka's configuration for reaching the brokers, SASL and TLS included."""
    if not settings.bootstrap_servers:
        raise NoServer("no Kafka is configured: run `vedette up`, or set VEDETTE_KAFKA__BOOTSTRAP_SERVERS=host:port")
    configuration: dict[str, Any] = {
        "bootstrap.servers": settings.bootstrap_servers,
        "topic.metadata.refresh.interval.ms": METADATA_MAX_AGE_MS,
        "security.protocol": settings.security_protocol,
    }
    for name in SASL_AND_TLS:
        if (value := getattr(settings, name)) is not None:
            plain = value.get_secret_value() if hasattr(value, "get_secret_value") else str(value)
            configuration[name.replace("_", ".")] = plain
    return configuration


def client_id(group: str, pid: int) -> str:
    """Return by what name the worker with this process id is a member of its consumer group."""
    return f"{group}-{pid}"


def producer_configuration(settings: KafkaSettings, *, delivery_timeout_s: float, linger_ms: float) -> dict[str, Any]:
    """Return the configuration of our own producers: idempotent, and partitioned as Java's client partitions.

    A larger message is sent alone; batches stay small enough for every topic, since a broker refuses a batch as a
    whole.
    """
    return {
        **client_configuration(settings),
        "enable.idempotence": True,
        "partitioner": "murmur2_random",
        "compression.type": "lz4",
        "linger.ms": linger_ms,
        "batch.size": MAX_BATCH_BYTES,
        "message.max.bytes": LARGEST_MESSAGE_BYTES,
        "delivery.timeout.ms": int(delivery_timeout_s * 1000),
        "queue.buffering.max.messages": QUEUED_MESSAGES,
        "queue.buffering.max.kbytes": QUEUED_KIB,
        "log_level": 3,
    }


def open_group_view(settings: KafkaSettings, group: str) -> Consumer:
    """Return a consumer that asks where a group stands, and never joins it; to be closed.

    The admin client could ask too, and would take the whole process down with it where the broker does not coordinate
    the group, or not yet: https://github.com/confluentinc/librdkafka/issues/5040.
    """
    own = {"group.id": group, "enable.auto.commit": False, "auto.offset.reset": "earliest", "log_level": 0}
    # As all consumers of the platform read: the end of a topic is the end of what they are given.
    own["isolation.level"] = "read_uncommitted"
    return Consumer({**client_configuration(settings), **own})


async def ask_brokers(settings: KafkaSettings, timeout_s: float = 5) -> None:
    """Return if a broker answers; raises ``TransientError`` if none does within ``timeout_s``."""
    admin = AdminClient({**client_configuration(settings), "log_level": 0})
    await asyncio.to_thread(_list_topics, admin, None, timeout_s)


def _list_topics(client: Producer | AdminClient, topic: str | None, timeout_s: float) -> None:
    try:
        client.list_topics(topic, timeout=timeout_s)
    except KafkaException as error:
        raise TransientError(f"Kafka does not answer: {error.args[0].str()}", part=OutsideSystem.KAFKA) from None


class EventPublisher:
    """Publishes records and answers only once the broker has them on all in-sync replicas.

    One librdkafka producer and one polling thread, whatever the number of callers; a batch wakes its caller once.
    Keys are partitioned as Java's client does, so that producers in any language agree. A producer that is broken for
    good is replaced by a new one: what it had not confirmed is a ``TransientError``.
    """

    def __init__(
        self,
        settings: KafkaSettings,
        *,
        delivery_timeout_s: float = 120,
        linger_ms: float = 5,
        make_producer: Callable[[dict[str, Any]], Producer] = Producer,
    ) -> None:
        configuration = producer_configuration(settings, delivery_timeout_s=delivery_timeout_s, linger_ms=linger_ms)
        self._make_producer = partial(make_producer, configuration)
        self._producer = self._make_producer()
        self._broken = threading.Event()
        self._closing = threading.Event()
        self._poller = threading.Thread(target=self._poll, name="event-publisher", daemon=True)
        self._poller.start()

    async def publish(self, records: Sequence[Record]) -> tuple[Origin, ...]:
        """Publish ``records`` and return once every one is confirmed: where each stands, in the same order.

        Raises ``TransientError`` if the brokers did not confirm in time, or if more is waiting than may be buffered,
        and ``PublishFailed`` if one is refused for good. Either way some of the others may have been published; where
        some are refused for their size alone, ``RecordsTooLarge`` is raised once all others are confirmed.
        """
        self._replace_broken()
        places: list[Origin | None] = []
        for part in slices(records):
            places += await self._publish(part)
        if too_large := [number for number, place in enumerate(places) if place is None]:
            raise RecordsTooLarge(too_large)
        return tuple(place for place in places if place is not None)

    async def _publish(self, records: Sequence[Record]) -> Sequence[Origin | None]:
        """Return where each record stands, None for one that is too large."""
        confirmation = Confirmation(len(records), self._broken)
        for number, record in enumerate(records):
            self._enqueue(record, number, confirmation)
        return await confirmation.done

    async def ping(self, timeout_s: float = 2) -> None:
        """Return if a broker answers; raises ``TransientError`` if none does within ``timeout_s``."""
        self._replace_broken()
        await asyncio.to_thread(_list_topics, self._producer, IMAGE_REFERENCES, timeout_s)

    def _replace_broken(self) -> None:
        if self._broken.is_set():
            self._broken.clear()
            broken, self._producer = self._producer, self._make_producer()
            # What still waits in it fails now, instead of never.
            broken.purge()
            broken.poll(0)
            log.warning("producer_replaced")

    def _enqueue(self, record: Record, number: int, confirmation: "Confirmation") -> None:
        try:
            self._producer.produce(
                record.topic,
                value=record.value,
                key=record.key,
                headers=list(record.headers),
                on_delivery=partial(confirmation.confirm, number),
            )
        except BufferError:
            confirmation.fail(
                TransientError("Kafka takes messages more slowly than they are published", part=OutsideSystem.KAFKA)
            )
        except KafkaException as error:
            confirmation.reject(error.args[0], record.topic)

    def _poll(self) -> None:
        while not self._closing.is_set():
            self._producer.poll(POLL_INTERVAL_S)

    def close(self, timeout_s: float = 10) -> None:
        """Send what waits, for up to ``timeout_s``, and stop the polling thread."""
        self._closing.set()
        self._poller.join()
        self._producer.flush(timeout_s)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.close)


def slices(records: Sequence[Record]) -> Iterator[Sequence[Record]]:
    """Cut ``records`` into runs that the client's queue has room for; a run holds one record at least."""
    start = size = 0
    for number, record in enumerate(records):
        added = len(record.value or b"") + len(record.key or b"")
        if number > start and (number - start == SLICE_MESSAGES or size + added > SLICE_BYTES):
            yield records[start:number]
            start, size = number, 0
        size += added
    if start < len(records):
        yield records[start:]


def read_error(error: KafkaError, refused: str = "Kafka refuses") -> ConfigurationError | TransientError:
    """Return what reading failed with: an account that may not, or brokers that do not answer."""
    if error.code() in UNAUTHORISED:
        return ConfigurationError(f"{refused}: {error.str()}: check the account's ACLs")
    return TransientError(f"Kafka does not answer: {error.str()}", part=OutsideSystem.KAFKA)

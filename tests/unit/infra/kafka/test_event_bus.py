"""Kafka's clients get every setting they need, under names that librdkafka takes."""

from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import KafkaError, Producer
from pydantic import SecretStr

from infra.errors import ConfigurationError, NotSetUp, TransientError
from infra.kafka.confirmation import PublishFailed, RecordsTooLarge, publish_error
from infra.kafka.event_bus import EventPublisher, Record, client_configuration, producer_configuration, slices
from infra.settings.servers import KafkaSettings
from schemas.topics import LARGEST_MESSAGE_BYTES

PASSWORD = SecretStr("correct horse")
NOWHERE = "127.0.0.1:1"


def test_without_brokers_it_says_what_to_do() -> None:
    with pytest.raises(ConfigurationError, match=r"run `vedette up`, or set VEDETTE_KAFKA__BOOTSTRAP_SERVERS"):
        client_configuration(KafkaSettings())


def test_nothing_is_passed_that_was_not_set() -> None:
    settings = KafkaSettings(bootstrap_servers=NOWHERE)
    assert client_configuration(settings) == {
        "bootstrap.servers": NOWHERE,
        "security.protocol": "PLAINTEXT",
        "topic.metadata.refresh.interval.ms": 10_000,
    }


def test_sasl_and_tls_settings_are_passed_on_under_librdkafkas_names() -> None:
    settings = KafkaSettings(
        bootstrap_servers=NOWHERE,
        security_protocol="SASL_SSL",
        sasl_mechanism="SCRAM-SHA-512",
        sasl_username="vedette",
        sasl_password=PASSWORD,
        ssl_ca_location=Path("ca.pem"),
        ssl_certificate_location=Path("client.pem"),
        ssl_key_location=Path("client.key"),
        ssl_key_password=PASSWORD,
    )
    assert client_configuration(settings) == {
        "bootstrap.servers": NOWHERE,
        "security.protocol": "SASL_SSL",
        "topic.metadata.refresh.interval.ms": 10_000,
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": "vedette",
        "sasl.password": "correct horse",
        "ssl.ca.location": "ca.pem",
        "ssl.certificate.location": "client.pem",
        "ssl.key.location": "client.key",
        "ssl.key.password": "correct horse",
    }
    assert "correct horse" not in repr(settings) + str(settings)


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
def test_librdkafka_takes_what_a_producer_is_given(mechanism: str) -> None:
    settings = KafkaSettings.model_validate(
        {
            "bootstrap_servers": NOWHERE,
            "security_protocol": "SASL_PLAINTEXT",
            "sasl_mechanism": mechanism,
            "sasl_username": "vedette",
            "sasl_password": "correct horse",
        }
    )
    configuration = producer_configuration(settings, delivery_timeout_s=1.5, linger_ms=5)
    assert configuration["delivery.timeout.ms"] == 1500
    assert (configuration["enable.idempotence"], configuration["partitioner"]) == (True, "murmur2_random")
    assert configuration["message.max.bytes"] == LARGEST_MESSAGE_BYTES
    assert isinstance(Producer({**configuration, "log_level": 0}), Producer)


async def test_nothing_to_publish_needs_no_broker() -> None:
    async with EventPublisher(KafkaSettings(bootstrap_servers=NOWHERE), delivery_timeout_s=0.1) as publisher:
        assert await publisher.publish([]) == ()


def test_a_call_never_has_more_in_the_queue_than_its_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.kafka.event_bus.SLICE_MESSAGES", 3)
    monkeypatch.setattr("infra.kafka.event_bus.SLICE_BYTES", 10)
    sizes = [1, 1, 1, 1, 9, 2, 50, 1, 0, 0, 0]
    records = [Record("dead-letters", b"x" * size) for size in sizes]
    assert [[len(record.value or b"") for record in part] for part in slices(records)] == [
        [1, 1, 1],
        [1, 9],
        [2],
        [50],
        [1, 0, 0],
        [0],
    ]
    assert list(slices([])) == []


async def test_a_message_that_is_larger_than_any_broker_takes_is_refused_for_good() -> None:
    publisher = EventPublisher(KafkaSettings(bootstrap_servers=NOWHERE))
    with pytest.raises(RecordsTooLarge) as refused:
        await publisher.publish([Record("dead-letters", b"x" * (LARGEST_MESSAGE_BYTES + 1))])
    assert refused.value.numbers == (0,)
    publisher.close(timeout_s=0)


async def test_brokers_that_do_not_confirm_in_time_are_a_transient_error() -> None:
    publisher = EventPublisher(KafkaSettings(bootstrap_servers=NOWHERE), delivery_timeout_s=0.2, linger_ms=0)
    with pytest.raises(TransientError, match="Kafka did not confirm the message"):
        await publisher.publish([Record("dead-letters", b"1"), Record("dead-letters", b"2", b"key", [("a", None)])])
    publisher.close(timeout_s=0)


@pytest.mark.parametrize("code", [KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.TOPIC_AUTHORIZATION_FAILED])
def test_the_messages_own_faults_are_final(code: int) -> None:
    assert isinstance(publish_error(KafkaError(code), "dead-letters"), PublishFailed)


@pytest.mark.parametrize(
    "code",
    [KafkaError._MSG_TIMED_OUT, KafkaError.NOT_ENOUGH_REPLICAS, KafkaError._ALL_BROKERS_DOWN, KafkaError._TRANSPORT],
)
def test_the_brokers_faults_may_pass(code: int) -> None:
    assert isinstance(publish_error(KafkaError(code), "dead-letters"), TransientError)


@pytest.mark.parametrize("code", [KafkaError._UNKNOWN_TOPIC, KafkaError.UNKNOWN_TOPIC_OR_PART])
def test_a_topic_that_is_missing_may_come_back_and_the_command_is_named(code: int) -> None:
    error = publish_error(KafkaError(code), "dead-letters")
    assert isinstance(error, NotSetUp)
    assert (error.missing, error.command) == ("topic dead-letters", "vedette migrate")


def test_a_fatal_error_is_final_whatever_its_code() -> None:
    assert isinstance(publish_error(KafkaError(KafkaError._TRANSPORT, "lost", True), "dead-letters"), PublishFailed)


class BreakingProducer:
    """Confirms every record, or breaks for good at the first, as told."""

    def __init__(self, breaks: bool) -> None:
        self._breaks = breaks
        self._waiting: list[Any] = []
        self.purged = False

    def produce(self, _topic: str, *, on_delivery: Any, **_record: Any) -> None:
        if self.purged:
            raise AssertionError("a replaced producer was used")
        self._waiting.append(on_delivery)

    def poll(self, _timeout_s: float = 0) -> None:
        error = KafkaError(KafkaError.OUT_OF_ORDER_SEQUENCE_NUMBER, "lost", True) if self._breaks else None
        while self._waiting:
            self._waiting.pop(0)(error, Confirmed())

    def purge(self) -> None:
        self.purged = True

    def flush(self, _timeout_s: float) -> None:
        self.poll()

    def list_topics(self, _topic: str, timeout: float) -> None:
        """There are topics."""


class Confirmed:
    def topic(self) -> str:
        return "dead-letters"

    def partition(self) -> int:
        return 0

    offset = partition

    def timestamp(self) -> tuple[int, int]:
        return 1, 1


async def test_a_producer_that_is_broken_for_good_is_replaced_and_the_next_call_works() -> None:
    made: list[BreakingProducer] = []

    def make(_configuration: dict[str, Any]) -> Any:
        made.append(BreakingProducer(breaks=not made))
        return made[-1]

    publisher = EventPublisher(KafkaSettings(bootstrap_servers=NOWHERE), make_producer=make)
    records = [Record("dead-letters", b"1"), Record("dead-letters", b"2")]
    with pytest.raises(TransientError, match="broken and is replaced"):
        await publisher.publish(records)
    assert len(await publisher.publish(records)) == 2
    assert (len(made), made[0].purged, made[1].purged) == (2, True, False)
    await publisher.ping()
    publisher.close(timeout_s=0)

"""What a Kafka client is told of refusals, and what is made of it."""

import pytest
from confluent_kafka import KafkaError
from confluent_kafka.admin import AdminClient

from infra.errors import ConfigurationError, TransientError
from infra.kafka.logins import LoginWatch, list_topics, refusal


@pytest.mark.parametrize(
    ("code", "setting"),
    [
        (KafkaError._AUTHENTICATION, "VEDETTE_KAFKA__SASL_USERNAME, __SASL_PASSWORD"),
        (KafkaError._SSL, "VEDETTE_KAFKA__SSL_CA_LOCATION"),
    ],
)
def test_a_refusal_names_the_settings(code: int, setting: str) -> None:
    told = refusal(KafkaError(code, "as the broker said"))
    assert told is not None
    assert setting in told
    assert "as the broker said" in told


def test_a_broker_that_asks_for_a_certificate_once_it_is_connected_refuses() -> None:
    said = "Receive failed: error:0A00045C:SSL routines::tlsv13 alert certificate required: SSL alert number 116"
    told = refusal(KafkaError(KafkaError._TRANSPORT, said))
    assert told is not None
    assert "__SSL_CERTIFICATE_LOCATION" in told


def test_an_outage_is_no_refusal() -> None:
    watch = LoginWatch()
    watch.note(KafkaError(KafkaError._ALL_BROKERS_DOWN, "1/1 brokers are down"))
    assert watch.refusal is None


def test_a_refusal_ends_the_waiting_and_an_outage_does_not() -> None:
    watch = LoginWatch()
    admin = AdminClient({"bootstrap.servers": "127.0.0.1:1", "log_level": 0, **watch.configuration})
    with pytest.raises(TransientError, match=r"Kafka at 127\.0\.0\.1:1 does not answer"):
        list_topics(admin, watch, "127.0.0.1:1", timeout_s=0.2)
    watch.note(KafkaError(KafkaError._AUTHENTICATION, "no"))
    with pytest.raises(ConfigurationError, match="Kafka refuses the login"):
        list_topics(admin, watch, "127.0.0.1:1", timeout_s=60)

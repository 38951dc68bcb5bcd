"""Refused logins and certificates at Kafka: the client tells them to a callback, while its calls only time out."""

import asyncio
import time
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._metadata import ClusterMetadata

from infra.errors import ConfigurationError, TransientError
from infra.kafka.event_bus import REQUEST_TIMEOUT_S, client_configuration
from infra.settings.servers import KafkaSettings

# What the callback is told is handed out between calls, so a long call is cut into turns.
TURN_S = 1.0
# A broker that misses a client's certificate says so only after TLS 1.3's handshake: a broken connection to the client.
TLS_ALERT = "SSL alert number"


class LoginWatch:
    """Keeps why a client is not let in."""

    def __init__(self) -> None:
        self.refusal: str | None = None

    @property
    def configuration(self) -> dict[str, Any]:
        """What the client's configuration must hold."""
        return {"error_cb": self.note}

    def note(self, error: KafkaError) -> None:
        self.refusal = refusal(error) or self.refusal


def refusal(error: KafkaError) -> str | None:
    """Return what to change where ``error`` is a refused login or certificate; None for every other."""
    if error.code() == KafkaError._AUTHENTICATION:
        settings = "VEDETTE_KAFKA__SASL_USERNAME, __SASL_PASSWORD and __SASL_MECHANISM"
        return f"Kafka refuses the login: check {settings} ({error.str()})"
    if error.code() == KafkaError._SSL or TLS_ALERT in error.str():
        settings = "VEDETTE_KAFKA__SSL_CA_LOCATION, __SSL_CERTIFICATE_LOCATION and __SSL_KEY_LOCATION"
        return f"no TLS connection to Kafka: check {settings} ({error.str()})"
    return None


async def ask_brokers(settings: KafkaSettings, timeout_s: float = 5) -> None:
    """Return if a broker answers and lets us in; raises as ``list_topics`` does."""
    watch = LoginWatch()
    admin = AdminClient({**client_configuration(settings), **watch.configuration, "log_level": 0})
    await asyncio.to_thread(list_topics, admin, watch, settings.bootstrap_servers, timeout_s=timeout_s)


def list_topics(
    client: AdminClient | Producer,
    watch: LoginWatch,
    servers: str,
    topic: str | None = None,
    timeout_s: float = REQUEST_TIMEOUT_S,
) -> ClusterMetadata:
    """Return the brokers' topics, or ``topic`` alone; the first call to make, since it finds out about the login.

    Raises ``ConfigurationError`` where the brokers refuse the login or their certificate is not trusted, and
    ``TransientError`` where none answers within ``timeout_s``.
    """
    give_up_at = time.monotonic() + timeout_s
    while True:
        try:
            return client.list_topics(topic, timeout=min(TURN_S, timeout_s))
        except KafkaException as error:
            client.poll(0)
            if watch.refusal is not None:
                raise ConfigurationError(watch.refusal) from None
            if time.monotonic() >= give_up_at:
                raise TransientError(f"Kafka at {servers} does not answer: {error.args[0].str()}") from None

"""How aiokafka's clients reach the brokers, and leave them; librdkafka's are told by ``event_bus``."""

import asyncio
import ssl
from typing import Any

from aiokafka import AIOKafkaConsumer

from infra.errors import NoServer
from infra.kafka.event_bus import METADATA_MAX_AGE_MS
from infra.settings.servers import KafkaSettings


def client_options(settings: KafkaSettings) -> dict[str, Any]:
    """Return what every client of ours is made with, SASL and TLS included."""
    if not settings.bootstrap_servers:
        raise NoServer("no Kafka is configured: run `vedette up`, or set VEDETTE_KAFKA__BOOTSTRAP_SERVERS=host:port")
    options: dict[str, Any] = {
        "bootstrap_servers": [server.strip() for server in settings.bootstrap_servers.split(",")],
        "metadata_max_age_ms": METADATA_MAX_AGE_MS,
        "security_protocol": settings.security_protocol,
        "ssl_context": tls_context(settings),
    }
    if settings.security_protocol.startswith("SASL"):
        options["sasl_mechanism"] = settings.sasl_mechanism
        options["sasl_plain_username"] = settings.sasl_username
        password = settings.sasl_password
        options["sasl_plain_password"] = password.get_secret_value() if password else None
    return options


async def stop_consumer(consumer: AIOKafkaConsumer) -> None:
    """Leave the brokers, whatever state they are in.

    The client's own ``stop`` awaits fetches that it has cancelled. Where one waits to be tried again, which is so while
    a broker is away, that would end in a cancellation that is none of the caller's, and leave connections open.
    """
    if (fetcher := consumer._fetcher) is not None:
        fetching = {fetcher._fetch_task, *fetcher._pending_tasks}
        for task in fetching:
            task.cancel()
        await asyncio.wait(fetching)
        fetcher._pending_tasks.clear()
    await consumer.stop()


def tls_context(settings: KafkaSettings) -> ssl.SSLContext | None:
    """Return what TLS connections trust and show; None where there is no TLS."""
    if settings.security_protocol not in ("SSL", "SASL_SSL"):
        return None
    context = ssl.create_default_context(cafile=settings.ssl_ca_location)
    if settings.ssl_certificate_location:
        password = settings.ssl_key_password.get_secret_value() if settings.ssl_key_password else None
        context.load_cert_chain(settings.ssl_certificate_location, settings.ssl_key_location, password)
    return context

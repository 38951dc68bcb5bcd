"""Certificates: those in the files that settings name, and those that servers show."""

import asyncio
import ssl
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509

from infra.operations.doctor.checks.certificate_checks import Certificate, UnreadCertificate
from infra.operations.doctor.checks.transport import host_of
from infra.settings.settings import Settings

ANSWER_WITHIN_S = 5.0
HTTPS = 443
Found = Certificate | UnreadCertificate


async def gather_certificates(settings: Settings) -> list[Found]:
    """Return every certificate that the platform relies on, those of servers as they are shown now."""
    in_files = [one for place, path in certificate_files(settings) for one in read_file(place, path)]
    shown = await asyncio.gather(*(asyncio.to_thread(ask_server, *server) for server in tls_servers(settings)))
    return [*in_files, *(one for some in shown for one in some)]


def certificate_files(settings: Settings) -> Iterator[tuple[str, Path]]:
    """Yield the setting and the path of each file of certificates."""
    files = {
        "VEDETTE_KAFKA__SSL_CA_LOCATION": settings.kafka.ssl_ca_location,
        "VEDETTE_KAFKA__SSL_CERTIFICATE_LOCATION": settings.kafka.ssl_certificate_location,
        "VEDETTE_CASSANDRA__SSL_CA_LOCATION": settings.cassandra.ssl_ca_location,
        "VEDETTE_CASSANDRA__SSL_CERTIFICATE_LOCATION": settings.cassandra.ssl_certificate_location,
        "VEDETTE_ELASTICSEARCH__CA_LOCATION": settings.elasticsearch.ca_location,
        "VEDETTE_MAIL__CA_LOCATION": settings.mail.ca_location,
        "VEDETTE_SOURCES__HTTPS_CA_LOCATION": settings.sources.https_ca_location,
    }
    yield from ((f"{setting} ({path})", path) for setting, path in files.items() if path is not None)


def tls_servers(settings: Settings) -> Iterator[tuple[str, str, int]]:
    """Yield what is reached by TLS: its name, host and port. Mail servers speak TLS only after words of their own."""
    if settings.kafka.security_protocol in ("SSL", "SASL_SSL"):
        for server in filter(None, map(str.strip, settings.kafka.bootstrap_servers.split(","))):
            yield f"Kafka at {server}", host_of(server), urlsplit(f"//{server}").port or 9092
    if settings.cassandra.ssl_ca_location is not None:
        for host in settings.cassandra.contact_points:
            yield f"Cassandra at {host}", host_of(host), settings.cassandra.port
    public = [settings.api.public_url] if settings.api.public_url else []
    for name, urls in (("Elasticsearch", settings.elasticsearch.urls), ("the API", public)):
        for parts in map(urlsplit, urls):
            if parts.scheme == "https" and parts.hostname:
                yield f"{name} at {parts.hostname}", parts.hostname, parts.port or HTTPS


def read_file(place: str, path: Path) -> list[Found]:
    """Return the certificates of a PEM file."""
    try:
        return parse_pem(place, path.read_bytes())
    except OSError as error:
        return [UnreadCertificate(place, f"the file cannot be read: {error.strerror}")]


def ask_server(place: str, host: str, port: int) -> list[Found]:
    """Return the certificate that a server shows, trusted or not; blocks."""
    try:
        shown = ssl.get_server_certificate((host, port), timeout=ANSWER_WITHIN_S)
    except (OSError, ValueError) as error:
        return [UnreadCertificate(place, f"it shows no certificate: {error}")]
    return parse_pem(place, shown.encode())


def parse_pem(place: str, content: bytes) -> list[Found]:
    """Return each certificate in ``content``; a private key beside them is passed over."""
    try:
        found = x509.load_pem_x509_certificates(content)
    except ValueError:
        return [UnreadCertificate(place, "it holds no certificate in PEM form")]
    return [
        Certificate(place, one.subject.rfc4514_string() or "no name", one.not_valid_before_utc, one.not_valid_after_utc)
        for one in found
    ]

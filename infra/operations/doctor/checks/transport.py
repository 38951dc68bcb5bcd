"""Whether connections to other systems are encrypted and authenticated, wherever they leave this machine."""

import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from infra.operations.doctor.findings import Finding, Severity, listed
from infra.settings.servers import CassandraSettings, ElasticsearchSettings, KafkaSettings
from infra.settings.settings import Settings

STORES = ("s3", "gs", "az")
SECTIONS_WITH_STORES = ("sources", "models", "uploads", "backup")


@dataclass(frozen=True)
class Connection:
    """How the platform reaches one system; ``plain_hosts`` are those that it reaches without TLS."""

    area: str
    system: str
    hosts: tuple[str, ...]
    plain_hosts: tuple[str, ...]
    is_authenticated: bool
    encrypting: str
    """The setting that encrypts, and what to set it to."""
    authenticating: str


def is_loopback(host: str) -> bool:
    """Whether what is sent to ``host`` never leaves this machine."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def host_of(server: str) -> str:
    """Return the host of ``host:port`` or ``[::1]:port``, with or without a port."""
    return urlsplit(f"//{server.strip()}").hostname or server.strip()


def connections(settings: Settings) -> list[Connection]:
    """Return the connections to the servers that the settings name."""
    return [
        connection
        for connection in (_kafka(settings.kafka), _cassandra(settings.cassandra), _elastic(settings.elasticsearch))
        if connection.hosts
    ]


def transport_findings(settings: Settings) -> Iterator[Finding]:
    """Tell what of the connections is open to others."""
    for connection in connections(settings):
        yield from encryption(connection)
        yield from authentication(connection)
    yield from mail(settings)
    for section in SECTIONS_WITH_STORES:
        for store in STORES:
            yield from object_store(section, store, getattr(getattr(settings, section), store, {}))


def encryption(connection: Connection) -> Iterator[Finding]:
    """Tell of hosts beyond this machine that are reached without TLS."""
    if far := [host for host in connection.plain_hosts if not is_loopback(host)]:
        yield Finding(
            check=f"{connection.area}.encryption",
            severity=Severity.ERROR,
            subject=_setting_of(connection.encrypting),
            problem=f"{connection.system} at {listed(far)} is reached without TLS.",
            risk="Whoever can read the network reads images' addresses, results and passwords, and can change them.",
            remedy=f"Enable TLS at the server, then set {connection.encrypting}.",
        )


def authentication(connection: Connection) -> Iterator[Finding]:
    """Tell of servers that we need not log in to: others need not either."""
    if connection.is_authenticated:
        return
    far = [host for host in connection.hosts if not is_loopback(host)]
    who = "Everybody who reaches it" if far else "Everybody who can log in to this machine"
    yield Finding(
        check=f"{connection.area}.authentication",
        severity=Severity.ERROR if far else Severity.WARNING,
        subject=_setting_of(connection.authenticating),
        problem=f"{connection.system} at {listed(far or connection.hosts)} is used without a log-in.",
        risk=f"{who} can read, change and delete what is in it.",
        remedy=f"Make the server ask for a log-in, then set {connection.authenticating}.",
    )


def mail(settings: Settings) -> Iterator[Finding]:
    """Tell where mail with tokens in it would cross a network unencrypted."""
    host = settings.mail.smtp_host
    if host is not None and settings.mail.security == "none" and not is_loopback(host):
        yield Finding(
            check="mail.encryption",
            severity=Severity.ERROR,
            subject="VEDETTE_MAIL__SECURITY",
            problem=f"Mail is sent to {host} without TLS.",
            risk="Whoever reads the network can use the tokens in it to set a new password.",
            remedy="Set VEDETTE_MAIL__SECURITY=starttls, or tls.",
        )


def object_store(section: str, store: str, options: Mapping[str, str]) -> Iterator[Finding]:
    """Tell of an object store beyond this machine that is reached by plain http."""
    setting = f"VEDETTE_{section.upper()}__{store.upper()}"
    plain = [
        urlsplit(value).hostname or ""
        for name, value in options.items()
        if ("endpoint" in name.lower() or "url" in name.lower()) and value.lower().startswith("http://")
    ]
    if far := [host for host in plain if not is_loopback(host)]:
        yield Finding(
            check="objects.encryption",
            severity=Severity.ERROR,
            subject=setting,
            problem=f"The object store at {listed(far)} is reached by plain http.",
            risk="Whoever can read the network reads what is fetched and stored, and can change it.",
            remedy=f"Name the store's https address as endpoint in {setting}.",
        )


def _setting_of(remedy: str) -> str:
    """Return the first setting that a remedy names."""
    return re.split(r"[=, ]", remedy, maxsplit=1)[0]


def _kafka(kafka: KafkaSettings) -> Connection:
    hosts = tuple(host_of(server) for server in kafka.bootstrap_servers.split(",") if server.strip())
    is_encrypted = kafka.security_protocol in ("SSL", "SASL_SSL")
    shows_certificate = is_encrypted and kafka.ssl_certificate_location is not None
    return Connection(
        "kafka",
        "Kafka",
        hosts,
        () if is_encrypted else hosts,
        kafka.security_protocol.startswith("SASL") or shows_certificate,
        "VEDETTE_KAFKA__SECURITY_PROTOCOL=SASL_SSL (or SSL) and VEDETTE_KAFKA__SSL_CA_LOCATION",
        "VEDETTE_KAFKA__SASL_MECHANISM=SCRAM-SHA-512, __SASL_USERNAME and __SASL_PASSWORD",
    )


def _cassandra(cassandra: CassandraSettings) -> Connection:
    hosts = tuple(map(host_of, cassandra.contact_points))
    is_encrypted = cassandra.ssl_ca_location is not None
    return Connection(
        "cassandra",
        "Cassandra",
        hosts,
        () if is_encrypted else hosts,
        cassandra.username is not None or (is_encrypted and cassandra.ssl_certificate_location is not None),
        "VEDETTE_CASSANDRA__SSL_CA_LOCATION",
        "VEDETTE_CASSANDRA__USERNAME and VEDETTE_CASSANDRA__PASSWORD",
    )


def _elastic(elasticsearch: ElasticsearchSettings) -> Connection:
    parts = [urlsplit(url if "://" in url else f"http://{url}") for url in elasticsearch.urls]
    return Connection(
        "elasticsearch",
        "Elasticsearch",
        tuple(part.hostname or "" for part in parts),
        tuple(part.hostname or "" for part in parts if part.scheme != "https"),
        elasticsearch.username is not None or elasticsearch.api_key is not None or any(part.username for part in parts),
        "VEDETTE_ELASTICSEARCH__URLS=https://…",
        "VEDETTE_ELASTICSEARCH__API_KEY, or __USERNAME and __PASSWORD",
    )

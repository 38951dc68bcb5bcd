"""How the Cassandra driver is set up: data centre, credentials, TLS, timeouts and reconnecting."""

import socket
import ssl
from collections import namedtuple
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

# The driver ships no type information.
from cassandra import ConsistencyLevel  # type: ignore[import-untyped]
from cassandra.auth import PlainTextAuthProvider  # type: ignore[import-untyped]
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile  # type: ignore[import-untyped]
from cassandra.policies import (  # type: ignore[import-untyped]
    DCAwareRoundRobinPolicy,
    ExponentialReconnectionPolicy,
    TokenAwarePolicy,
)

from infra.errors import NoServer
from infra.settings.servers import CassandraSettings

# Understood by every Cassandra since 2.2. Version 5 adds checksums that the driver computes in Python: a fifth more
# time for each row written.
PROTOCOL_VERSION = 4
LONGEST_RECONNECT_WAIT_S = 5.0


def build_cluster(settings: CassandraSettings) -> Cluster:
    """Return the driver's cluster for these settings, not connected yet."""
    if not settings.contact_points:
        raise NoServer(
            "no Cassandra is known: set VEDETTE_CASSANDRA__CONTACT_POINTS, or start the embedded one with `vedette up`"
        )
    profile = ExecutionProfile(
        load_balancing_policy=TokenAwarePolicy(DCAwareRoundRobinPolicy(settings.local_datacenter)),
        consistency_level=ConsistencyLevel.LOCAL_QUORUM,
        serial_consistency_level=ConsistencyLevel.LOCAL_SERIAL,
        request_timeout=settings.request_timeout_s,
        row_factory=named_rows,
    )
    return Cluster(
        settings.contact_points,
        port=settings.port,
        auth_provider=_credentials(settings),
        ssl_context=_tls(settings),
        execution_profiles={EXEC_PROFILE_DEFAULT: profile},
        protocol_version=PROTOCOL_VERSION,
        compression=False,
        connect_timeout=settings.request_timeout_s,
        control_connection_timeout=settings.request_timeout_s,
        reconnection_policy=ExponentialReconnectionPolicy(0.5, LONGEST_RECONNECT_WAIT_S, max_attempts=None),
        schema_metadata_enabled=False,
        sockopts=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
    )


def named_rows(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[Any]:
    """Return rows as named tuples, as the driver's own factory does, which makes a class for each answer."""
    return list(map(_row_of(tuple(columns))._make, rows))


@lru_cache(maxsize=1024)
def _row_of(columns: tuple[str, ...]) -> type[Any]:
    # A conditional write answers in a column named [applied]. What has no name that Python takes has its place alone.
    return namedtuple("Row", [name.strip("[]") for name in columns], rename=True)


def _credentials(settings: CassandraSettings) -> PlainTextAuthProvider | None:
    if settings.username is None:
        return None
    password = settings.password.get_secret_value() if settings.password else ""
    return PlainTextAuthProvider(settings.username, password)


def _tls(settings: CassandraSettings) -> ssl.SSLContext | None:
    if settings.ssl_ca_location is None:
        return None
    context = ssl.create_default_context(cafile=settings.ssl_ca_location)
    if settings.ssl_certificate_location is not None:
        context.load_cert_chain(settings.ssl_certificate_location, settings.ssl_key_location)
    return context

"""Real servers for tests: the embedded stack, or the official images where VEDETTE_TEST_STACK=containers."""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from testcontainers.core.container import DockerContainer

from infra.embedded.homes.endpoints import Endpoints
from infra.embedded.homes.home import Home, HomeState
from infra.embedded.homes.ports import LOOPBACK, choose_ports
from infra.embedded.servers.cassandra import CassandraServer
from infra.embedded.servers.elasticsearch import ElasticsearchServer
from infra.embedded.servers.kafka import KafkaServer
from infra.embedded.servers.kafka_access import KafkaAccess
from infra.embedded.servers.server import Server
from infra.embedded.stack import EmbeddedStack
from infra.settings.servers import KafkaSettings
from infra.settings.settings import Settings

KAFKA_IMAGE = "apache/kafka:4.1.2"
CASSANDRA_IMAGE = "cassandra:5.0.9"
ELASTICSEARCH_IMAGE = "elasticsearch:8.19.21"
CONTAINER_START_TIMEOUT_S = 240


class RunningStack(Protocol):
    """Three servers that run, and the settings that point to them."""

    @property
    def settings(self) -> Settings: ...

    def kill(self, server: str) -> None:
        """End ``kafka``, ``cassandra`` or ``elasticsearch`` as a crash would."""

    def restart(self, server: str) -> None:
        """Start it again where it was, with its data, and return once it is ready."""


@contextmanager
def running_stack(home: Path) -> Iterator[RunningStack]:
    """Start the kind of stack that VEDETTE_TEST_STACK names, in ``home``; stop it at the end."""
    kind = os.environ.get("VEDETTE_TEST_STACK", "embedded")
    if kind not in {"embedded", "containers"}:
        raise ValueError(f"VEDETTE_TEST_STACK={kind}: use embedded or containers")
    with (embedded_stack if kind == "embedded" else container_stack)(home) as stack:
        yield stack


def kafka_variables(kafka: KafkaSettings) -> dict[str, str]:
    """Return the environment that leads a process with another home to this Kafka, and lets it in."""
    password = kafka.sasl_password.get_secret_value() if kafka.sasl_password else None
    given = {
        "BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
        "SECURITY_PROTOCOL": kafka.security_protocol,
        "SASL_MECHANISM": kafka.sasl_mechanism,
        "SASL_USERNAME": kafka.sasl_username,
        "SASL_PASSWORD": password,
    }
    return {f"VEDETTE_KAFKA__{name}": value for name, value in given.items() if value is not None}


@dataclass(frozen=True)
class EmbeddedTestStack:
    """The embedded stack, as tests use it."""

    servers: EmbeddedStack
    settings: Settings

    def kill(self, server: str) -> None:
        self.servers.kill(server)

    def restart(self, server: str) -> None:
        self.servers.restart(server)


@contextmanager
def embedded_stack(home: Path) -> Iterator[EmbeddedTestStack]:
    """Start the embedded stack in ``home``, with the jars of the user's own cache."""
    servers = EmbeddedStack(Settings(home=home))
    try:
        servers.start()
        # Read again: the endpoints are known only now.
        yield EmbeddedTestStack(servers, Settings(home=home))
    finally:
        servers.stop()


@dataclass(frozen=True)
class ContainerStack:
    """The official images, on the same loopback ports as long as the tests run."""

    containers: dict[str, DockerContainer]
    servers: dict[str, Server]
    settings: Settings

    def kill(self, server: str) -> None:
        self.containers[server].get_wrapped_container().kill()

    def restart(self, server: str) -> None:
        self.containers[server].get_wrapped_container().restart()
        wait_until_ready(self.servers[server])


@contextmanager
def container_stack(folder: Path) -> Iterator[ContainerStack]:
    """Start the official images; readiness, and Cassandra's own role, are as with the embedded stack."""
    home = Home(folder)
    home.create()
    names = [*KafkaServer.port_names, *CassandraServer.port_names, *ElasticsearchServer.port_names]
    memory = HomeState(ports=choose_ports(names, {}))
    servers: dict[str, Server] = {
        "kafka": KafkaServer(home, memory.ports, memory.kafka_access),
        "cassandra": CassandraServer(home, memory.ports, memory.cassandra_password),
        "elasticsearch": ElasticsearchServer(home, memory.ports),
    }
    containers = {
        "kafka": kafka_container(memory.ports["kafka"], memory.kafka_access),
        "cassandra": cassandra_container(memory.ports["cassandra"]),
        "elasticsearch": elasticsearch_container(memory.ports["elasticsearch"]),
    }
    with ExitStack() as running:
        for container in containers.values():
            running.enter_context(container)
        for server in servers.values():
            wait_until_ready(server)
        Endpoints.of(memory, set(servers)).publish(home)
        yield ContainerStack(containers, servers, Settings(home=folder))


def kafka_container(port: int, access: KafkaAccess) -> DockerContainer:
    """One KRaft node; clients come through the published port, which must also be the advertised one.

    They log in as with the embedded one; what the container says to itself stays in it, and is left open.
    """
    container = published(DockerContainer(KAFKA_IMAGE), 19092, port)
    for name, value in {
        "KAFKA_NODE_ID": "1",
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_LISTENERS": "INTERNAL://:9092,CONTROLLER://:9093,CLIENTS://:19092",
        "KAFKA_ADVERTISED_LISTENERS": f"INTERNAL://localhost:9092,CLIENTS://{LOOPBACK}:{port}",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT,CLIENTS:SASL_PLAINTEXT",
        "KAFKA_INTER_BROKER_LISTENER_NAME": "INTERNAL",
        "KAFKA_LOG_MESSAGE_TIMESTAMP_TYPE": "LogAppendTime",
        "KAFKA_MESSAGE_MAX_BYTES": "2621440",
        "KAFKA_REPLICA_FETCH_MAX_BYTES": "2621440",
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
        "KAFKA_HEAP_OPTS": "-Xmx512m -Xms128m",
        **{
            variable(name): str(value)
            for name, value in access.broker_properties().items()
            if name.startswith("listener.name.clients.")
        },
    }.items():
        container.with_env(name, value)
    return container


def variable(setting: str) -> str:
    """Return the variable by which Kafka's image is told a setting."""
    return "KAFKA_" + setting.upper().replace("_", "__").replace("-", "___").replace(".", "_")


def cassandra_container(port: int) -> DockerContainer:
    """One node that asks for a password; the image has no variables for that, so its yaml is edited first."""
    edits = (
        "s/AllowAllAuthenticator/PasswordAuthenticator/; s/AllowAllAuthorizer/CassandraAuthorizer/; "
        "s/^commitlog_sync: periodic/commitlog_sync: batch/; /^commitlog_sync_period/d"
    )
    start = f"sed -i '{edits}' /etc/cassandra/cassandra.yaml && exec docker-entrypoint.sh cassandra -f"
    fast = "-Dcassandra.skip_wait_for_gossip_to_settle=0 -Dcassandra.superuser_setup_delay_ms=0"
    container = published(DockerContainer(CASSANDRA_IMAGE), 9042, port)
    # The image's own entry point is called by the command, after the edit.
    container.with_kwargs(entrypoint=["bash", "-c"])
    container.with_command([start])
    container.with_env("JVM_EXTRA_OPTS", fast)
    container.with_env("MAX_HEAP_SIZE", "768M").with_env("HEAP_NEWSIZE", "192M")
    return container


def elasticsearch_container(port: int) -> DockerContainer:
    container = published(DockerContainer(ELASTICSEARCH_IMAGE), 9200, port)
    container.with_env("discovery.type", "single-node").with_env("xpack.security.enabled", "false")
    container.with_env("cluster.routing.allocation.disk.threshold_enabled", "false")
    container.with_env("ES_JAVA_OPTS", "-Xms512m -Xmx1g")
    return container


def published(container: DockerContainer, inside: int, outside: int) -> DockerContainer:
    """Publish on loopback alone, which testcontainers' own methods cannot express and docker's client can."""
    container.ports[f"{inside}/tcp"] = (LOOPBACK, outside)  # type: ignore[assignment]
    return container


def wait_until_ready(server: Server) -> None:
    deadline = time.monotonic() + CONTAINER_START_TIMEOUT_S
    while not (server.secure() and server.is_ready()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"the container of {server.name} was not ready in {CONTAINER_START_TIMEOUT_S} s")
        time.sleep(0.5)

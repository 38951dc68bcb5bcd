"""Kafka as one KRaft node on loopback: broker and controller in one process."""

import subprocess
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from infra.embedded.homes.errors import StackError
from infra.embedded.homes.home import Home, write_private
from infra.embedded.homes.ports import LOOPBACK, answers
from infra.embedded.servers.java import Java
from infra.embedded.servers.kafka_access import CLIENT_LISTENER, CONTROLLER_LISTENER, KafkaAccess
from infra.embedded.servers.server import Launch, clean_environment, flattened, java_command

# Measured: enough for a batch that unpacks to 300 MiB even where somebody has told a topic to keep it unpacked.
HEAP_MIB = 1024
# Room for a message of 2 MiB with its headers and the batch around it.
LARGEST_BATCH_BYTES = 2_621_440
# Of one request, and of all that wait: a producer must not be able to fill the heap by what it sends.
LARGEST_REQUEST_BYTES = 32 * 2**20
LARGEST_QUEUE_BYTES = 64 * 2**20
FORMAT_TIMEOUT_S = 60
PROBE_TIMEOUT_S = 3
LOG_SETTINGS = (
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss,SSS",
    "-Dorg.slf4j.simpleLogger.log.kafka=info",
    # Thirty lines about nothing at every start and stop.
    "-Dorg.slf4j.simpleLogger.log.kafka.server.ClientQuotaManager$ThrottledChannelReaper=warn",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
)


class KafkaServer:
    """The embedded Kafka."""

    name = "kafka"
    port_names = ("kafka", "kafka_controller")
    stop_grace_s = 30.0

    def __init__(self, home: Home, ports: Mapping[str, int], access: KafkaAccess) -> None:
        self._home = home
        self._access = access
        self._port = ports["kafka"]
        self._controller_port = ports["kafka_controller"]

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self._port}"

    def prepare(self, java: Java, jars: list[Path], mark: str) -> Launch:
        properties = self._home.config(self.name) / "server.properties"
        properties.parent.mkdir(parents=True, exist_ok=True)
        write_private(properties, self._render())
        class_path = ":".join(str(jar) for jar in jars)
        java_start = [*java_command(java, HEAP_MIB, self._home.log(self.name).parent, mark), *LOG_SETTINGS]
        if not (self._home.data(self.name) / "meta.properties").is_file():
            self._format(java, class_path, properties)
        return Launch([*java_start, "-cp", class_path, "kafka.Kafka", str(properties)], clean_environment())

    def configuration(self) -> Mapping[str, str]:
        return flattened({"heap": HEAP_MIB, **self._properties()})

    def secure(self) -> bool:
        """See to it that the clients' account has its password."""
        return answers(self._port) and self._access.create_user(self.address)

    def is_ready(self) -> bool:
        if not answers(self._port):
            return False
        client = AdminClient(self._access.client_configuration(self.address))
        try:
            return len(client.list_topics(timeout=PROBE_TIMEOUT_S).brokers) == 1
        except KafkaException:
            return False

    def _format(self, java: Java, class_path: str, properties: Path) -> None:
        """Prepare the empty data folder, once; KRaft starts on no other."""
        tool = [str(java.executable), "-Xmx256m", *LOG_SETTINGS, "-cp", class_path, "kafka.tools.StorageTool"]
        formatted = subprocess.run(  # noqa: S603 - the Java that was found, with arguments of our own
            [*tool, "format", "--cluster-id", _new_cluster_id(), "--config", str(properties), "--ignore-formatted"],
            capture_output=True,
            text=True,
            timeout=FORMAT_TIMEOUT_S,
            env=clean_environment(),
            check=False,
        )
        if formatted.returncode != 0:
            raise StackError(f"Kafka cannot prepare {self._home.data(self.name)}: {formatted.stderr.strip()}")

    def _render(self) -> str:
        return "".join(f"{name}={value}\n" for name, value in self._properties().items())

    def _properties(self) -> dict[str, object]:
        return {
            "process.roles": "broker,controller",
            "node.id": 1,
            "controller.quorum.voters": f"1@{LOOPBACK}:{self._controller_port}",
            "listeners": (
                f"{CLIENT_LISTENER}://{self.address},{CONTROLLER_LISTENER}://{LOOPBACK}:{self._controller_port}"
            ),
            "advertised.listeners": f"{CLIENT_LISTENER}://{self.address}",
            **self._access.broker_properties(),
            "log.dirs": self._home.data(self.name),
            # The broker's time orders every write in the stores, so producers cannot choose it.
            "log.message.timestamp.type": "LogAppendTime",
            "message.max.bytes": LARGEST_BATCH_BYTES,
            "replica.fetch.max.bytes": LARGEST_BATCH_BYTES,
            "socket.request.max.bytes": LARGEST_REQUEST_BYTES,
            "queued.max.request.bytes": LARGEST_QUEUE_BYTES,
            # What a producer has compressed is checked and kept as it came: never unpacked into the heap.
            "compression.type": "producer",
            # A topic with a typing mistake must be an error, not a new topic.
            "auto.create.topics.enable": "false",
            "default.replication.factor": 1,
            "offsets.topic.replication.factor": 1,
            "offsets.topic.num.partitions": 8,
            # As long as the longest retention of a topic: without its offset a group cannot tell what it has missed.
            "offsets.retention.minutes": 129_600,
            "transaction.state.log.replication.factor": 1,
            "transaction.state.log.min.isr": 1,
            "transaction.state.log.num.partitions": 4,
            "share.coordinator.state.topic.replication.factor": 1,
            "share.coordinator.state.topic.min.isr": 1,
            "group.initial.rebalance.delay.ms": 0,
            "num.network.threads": 2,
            "num.io.threads": 4,
            "background.threads": 4,
            # The default takes 128 MiB of the heap.
            "log.cleaner.dedupe.buffer.size": 16_777_216,
        }


def _new_cluster_id() -> str:
    """Return a random id as Kafka writes it; one that begins with ``-`` would be read as an option."""
    while (name := urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")).startswith("-"):
        continue
    return name

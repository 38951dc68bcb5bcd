"""The embedded Kafka lets nobody in without a password, not even into a data folder from before it had any."""

import socket
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from infra.embedded.homes.home import Home, HomeState
from infra.embedded.processes import ServerProcess
from infra.embedded.servers.jars import JarCache
from infra.embedded.servers.java import find_java
from infra.embedded.servers.kafka import KafkaServer
from infra.embedded.servers.server import clean_environment, java_command
from infra.embedded.stack import EmbeddedStack
from infra.kafka.event_bus import client_configuration
from infra.settings.servers import KafkaSettings
from infra.settings.settings import Settings
from tests.platforms import eventually
from tests.producers_foreign import librdkafka_configuration
from tests.stacks import EmbeddedTestStack, RunningStack

API_VERSIONS, METADATA, CREATE_TOPICS, DESCRIBE_QUORUM = 18, 3, 19, 55
STRANGERS = [
    {"security.protocol": "PLAINTEXT"},
    *(
        {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": way, "sasl.username": name, "sasl.password": word}
        for way in ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
        for name, word in (("vedette", "vedette"), ("broker", "broker"), ("admin", "admin-secret"))
    ),
]


@pytest.fixture(scope="module")
def embedded(stack: RunningStack) -> EmbeddedTestStack:
    assert isinstance(stack, EmbeddedTestStack), "these tests are about the embedded Kafka"
    return stack


@pytest.fixture
def older_home(tmp_path: Path) -> Iterator[Home]:
    """A home whose Kafka was formatted and used before it asked for passwords, with one message; it is stopped."""
    home = Home(tmp_path / "older")
    home.create()
    settings = Settings(home=home.root)
    EmbeddedStack(settings).start(only=["kafka"])
    process = ServerProcess(home, "kafka")
    process.stop(KafkaServer.stop_grace_s)
    forget_accounts(home)
    start_open(home, settings)
    publish({"bootstrap.servers": f"127.0.0.1:{HomeState.load(home).ports['kafka']}"})
    process.stop(KafkaServer.stop_grace_s)
    yield home
    EmbeddedStack(settings).stop()


def forget_accounts(home: Home) -> None:
    """Format the data folder anew, as a version without accounts did, and remember no password of Kafka's."""
    for path in home.data("kafka").rglob("*"):
        if path.is_file():
            path.unlink()
    older = HomeState.load(home).model_dump_json(exclude={"kafka_password", "kafka_broker_password"})
    home.state_file.write_text(older)


def start_open(home: Home, settings: Settings) -> None:
    """Start Kafka on this home with the listeners that it had before."""
    memory, process = HomeState.load(home), ServerProcess(home, "kafka")
    java, jars = find_java(settings.java_home, settings.cache), JarCache(settings.cache / "jars").fetch("kafka")
    server = KafkaServer(home, memory.ports, memory.kafka_access)
    server.prepare(java, jars, process.mark)
    properties = home.config("kafka") / "server.properties"
    kept = [line for line in properties.read_text().splitlines() if not line.startswith(("listener", "sasl", "inter"))]
    addresses = f"PLAINTEXT://{server.address},CONTROLLER://127.0.0.1:{memory.ports['kafka_controller']}"
    more = {
        "listeners": addresses,
        "advertised.listeners": f"PLAINTEXT://{server.address}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    }
    kept = [line for line in kept if not line.startswith("advertised")]
    properties.write_text("\n".join([*kept, *(f"{name}={value}" for name, value in more.items()), ""]))
    class_path = ":".join(map(str, jars))
    start = java_command(java, 512, home.log("kafka").parent, process.mark)
    process.start([*start, "-cp", class_path, "kafka.Kafka", str(properties)], clean_environment())


def publish(configuration: dict[str, object]) -> None:
    """Make a topic and publish one message to it, as soon as the broker answers."""
    client = AdminClient({**configuration, "log_level": 0})
    eventually(lambda: answers(client))
    client.create_topics([NewTopic("from-before", 1, 1)])["from-before"].result(30)
    producer = Producer(configuration)
    producer.produce("from-before", b"kept")
    assert producer.flush(30) == 0


def answers(client: AdminClient) -> bool:
    try:
        return bool(client.list_topics(timeout=2).brokers)
    except KafkaException:
        return False


@pytest.mark.parametrize("stranger", STRANGERS, ids=lambda one: "-".join(list(one.values())[1:3]) or "open")
def test_who_brings_no_password_or_a_wrong_one_is_not_let_in(
    stranger: dict[str, str], embedded: EmbeddedTestStack
) -> None:
    client = AdminClient({"bootstrap.servers": embedded.settings.kafka.bootstrap_servers, **stranger, "log_level": 0})
    with pytest.raises(KafkaException):
        client.list_topics(timeout=3)


@pytest.mark.parametrize("port", ["kafka", "kafka_controller"])
@pytest.mark.parametrize("request_type", [METADATA, CREATE_TOPICS, DESCRIBE_QUORUM])
def test_neither_listener_answers_a_request_before_the_log_in(
    port: str, request_type: int, embedded: EmbeddedTestStack
) -> None:
    number = HomeState.load(Home(embedded.settings.home)).ports[port]
    assert ask(number, API_VERSIONS) != b""
    assert ask(number, request_type) == b""


def ask(port: int, request_type: int) -> bytes:
    """Send a request without a log-in; returns how the answer begins, nothing where the connection is closed."""
    body = struct.pack(">hhih", request_type, 0, 7, -1) + b"\0" * 8
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(struct.pack(">i", len(body)) + body)
        try:
            return connection.recv(16)
        except ConnectionResetError:
            return b""


def test_the_file_for_foreign_clients_lets_them_in(embedded: EmbeddedTestStack) -> None:
    file = Home(embedded.settings.home).client_properties_file
    assert file.stat().st_mode & 0o777 == 0o600
    assert answers(AdminClient(librdkafka_configuration(file)))
    # For clients whose SCRAM today's brokers refuse.
    assert answers(AdminClient({**librdkafka_configuration(file), "sasl.mechanism": "PLAIN"}))


def test_transactions_reach_the_broker_as_its_own_account(embedded: EmbeddedTestStack) -> None:
    """The coordinator writes a transaction's end over the broker's own listener."""
    kafka = embedded.settings.kafka
    # The answer comes only as long as there is a client.
    client = AdminClient(client_configuration(kafka))
    client.create_topics([NewTopic("guarded", 1, 1)])["guarded"].result(30)
    producer = Producer({**client_configuration(kafka), "transactional.id": "guarded"})
    producer.init_transactions(60)
    producer.begin_transaction()
    producer.produce("guarded", b"committed")
    producer.commit_transaction(60)
    assert read(kafka, "guarded") == b"committed"


def read(kafka: KafkaSettings, topic: str) -> bytes | None:
    consumer = Consumer({**client_configuration(kafka), "group.id": "guarded", "isolation.level": "read_committed"})
    try:
        consumer.assign([TopicPartition(topic, 0, 0)])
        message = consumer.poll(30)
        return message.value() if message else None
    finally:
        consumer.close()


def test_a_home_from_before_there_were_passwords_is_guarded_and_keeps_its_messages(older_home: Home) -> None:
    settings = Settings(home=older_home.root)
    EmbeddedStack(settings).start(only=["kafka"])
    settings = Settings(home=older_home.root)
    stranger = AdminClient({"bootstrap.servers": settings.kafka.bootstrap_servers, "log_level": 0})

    assert settings.kafka.security_protocol == "SASL_PLAINTEXT"
    assert read(settings.kafka, "from-before") == b"kept"
    assert not answers(stranger)

"""What the servers are told: loopback alone, no topic by mistake, nothing acknowledged that is not on the disk."""

import zipfile
from pathlib import Path

import pytest
import yaml

from infra.embedded.homes.home import Home
from infra.embedded.servers.cassandra import CassandraServer
from infra.embedded.servers.elasticsearch import ElasticsearchServer
from infra.embedded.servers.java import Java
from infra.embedded.servers.kafka import KafkaServer
from infra.embedded.servers.kafka_access import KafkaAccess
from infra.embedded.servers.server import Server

PORTS = {
    "kafka": 20_001,
    "kafka_controller": 20_002,
    "cassandra": 20_003,
    "cassandra_storage": 20_004,
    "elasticsearch": 20_005,
    "elasticsearch_transport": 20_006,
}
PASSWORD = "not-to-be-written-anywhere"  # noqa: S105 - looked for, and never found
BROKER_PASSWORD = "in-one-file-alone"  # noqa: S105 - likewise
KAFKA_PASSWORD = "in-the-same-file-alone"  # noqa: S105 - likewise
ACCESS = KafkaAccess(KAFKA_PASSWORD, BROKER_PASSWORD)
MARK = "-Dvedette.server=x@y"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.create()
    # A formatted data folder, which a first start would make with Kafka's own tool.
    home.data("kafka").mkdir()
    (home.data("kafka") / "meta.properties").touch()
    return home


@pytest.fixture
def java(tmp_path: Path) -> Java:
    (tmp_path / "jdk" / "lib" / "server").mkdir(parents=True)
    (tmp_path / "jdk" / "lib" / "server" / "libjvm.so").touch()
    return Java(tmp_path / "jdk")


@pytest.fixture
def jars(tmp_path: Path) -> list[Path]:
    transport = tmp_path / "transport-netty4-8.19.21.jar"
    with zipfile.ZipFile(transport, "w") as archive:
        for name in ("plugin-descriptor.properties", "entitlement-policy.yaml"):
            archive.writestr(f"META-INF/es-plugins/transport-netty4/{name}", name)
    others = [tmp_path / "netty-common-4.1.jar", tmp_path / "elasticsearch-8.19.21.jar"]
    for jar in others:
        jar.touch()
    return [*others, transport]


def servers(home: Home) -> list[Server]:
    return [KafkaServer(home, PORTS, ACCESS), CassandraServer(home, PORTS, PASSWORD), ElasticsearchServer(home, PORTS)]


def properties(home: Home) -> dict[str, str]:
    text = (home.config("kafka") / "server.properties").read_text()
    return dict(line.split("=", 1) for line in text.splitlines())


def test_kafka_makes_no_topic_by_mistake_and_stamps_messages_itself(home: Home, java: Java, jars: list[Path]) -> None:
    KafkaServer(home, PORTS, ACCESS).prepare(java, jars, MARK)
    kafka = properties(home)

    assert kafka["auto.create.topics.enable"] == "false"
    assert kafka["log.message.timestamp.type"] == "LogAppendTime"
    assert int(kafka["message.max.bytes"]) >= 2.5 * 2**20
    assert int(kafka["replica.fetch.max.bytes"]) >= int(kafka["message.max.bytes"])
    assert kafka["advertised.listeners"] == "CLIENTS://127.0.0.1:20001"


def test_cassandra_asks_for_a_password_and_writes_before_it_acknowledges(
    home: Home, java: Java, jars: list[Path]
) -> None:
    CassandraServer(home, PORTS, PASSWORD).prepare(java, jars, MARK)
    settings = yaml.safe_load((home.config("cassandra") / "cassandra.yaml").read_text())

    assert settings["authenticator"]["class_name"].endswith(".PasswordAuthenticator")
    assert settings["authorizer"]["class_name"].endswith(".CassandraAuthorizer")
    assert settings["commitlog_sync"] in {"batch", "group"}


def test_no_server_listens_beyond_this_machine(home: Home, java: Java, jars: list[Path]) -> None:
    for server in servers(home):
        server.prepare(java, jars, MARK)
    cassandra = yaml.safe_load((home.config("cassandra") / "cassandra.yaml").read_text())
    elasticsearch = yaml.safe_load((home.config("elasticsearch") / "config" / "elasticsearch.yml").read_text())

    assert properties(home)["listeners"] == "CLIENTS://127.0.0.1:20001,CONTROLLER://127.0.0.1:20002"
    assert {cassandra["listen_address"], cassandra["rpc_address"]} == {"127.0.0.1"}
    assert elasticsearch["network.host"] == "127.0.0.1"


def test_kafka_lets_nobody_in_without_a_password_at_any_listener(home: Home, java: Java, jars: list[Path]) -> None:
    KafkaServer(home, PORTS, ACCESS).prepare(java, jars, MARK)
    kafka = properties(home)
    protocols = dict(pair.split(":") for pair in kafka["listener.security.protocol.map"].split(","))
    listeners = [listener.partition("://")[0] for listener in kafka["listeners"].split(",")]

    assert {protocols[listener] for listener in listeners} == {"SASL_PLAINTEXT"}
    assert kafka["listener.name.clients.sasl.enabled.mechanisms"] == "SCRAM-SHA-512,PLAIN"
    assert kafka["listener.name.controller.sasl.enabled.mechanisms"] == "PLAIN"


def test_no_password_is_on_a_command_line_and_cassandras_is_in_no_configuration(
    home: Home, java: Java, jars: list[Path]
) -> None:
    launches = [server.prepare(java, jars, MARK) for server in servers(home)]
    files = [path for path in (home.root / "config").rglob("*") if path.is_file()]

    assert files
    assert not any(PASSWORD.encode() in path.read_bytes() for path in files)
    arguments = [argument for launch in launches for argument in launch.command]
    assert not any(
        password in argument for argument in arguments for password in (PASSWORD, KAFKA_PASSWORD, BROKER_PASSWORD)
    )


@pytest.mark.parametrize("password", [KAFKA_PASSWORD, BROKER_PASSWORD])
def test_kafkas_passwords_are_in_one_file_for_its_owner_alone(
    password: str, home: Home, java: Java, jars: list[Path]
) -> None:
    for server in servers(home):
        server.prepare(java, jars, MARK)
    files = [path for path in (home.root / "config").rglob("*") if path.is_file()]
    holding = [path for path in files if password.encode() in path.read_bytes()]

    assert holding == [home.config("kafka") / "server.properties"]
    assert holding[0].stat().st_mode & 0o777 == 0o600


def test_every_command_carries_the_mark(home: Home, java: Java, jars: list[Path]) -> None:
    assert all(MARK in server.prepare(java, jars, MARK).command for server in servers(home))


def test_credentials_of_our_environment_do_not_reach_the_servers(
    home: Home, java: Java, jars: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cret")
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", "-Xmx1m")
    environments = [server.prepare(java, jars, MARK).environment for server in servers(home)]

    assert all("AWS_SECRET_ACCESS_KEY" not in environment for environment in environments)
    assert all("JAVA_TOOL_OPTIONS" not in environment for environment in environments)


def test_elasticsearch_gets_its_transport_as_a_module_and_the_rest_on_the_module_path(
    home: Home, java: Java, jars: list[Path]
) -> None:
    launch = ElasticsearchServer(home, PORTS).prepare(java, jars, MARK)
    module = home.config("elasticsearch") / "modules" / "transport-netty4"

    assert {path.name for path in module.iterdir()} == {
        "netty-common-4.1.jar",
        "transport-netty4-8.19.21.jar",
        "plugin-descriptor.properties",
        "entitlement-policy.yaml",
    }
    assert str(jars[1]) in launch.command
    assert not any("netty-common" in argument for argument in launch.command)

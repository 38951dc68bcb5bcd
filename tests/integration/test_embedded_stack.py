"""The embedded stack with its real servers: started, crashed, found again and stopped."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import psutil
import pytest
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile, NoHostAvailable, Session
from cassandra.policies import WhiteListRoundRobinPolicy
from confluent_kafka import TIMESTAMP_LOG_APPEND_TIME, Consumer, KafkaError, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from elasticsearch import Elasticsearch

from infra.embedded.homes.home import Home
from infra.embedded.stack import SERVERS, EmbeddedStack
from infra.kafka.event_bus import client_configuration
from infra.settings.servers import CassandraSettings
from infra.settings.settings import Settings
from tests.stacks import EmbeddedTestStack, RunningStack, embedded_stack

pytestmark = pytest.mark.long

VEDETTE = [sys.executable, "-c", "from infra.cli import main; main()"]
YEAR_2001_MS = 1_000_000_000_000


@pytest.fixture(scope="module")
def embedded(stack: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedTestStack]:
    """The run's own stack where that is an embedded one; these tests are about no other."""
    if isinstance(stack, EmbeddedTestStack):
        yield stack
        return
    with embedded_stack(tmp_path_factory.mktemp("embedded")) as own:
        yield own


@pytest.fixture(scope="module")
def second_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("second")
    yield home
    vedette("down", home)


def vedette(command: str, home: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*VEDETTE, command, "--home", str(home), *options], capture_output=True, text=True, timeout=240, check=False
    )


def processes_of(home: Path, server: str = "") -> set[int]:
    """The pids of all processes, or of one server's, that name ``home`` in an argument; found without our own code."""
    return {
        process.pid
        for process in psutil.process_iter(["cmdline"])
        if any(f"{server}@{home}" in argument for argument in process.info["cmdline"] or [])
    }


def pids(stack: EmbeddedTestStack) -> dict[str, int | None]:
    return {server.server: server.pid for server in stack.servers.status()}


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 240
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


@contextmanager
def cassandra_session(settings: CassandraSettings, username: str, password: str) -> Iterator[Session]:
    profile = ExecutionProfile(load_balancing_policy=WhiteListRoundRobinPolicy(settings.contact_points))
    cluster = Cluster(
        settings.contact_points,
        port=settings.port,
        auth_provider=PlainTextAuthProvider(username, password),
        execution_profiles={EXEC_PROFILE_DEFAULT: profile},
        protocol_version=5,
    )
    try:
        yield cluster.connect()
    finally:
        cluster.shutdown()


@contextmanager
def own_session(settings: Settings) -> Iterator[Session]:
    cassandra = settings.cassandra
    assert cassandra.username is not None
    assert cassandra.password is not None
    with cassandra_session(cassandra, cassandra.username, cassandra.password.get_secret_value()) as session:
        yield session


def make_table(session: Session, name: str) -> None:
    session.execute(
        "CREATE KEYSPACE IF NOT EXISTS embedded_test "
        "WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}"
    )
    session.execute(f"CREATE TABLE IF NOT EXISTS embedded_test.{name} (id int PRIMARY KEY, word text)")


def make_topic(settings: Settings, name: str) -> None:
    admin = AdminClient(client_configuration(settings.kafka))
    admin.create_topics([NewTopic(name, 1, 1, config={"max.message.bytes": "2621440"})])[name].result(30)


def publish(settings: Settings, topic: str, value: bytes, **more: Any) -> list[KafkaError | None]:
    outcomes: list[KafkaError | None] = []
    producer = Producer(
        {
            **client_configuration(settings.kafka),
            "message.max.bytes": 2_621_440,
            "message.timeout.ms": 6_000,
        }
    )
    producer.produce(topic, value, on_delivery=lambda error, _message: outcomes.append(error), **more)
    producer.flush(30)
    return outcomes


def read_first(settings: Settings, topic: str) -> Any:
    consumer = Consumer({**client_configuration(settings.kafka), "group.id": "embedded-test"})
    try:
        consumer.assign([TopicPartition(topic, 0, 0)])
        return consumer.poll(30)
    finally:
        consumer.close()


def test_status_shows_three_ready_servers(embedded: EmbeddedTestStack) -> None:
    result = vedette("status", embedded.settings.home, "--json")
    servers = orjson.loads(result.stdout)

    assert result.returncode == 0
    assert [(server["server"], server["state"]) for server in servers] == [(name, "ready") for name in SERVERS]
    assert all(server["rss_bytes"] > 2**26 and server["uptime_s"] > 0 for server in servers)


def test_up_a_second_time_says_what_runs_and_starts_nothing(embedded: EmbeddedTestStack) -> None:
    before = pids(embedded)
    result = vedette("up", embedded.settings.home)

    assert result.returncode == 0, result.stderr
    assert result.stdout.count("already running") == 3
    assert pids(embedded) == before


def test_the_servers_listen_on_loopback_alone(embedded: EmbeddedTestStack) -> None:
    listening = [
        connection.laddr.ip
        for pid in pids(embedded).values()
        for connection in psutil.Process(pid).net_connections(kind="tcp")
        if connection.status == psutil.CONN_LISTEN
    ]

    assert len(listening) >= 6
    assert {address.removeprefix("::ffff:") for address in listening} == {"127.0.0.1"}


def test_cassandra_refuses_the_default_password(embedded: EmbeddedTestStack) -> None:
    with (
        pytest.raises(NoHostAvailable, match=r"not permitted to log in"),
        cassandra_session(embedded.settings.cassandra, "cassandra", "cassandra"),
    ):
        pass


def test_cassandra_refuses_those_who_bring_no_password(embedded: EmbeddedTestStack) -> None:
    cassandra = embedded.settings.cassandra
    cluster = Cluster(cassandra.contact_points, port=cassandra.port, protocol_version=5)
    try:
        with pytest.raises(NoHostAvailable, match="requires authentication"):
            cluster.connect()
    finally:
        cluster.shutdown()


def test_publishing_to_a_topic_that_was_never_created_is_an_error(embedded: EmbeddedTestStack) -> None:
    [error] = publish(embedded.settings, "embedded-test-typo", b"lost?")
    admin = AdminClient(client_configuration(embedded.settings.kafka))

    assert error is not None
    assert "embedded-test-typo" not in admin.list_topics(timeout=10).topics


def test_the_broker_stamps_each_message_whatever_the_producer_says(embedded: EmbeddedTestStack) -> None:
    make_topic(embedded.settings, "embedded-test-time")
    outcomes = publish(embedded.settings, "embedded-test-time", b"x", timestamp=YEAR_2001_MS)
    kind, stamp = read_first(embedded.settings, "embedded-test-time").timestamp()

    assert outcomes == [None]
    assert kind == TIMESTAMP_LOG_APPEND_TIME
    assert stamp > YEAR_2001_MS


def test_a_message_of_two_mebibytes_passes(embedded: EmbeddedTestStack) -> None:
    make_topic(embedded.settings, "embedded-test-size")
    outcomes = publish(embedded.settings, "embedded-test-size", os.urandom(2 * 2**20))

    assert outcomes == [None]
    assert len(read_first(embedded.settings, "embedded-test-size").value()) == 2 * 2**20


def test_an_acknowledged_cassandra_write_survives_a_kill_at_once(embedded: EmbeddedTestStack) -> None:
    with own_session(embedded.settings) as session:
        make_table(session, "kept")
        for number in range(50):
            session.execute("INSERT INTO embedded_test.kept (id, word) VALUES (%s, 'kept')", (number,))
        embedded.kill("cassandra")
    embedded.restart("cassandra")
    with own_session(embedded.settings) as session:
        rows = session.execute("SELECT id FROM embedded_test.kept")

        assert {row.id for row in rows} == set(range(50))


def test_a_killed_server_is_reported_with_its_last_log_lines(embedded: EmbeddedTestStack) -> None:
    embedded.kill("elasticsearch")
    result = vedette("status", embedded.settings.home, "--json")
    [_, _, died] = orjson.loads(result.stdout)
    log = Home(embedded.settings.home).log("elasticsearch").read_text().splitlines()
    embedded.restart("elasticsearch")

    assert result.returncode == 3
    assert died["state"] == "died"
    assert died["log_tail"]
    assert died["log_tail"] == log[-len(died["log_tail"]) :]
    assert {server.state for server in embedded.servers.status()} == {"ready"}


def test_two_ups_at_once_start_what_is_missing_only_once(embedded: EmbeddedTestStack) -> None:
    embedded.kill("kafka")
    with ThreadPoolExecutor(2) as pool:
        ups = list(pool.map(lambda _: vedette("up", embedded.settings.home), range(2)))
    starts = [up for up in ups if re.search(r"kafka +ready in", up.stdout)]

    assert [up.returncode for up in ups] == [0, 0], ups[0].stderr + ups[1].stderr
    assert len(starts) == 1
    assert len(processes_of(embedded.settings.home, "kafka")) == 1


def test_down_after_a_killed_up_leaves_no_process(second_home: Path) -> None:
    with subprocess.Popen([*VEDETTE, "up", "--home", str(second_home)], stdout=subprocess.DEVNULL) as up:
        until(lambda: len(processes_of(second_home)) >= 2 or up.poll() is not None)
        up.send_signal(signal.SIGKILL)
        up.wait()
    orphans = processes_of(second_home)
    result = vedette("down", second_home)

    assert len(orphans) >= 2
    assert result.returncode == 0, result.stderr
    assert processes_of(second_home) == set()


def test_two_homes_run_at_once_and_each_keeps_to_itself(embedded: EmbeddedTestStack, second_home: Path) -> None:
    result = vedette("up", second_home)
    assert result.returncode == 0, result.stderr
    second, first = Settings(home=second_home), embedded.settings
    make_topic(second, "embedded-test-second")
    topics = AdminClient(client_configuration(first.kafka)).list_topics(timeout=10).topics

    assert "embedded-test-second" not in topics
    assert second.cassandra.port != first.cassandra.port
    assert second.cassandra.password != first.cassandra.password
    assert second.elasticsearch.urls != first.elasticsearch.urls
    assert {server.state for server in embedded.servers.status()} == {"ready"}


def test_data_survives_down_and_up(embedded: EmbeddedTestStack, second_home: Path) -> None:
    before = pids(embedded)
    first = Settings(home=second_home)
    write_everywhere(first)
    down, forgotten, up = vedette("down", second_home), Settings(home=second_home), vedette("up", second_home)
    after = Settings(home=second_home)

    assert (down.returncode, up.returncode) == (0, 0), down.stderr + up.stderr
    assert forgotten.kafka.bootstrap_servers == ""
    assert (after.kafka, after.cassandra) == (first.kafka, first.cassandra)
    assert read_everywhere(after) == ["kept", "kept", "kept"]
    assert pids(embedded) == before


def write_everywhere(settings: Settings) -> None:
    make_topic(settings, "embedded-test-data")
    assert publish(settings, "embedded-test-data", b"kept") == [None]
    with own_session(settings) as session:
        make_table(session, "data")
        session.execute("INSERT INTO embedded_test.data (id, word) VALUES (1, 'kept')")
    with Elasticsearch(settings.elasticsearch.urls) as client:
        client.index(index="embedded-test", id="1", document={"word": "kept"})


def read_everywhere(settings: Settings) -> list[str]:
    message = read_first(settings, "embedded-test-data").value().decode()
    with own_session(settings) as session:
        row = session.execute("SELECT word FROM embedded_test.data WHERE id = 1").one().word
    with Elasticsearch(settings.elasticsearch.urls) as client:
        document = client.get(index="embedded-test", id="1")["_source"]["word"]
    return [message, row, document]


def test_a_server_that_dies_while_starting_says_so_with_its_log(second_home: Path) -> None:
    EmbeddedStack(Settings(home=second_home)).stop(only=["kafka"])
    (second_home / "data" / "kafka" / "meta.properties").write_text("version=99\n")
    result = vedette("up", second_home)

    assert result.returncode == 1
    assert "kafka died while starting" in result.stderr
    assert "meta.properties" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_command_that_is_told_to_end_stops_what_it_has_started(tmp_path: Path) -> None:
    environment = {**os.environ, "VEDETTE_HOME": str(tmp_path)}
    running = subprocess.Popen([*VEDETTE, "demo"], env=environment, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 240
    while not processes_of(tmp_path):
        assert time.monotonic() < deadline
        assert running.poll() is None
        time.sleep(0.1)
    running.send_signal(signal.SIGTERM)
    assert running.wait(120) == 128 + signal.SIGTERM
    assert processes_of(tmp_path) == set()

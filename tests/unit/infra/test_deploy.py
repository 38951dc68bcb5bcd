"""The deployment files name commands, settings, versions and fields that exist."""

import re
import subprocess
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from infra.embedded.jars import read_lock
from infra.embedded.kafka_server import LARGEST_BATCH_BYTES
from infra.index_migration import read_definition
from infra.settings import ElasticsearchSettings, Settings

INFRA = Path(__file__).parents[3] / "infra"
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((INFRA / "deploy" / "compose.yaml").read_text())["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "vedette"}
OBJECTS = [orjson.loads(line) for line in (INFRA / "dashboards" / "results.ndjson").read_bytes().splitlines()]

# Cassandra 5.0 writes a space before some of its colons.
CASSANDRA_YAML = """\
# authenticator: PasswordAuthenticator, authorizer: CassandraAuthorizer
authenticator:
  class_name : AllowAllAuthenticator
authorizer:
  class_name: AllowAllAuthorizer
commitlog_sync: periodic
commitlog_sync_period: 10000ms
"""


def test_each_of_our_services_runs_a_command_that_there_is() -> None:
    commands = {point.name for point in entry_points(group="vedette.commands")}
    assert {service["command"][0] for service in OURS.values()} == {"migrate", "worker", "serve"}
    assert {service["command"][0] for service in OURS.values()} <= commands


def test_each_variable_of_our_services_is_a_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for service in OURS.values():
        for name, value in service["environment"].items():
            monkeypatch.setenv(name, "correct horse battery" if value.startswith("$") else value)
        settings = Settings(home=tmp_path)
        assert settings.kafka.bootstrap_servers == "kafka:9092"
        assert settings.cassandra.contact_points == ["cassandra"]
        assert settings.elasticsearch.urls == ["http://elasticsearch:9200"]


@pytest.mark.parametrize(
    ("service", "jar"), [("kafka", "kafka_2.13"), ("cassandra", "cassandra-all"), ("elasticsearch", "elasticsearch")]
)
def test_the_images_are_the_versions_that_everything_is_tested_with(service: str, jar: str) -> None:
    (version,) = [
        locked.coordinate.rpartition(":")[2] for locked in read_lock(service) if f":{jar}:" in locked.coordinate
    ]
    assert SERVICES[service]["image"].endswith(f":{version}")


def test_kafka_takes_messages_as_large_as_the_embedded_one() -> None:
    environment = SERVICES["kafka"]["environment"]
    assert environment["KAFKA_MESSAGE_MAX_BYTES"] == LARGEST_BATCH_BYTES
    assert environment["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"


@pytest.mark.parametrize("text", [CASSANDRA_YAML, CASSANDRA_YAML.replace("class_name :", "class_name:")])
def test_cassandra_asks_for_a_password_and_loses_nothing_acknowledged(tmp_path: Path, text: str) -> None:
    ended, changed = start_cassandra(tmp_path, text)
    assert ended.returncode == 0, ended.stdout
    assert re.search(r"^authenticator:\n  class_name ?: PasswordAuthenticator$", changed, re.MULTILINE)
    assert re.search(r"^authorizer:\n  class_name ?: CassandraAuthorizer$", changed, re.MULTILINE)
    assert changed.endswith("commitlog_sync: batch\n")


def test_cassandra_does_not_start_open_where_its_configuration_looks_otherwise(tmp_path: Path) -> None:
    ended, _ = start_cassandra(tmp_path, CASSANDRA_YAML.replace("AllowAllAuthenticator", "SomethingElse"))
    assert (ended.returncode, ended.stdout) == (1, "cassandra.yaml lacks PasswordAuthenticator\n")


def start_cassandra(folder: Path, text: str) -> tuple[subprocess.CompletedProcess[str], str]:
    """Run the service's own script on this cassandra.yaml, with nothing to start at its end."""
    configuration = folder / "cassandra.yaml"
    configuration.write_text(text)
    script: str = SERVICES["cassandra"]["entrypoint"][2]
    runnable = script.replace("$$", "$").replace("/etc/cassandra/cassandra.yaml", str(configuration))
    runnable = runnable.replace("exec docker-entrypoint.sh cassandra -f", "exit 0")
    ended = subprocess.run(["bash", "-c", runnable], capture_output=True, text=True, check=False)
    return ended, configuration.read_text()


def test_kibanas_objects_show_fields_of_the_index_that_there_are() -> None:
    properties = read_definition()["mappings"]["properties"]
    (view,) = [thing for thing in OBJECTS if thing["type"] == "index-pattern"]
    assert view["attributes"]["title"] == ElasticsearchSettings().index
    assert properties[view["attributes"]["timeFieldName"]]["type"] == "date"
    searches = [thing for thing in OBJECTS if thing["type"] == "search"]
    assert searches
    for search in searches:
        assert [reference["id"] for reference in search["references"]] == [view["id"]]
        for column in search["attributes"]["columns"]:
            head, _, inner = column.partition(".")
            assert head in properties, column
            assert not inner or inner in properties[head]["properties"], column


def test_nothing_is_published_beyond_loopback() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)

"""The deployment's files, held against the code that they deploy; the servers' images themselves are not run here."""

import json
import re
import subprocess
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
import yaml

import infra
from infra.embedded.servers.jars import read_lock
from infra.embedded.servers.kafka import LARGEST_BATCH_BYTES
from infra.settings.settings import Settings
from tests import stacks

ROOM = Path(infra.__file__).parent
COMPOSE_TEXT = (ROOM / "deploy" / "compose.yaml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(COMPOSE_TEXT)
KINDS = ("results", "activity")
OBJECTS = {
    kind: [json.loads(line) for line in (ROOM / "dashboards" / f"{kind}.ndjson").read_text().splitlines()]
    for kind in KINDS
}
MAPPINGS = {
    kind: json.loads((ROOM / "elasticsearch" / "mappings" / f"{kind}.json").read_text())["mappings"] for kind in KINDS
}
OURS = ("migrate", "recognise", "store", "index", "audit", "activity", "webhooks", "api")

# Cassandra 5.0 writes a space before some of its colons, and some of its classes with their packages.
CASSANDRA_YAML = """\
# authenticator: PasswordAuthenticator, authorizer: CassandraAuthorizer
authenticator:
  class_name : AllowAllAuthenticator
authorizer:
  class_name: AllowAllAuthorizer
commitlog_sync: periodic
commitlog_sync_period: 10000ms
"""


@pytest.mark.parametrize("service", OURS)
def test_the_variables_of_each_service_are_settings(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = COMPOSE["services"][service]["environment"]
    for name, value in environment.items():
        monkeypatch.setenv(name, "a-long-random-password" if value.startswith("${") else value)
    settings = Settings()
    assert settings.kafka.bootstrap_servers == "kafka:9092"
    assert settings.cassandra.contact_points == ["cassandra"]
    assert settings.elasticsearch.urls == ["http://elasticsearch:9200"]
    assert (settings.cassandra.username, settings.elasticsearch.username) == ("vedette", "vedette")
    assert None not in (settings.cassandra.password, settings.elasticsearch.password)


SECRETS = (
    *("VEDETTE_CASSANDRA__PASSWORD", "CASSANDRA_ADMIN_PASSWORD"),
    *("VEDETTE_ELASTICSEARCH__PASSWORD", "ELASTIC_PASSWORD", "KIBANA_PASSWORD"),
)


def test_every_password_comes_from_the_environment_and_a_missing_one_refuses_the_start() -> None:
    given = [
        (name, str(value))
        for service in COMPOSE["services"].values()
        for name, value in service.get("environment", {}).items()
        if "PASSWORD" in name
    ]
    named = {match.group(1) for _, value in given if (match := re.fullmatch(r"\$\{(\w+):\?[^}]+\}", value))}
    assert named == set(SECRETS)
    assert all(value.startswith("${") for _, value in given)
    assert all(re.search(rf"\b{name}\b", COMPOSE_TEXT.split("name: vedette")[0]) for name in SECRETS)


def test_elasticsearch_asks_for_a_password_and_is_asked_with_one() -> None:
    elasticsearch, kibana = COMPOSE["services"]["elasticsearch"], COMPOSE["services"]["kibana"]
    assert elasticsearch["environment"]["xpack.security.enabled"] == "true"
    assert "$$ELASTIC_PASSWORD" in elasticsearch["healthcheck"]["test"][1]
    assert kibana["environment"]["ELASTICSEARCH_USERNAME"] == "kibana_system"
    for service in ("migrate", "kibana"):
        waited = COMPOSE["services"][service]["depends_on"]["elasticsearch-accounts"]
        assert waited == {"condition": "service_completed_successfully"}


def test_the_platforms_user_of_elasticsearch_has_its_own_indices_alone(tmp_path: Path) -> None:
    """The service's own script, with a curl that writes down what it is given."""
    asked = run_accounts(tmp_path)
    role, user = json.loads(asked["role/vedette"]), json.loads(asked["user/vedette"])
    assert role == {"cluster": ["monitor"], "indices": [{"names": ["vedette-*"], "privileges": ["all"]}]}
    assert user == {"password": "of-the-platform", "roles": ["vedette"]}
    assert json.loads(asked["user/kibana_system/_password"]) == {"password": "of-kibana"}
    indices = {Settings().elasticsearch.index, Settings().activity.index}
    assert all(index.startswith("vedette-") for index in indices)


def run_accounts(folder: Path) -> dict[str, str]:
    curl = folder / "curl"
    curl.write_text(f'#!/bin/bash\nname="${{@: -1}}"; cat > "{folder}/$(tr / + <<< "${{name#*_security/}}")"\n')
    curl.chmod(0o755)
    script: str = COMPOSE["services"]["elasticsearch-accounts"]["entrypoint"][2]
    runnable = script.replace("$$", "$").replace("/tmp/", f"{folder}/")  # noqa: S108 - replaced
    passwords = {"ELASTIC_PASSWORD": "of-elastic", "KIBANA_PASSWORD": "of-kibana"}
    environment = {"PATH": f"{folder}:/usr/bin:/bin", "VEDETTE_ELASTICSEARCH__PASSWORD": "of-the-platform", **passwords}
    subprocess.run(["bash", "-c", runnable], env=environment, check=True)
    assert (folder / "login").read_text() == 'user = "elastic:of-elastic"\n'
    return {path.name.replace("+", "/"): path.read_text() for path in folder.iterdir() if path.name != "curl"}


def test_the_platforms_role_of_cassandra_is_no_superuser() -> None:
    script: str = COMPOSE["services"]["cassandra-account"]["entrypoint"][2]
    statements = [line.strip() for line in script.replace("\n          ", " ").splitlines()]
    about = [line for line in statements if re.search(r"ROLE (IF NOT EXISTS )?vedette ", line)]
    assert about
    assert all("SUPERUSER = false" in line for line in about)
    granted = [line for line in statements if line.startswith("GRANT")]
    assert granted == ["GRANT ALL PERMISSIONS ON KEYSPACE vedette TO vedette;"]
    assert "ALTER ROLE cassandra WITH SUPERUSER = false AND LOGIN = false;" in statements


def test_the_image_is_built_of_what_is_locked_with_text_recognition_or_without() -> None:
    root = ROOM.parent
    dockerfile = (ROOM / "deploy" / "Dockerfile").read_text()
    [default] = re.findall(r"^ARG REQUIREMENTS=(.+)$", dockerfile, re.MULTILINE)
    offered = re.findall(r"REQUIREMENTS=(\S+\.lock)", dockerfile)
    assert COMPOSE["x-platform"]["build"]["args"] == {"REQUIREMENTS": f"${{VEDETTE_REQUIREMENTS:-{default}}}"}
    assert {default, "requirements.lock"} == set(offered)
    assert all((root / name).is_file() for name in offered)


def test_the_images_are_those_that_the_tests_start() -> None:
    images = {COMPOSE["services"][name]["image"] for name in ("kafka", "cassandra", "elasticsearch")}
    assert images == {stacks.KAFKA_IMAGE, stacks.CASSANDRA_IMAGE, stacks.ELASTICSEARCH_IMAGE}


@pytest.mark.parametrize(
    ("service", "jar"), [("kafka", "kafka_2.13"), ("cassandra", "cassandra-all"), ("elasticsearch", "elasticsearch")]
)
def test_the_images_are_the_versions_that_everything_is_tested_with(service: str, jar: str) -> None:
    (version,) = [
        locked.coordinate.rpartition(":")[2] for locked in read_lock(service) if f":{jar}:" in locked.coordinate
    ]
    assert COMPOSE["services"][service]["image"].endswith(f":{version}")


def test_each_of_our_services_runs_a_command_that_there_is() -> None:
    commands = {point.name for point in entry_points(group="vedette.commands")}
    assert {COMPOSE["services"][name]["command"][0] for name in OURS} == {"migrate", "worker", "serve"}
    assert {COMPOSE["services"][name]["command"][0] for name in OURS} <= commands


def test_kafka_takes_messages_as_large_as_the_embedded_one() -> None:
    environment = COMPOSE["services"]["kafka"]["environment"]
    assert environment["KAFKA_MESSAGE_MAX_BYTES"] == LARGEST_BATCH_BYTES
    assert environment["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"


@pytest.mark.parametrize(
    "text",
    [
        CASSANDRA_YAML,
        CASSANDRA_YAML.replace("class_name :", "class_name:"),
        CASSANDRA_YAML.replace(": AllowAll", ": org.apache.cassandra.auth.AllowAll"),
        re.sub(r"\n  class_name ?:", "", CASSANDRA_YAML),
    ],
)
def test_cassandra_asks_for_a_password_and_loses_nothing_acknowledged(tmp_path: Path, text: str) -> None:
    ended, changed = start_cassandra(tmp_path, text)
    assert ended.returncode == 0, ended.stdout
    read = yaml.safe_load(changed)
    assert read["authenticator"] in ("PasswordAuthenticator", {"class_name": "PasswordAuthenticator"})
    assert read["authorizer"] in ("CassandraAuthorizer", {"class_name": "CassandraAuthorizer"})
    assert changed.endswith("commitlog_sync: batch\n")


def test_cassandra_does_not_start_open_where_its_configuration_looks_otherwise(tmp_path: Path) -> None:
    ended, _ = start_cassandra(tmp_path, CASSANDRA_YAML.replace("AllowAllAuthenticator", "SomethingElse"))
    assert (ended.returncode, ended.stdout) == (1, "cassandra.yaml lacks PasswordAuthenticator\n")


def start_cassandra(folder: Path, text: str) -> tuple[subprocess.CompletedProcess[str], str]:
    """Run the service's own script on this cassandra.yaml, with nothing to start at its end."""
    configuration = folder / "cassandra.yaml"
    configuration.write_text(text)
    script: str = COMPOSE["services"]["cassandra"]["entrypoint"][2]
    runnable = script.replace("$$", "$").replace("/etc/cassandra/cassandra.yaml", str(configuration))
    runnable = runnable.replace("exec docker-entrypoint.sh cassandra -f", "exit 0")
    ended = subprocess.run(["bash", "-c", runnable], capture_output=True, text=True, check=False)
    return ended, configuration.read_text()


def test_nothing_is_published_beyond_loopback() -> None:
    ports = [port for service in COMPOSE["services"].values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_that_a_saved_search_shows_is_in_the_mapping(kind: str) -> None:
    searches = [each for each in OBJECTS[kind] if each["type"] == "search"]
    shown = {column for each in searches for column in each["attributes"]["columns"]}
    assert shown
    for column in shown:
        assert is_mapped(column, MAPPINGS[kind]["properties"]), column


@pytest.mark.parametrize(
    ("kind", "alias"), [("results", Settings().elasticsearch.index), ("activity", Settings().activity.index)]
)
def test_the_data_view_is_that_of_the_alias_and_of_its_time(kind: str, alias: str) -> None:
    (view,) = [each for each in OBJECTS[kind] if each["type"] == "index-pattern"]
    assert view["attributes"]["title"] == alias
    assert is_mapped(view["attributes"]["timeFieldName"], MAPPINGS[kind]["properties"])


@pytest.mark.parametrize("kind", KINDS)
def test_every_reference_between_objects_leads_to_one_of_them(kind: str) -> None:
    known = {(each["type"], each["id"]) for each in OBJECTS[kind]}
    wanted = {(link["type"], link["id"]) for each in OBJECTS[kind] for link in each["references"]}
    assert wanted <= known


def test_all_objects_are_brought_into_kibana() -> None:
    service = COMPOSE["services"]["dashboards"]
    assert f"for objects in {' '.join(KINDS)}; do" in service["entrypoint"][2]
    assert {path.stem for path in (ROOM / "dashboards").glob("*.ndjson")} == set(KINDS)


def is_mapped(field: str, properties: dict[str, Any]) -> bool:
    first, _, rest = field.partition(".")
    if first not in properties:
        return False
    return not rest or is_mapped(rest, properties[first].get("properties", {}))

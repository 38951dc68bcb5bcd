"""The deployment's files, held against the code that they deploy; the servers' images themselves are not run here."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

import infra
from infra.settings import Settings
from tests import stacks

ROOM = Path(infra.__file__).parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOM / "deploy" / "compose.yaml").read_text())
OBJECTS = [json.loads(line) for line in (ROOM / "dashboards" / "results.ndjson").read_text().splitlines()]
MAPPING = json.loads((ROOM / "mappings" / "results.json").read_text())
OURS = ("migrate", "recognise", "store", "index", "api")


@pytest.mark.parametrize("service", OURS)
def test_the_variables_of_each_service_are_settings(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = COMPOSE["services"][service]["environment"]
    for name, value in environment.items():
        monkeypatch.setenv(name, "a-long-random-password" if value.startswith("${") else value)
    settings = Settings()
    assert settings.kafka.bootstrap_servers == "kafka:9092"
    assert settings.cassandra.contact_points == ["cassandra"]
    assert settings.elasticsearch.urls == ["http://elasticsearch:9200"]


def test_the_images_are_those_that_the_tests_start() -> None:
    images = {COMPOSE["services"][name]["image"] for name in ("kafka", "cassandra", "elasticsearch")}
    assert images == {stacks.KAFKA_IMAGE, stacks.CASSANDRA_IMAGE, stacks.ELASTICSEARCH_IMAGE}


def test_nothing_is_published_beyond_loopback() -> None:
    ports = [port for service in COMPOSE["services"].values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_every_field_that_a_saved_search_shows_is_in_the_mapping() -> None:
    shown = {column for each in OBJECTS if each["type"] == "search" for column in each["attributes"]["columns"]}
    assert shown
    for column in shown:
        assert is_mapped(column, MAPPING["mappings"]["properties"]), column


def test_the_data_view_is_that_of_the_alias_and_of_its_time() -> None:
    (view,) = [each for each in OBJECTS if each["type"] == "index-pattern"]
    assert view["attributes"]["title"] == Settings().elasticsearch.index
    assert is_mapped(view["attributes"]["timeFieldName"], MAPPING["mappings"]["properties"])


def test_every_reference_between_objects_leads_to_one_of_them() -> None:
    known = {(each["type"], each["id"]) for each in OBJECTS}
    wanted = {(link["type"], link["id"]) for each in OBJECTS for link in each["references"]}
    assert wanted <= known


def is_mapped(field: str, properties: dict[str, Any]) -> bool:
    first, _, rest = field.partition(".")
    if first not in properties:
        return False
    return not rest or is_mapped(rest, properties[first].get("properties", {}))

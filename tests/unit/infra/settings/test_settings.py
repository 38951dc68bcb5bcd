"""Settings come from the environment, then from the embedded stack; mistakes are told, secrets are not."""

import base64
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from infra.errors import ConfigurationError
from infra.settings.environment import is_setting, setting_meant
from infra.settings.servers import CassandraSettings, KafkaSettings
from infra.settings.settings import Settings

SECRET = "correct horse battery"  # noqa: S105 - made up


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home, and nothing set."""
    for name in [name for name in os.environ if name.startswith("VEDETTE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("VEDETTE_HOME", str(tmp_path))
    return tmp_path


def refusal(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> str:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError) as refused:
        Settings()
    return str(refused.value)


def test_names_are_the_path_of_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEDETTE_KAFKA__BOOTSTRAP_SERVERS", "kafka-1:9092,kafka-2:9092")
    monkeypatch.setenv("VEDETTE_KAFKA__TOPIC_OWNERS", '{"image-references": ["shop"]}')
    monkeypatch.setenv("VEDETTE_SOURCES__S3__ACCESS_KEY_ID", "AKIA")
    monkeypatch.setenv("VEDETTE_MODELS__BATCH_SIZE", "16")
    settings = Settings()
    assert settings.kafka.bootstrap_servers == "kafka-1:9092,kafka-2:9092"
    assert settings.kafka.topic_owners == {"image-references": ["shop"]}
    assert settings.sources.s3 == {"access_key_id": "AKIA"}
    assert settings.models.batch_size == 16


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", ["a"]),
        ("a,b", ["a", "b"]),
        (" a , b , ", ["a", "b"]),
        ("a, ,b", ["a", "b"]),
        ('["a", "b"]', ["a", "b"]),
        ("", []),
    ],
)
def test_lists_are_typed_with_commas_or_as_json(
    monkeypatch: pytest.MonkeyPatch, text: str, expected: list[str]
) -> None:
    monkeypatch.setenv("VEDETTE_CASSANDRA__CONTACT_POINTS", text)
    assert Settings().cassandra.contact_points == expected


def test_a_list_that_is_broken_json_names_its_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "cassandra.contact_points" in refusal(monkeypatch, "VEDETTE_CASSANDRA__CONTACT_POINTS", "[a")


@pytest.mark.parametrize(
    "name", ["VEDETTE_KAFKA__TOPIC_OWNERS", "VEDETTE_SOURCES__S3", "VEDETTE_KAFKA", "VEDETTE_SOURCES__BUCKET_OWNERS"]
)
def test_an_object_that_is_broken_json_names_its_setting_and_not_its_value(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, f"{{secret_access_key: {SECRET}}}")
    with pytest.raises(ConfigurationError, match=f"setting {name}: the value is not JSON") as refused:
        Settings()
    assert refused.value.__cause__ is None
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("VEDETTE_KAKFA__BOOTSTRAP_SERVERS", "VEDETTE_KAFKA__BOOTSTRAP_SERVERS"),
        ("VEDETTE_KAFKA_BOOTSTRAP_SERVERS", "VEDETTE_KAFKA__BOOTSTRAP_SERVERS"),
        ("VEDETTE_HOMES", "VEDETTE_HOME"),
        ("vedette_log_levle", "VEDETTE_LOG_LEVEL"),
        ("VEDETTE_KAFKA__PARTITONS", "VEDETTE_KAFKA__PARTITIONS"),
        ("VEDETTE_KAKFA__PARTITONS", "VEDETTE_KAFKA__PARTITIONS"),
        ("VEDETTE_METRICS_PORT", "VEDETTE_METRICS__PORT"),
        ("VEDETTE_METRIC__PORT", "VEDETTE_METRICS__PORT"),
        ("VEDETTE_SOURCE__S3__REGION", "VEDETTE_SOURCES__S3__REGION"),
        ("VEDETTE_SOURCES__FILE_ROOT", "VEDETTE_SOURCES__FILE_ROOTS"),
    ],
)
def test_a_name_that_is_nearly_a_settings_is_refused_with_the_right_one(
    monkeypatch: pytest.MonkeyPatch, name: str, meant: str
) -> None:
    monkeypatch.setenv(name, SECRET)
    with pytest.raises(ConfigurationError, match=rf"no setting {name.upper()}; did you mean {meant}\?"):
        Settings()


def test_a_section_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEDETTE_POSTGRES__PASSWORD", SECRET)
    with pytest.raises(ConfigurationError, match=r"^there is no setting VEDETTE_POSTGRES__PASSWORD$"):
        Settings()


@pytest.mark.parametrize("name", ["VEDETTE_DEBUG", "VEDETTE_KAFKA__COLOUR", "VEDETTE_KAFKA__PARTITIONS__MOST"])
def test_a_name_that_is_like_no_setting_is_refused_too(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, SECRET)
    with pytest.raises(ConfigurationError, match=f"there is no setting {name}") as refused:
        Settings()
    assert SECRET not in str(refused.value)


def _every_name(fields: Mapping[str, FieldInfo], prefix: str = "VEDETTE_") -> Iterator[str]:
    for name, field in fields.items():
        yield f"{prefix}{name.upper()}"
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _every_name(field.annotation.model_fields, f"{prefix}{name.upper()}__")


@pytest.mark.parametrize("name", list(_every_name(Settings.model_fields)))
def test_every_setting_that_lacks_a_letter_is_refused_or_another_setting(name: str) -> None:
    """The name itself is known; without its last letter but one it is told what was meant, at every level."""
    path = name.removeprefix("VEDETTE_").lower()
    assert is_setting(path, Settings.model_fields)
    misspelt = path[:-2] + path[-1]
    assert not is_setting(misspelt, Settings.model_fields)
    assert setting_meant(misspelt, Settings.model_fields) is not None


def test_what_commands_and_kubernetes_put_into_the_environment_is_no_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "VEDETTE_ADMIN_PASSWORD": SECRET,
        "VEDETTE_OWNER": "shop",
        "VEDETTE_API_SERVICE_HOST": "10.0.0.1",
        "VEDETTE_API_PORT": "tcp://10.0.0.1:8800",
        "VEDETTE_API_PORT_8800_TCP_ADDR": "10.0.0.1",
        "VEDETTE_API_SERVICE_PORT_HTTP": "8800",
        "VEDETTE_SERVICE_HOST": "10.0.0.1",
        "VEDETTE_PORT": "tcp://10.0.0.1:8800",
    }.items():
        monkeypatch.setenv(name, value)
    assert Settings().api.port == 8800


@pytest.mark.parametrize("content", ["", "{", "[]", "null"])
def test_damaged_endpoints_are_told_with_what_to_do(home: Path, content: str) -> None:
    (home / "endpoints.json").write_text(content)
    with pytest.raises(ConfigurationError, match=r"endpoints\.json is damaged: delete it, then run `vedette up`"):
        Settings()


def test_the_embedded_stacks_endpoints_are_found_and_weaker_than_the_environment(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoints = {
        "kafka": {"bootstrap_servers": "127.0.0.1:1"},
        "cassandra": {"contact_points": ["127.0.0.1"], "port": 2, "username": "vedette", "password": SECRET},
        "of_a_later_version": {"anything": 1},
    }
    (home / "endpoints.json").write_text(json.dumps(endpoints))
    monkeypatch.setenv("VEDETTE_CASSANDRA__PORT", "9999")
    monkeypatch.setenv("VEDETTE_KAFKA__PARTITIONS", "3")
    settings = Settings()
    assert (settings.kafka.bootstrap_servers, settings.kafka.partitions) == ("127.0.0.1:1", 3)
    assert (settings.cassandra.contact_points, settings.cassandra.port) == (["127.0.0.1"], 9999)
    monkeypatch.setenv("VEDETTE_KAFKA__BOOTSTRAP_SERVERS", "kafka:9092")
    assert Settings().kafka.bootstrap_servers == "kafka:9092"


def test_the_embedded_servers_passwords_are_for_them_alone(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kafka = {"bootstrap_servers": "127.0.0.1:1", "security_protocol": "SASL_PLAINTEXT", "sasl_password": SECRET}
    cassandra = {"contact_points": ["127.0.0.1"], "port": 2, "username": "vedette", "password": SECRET}
    (home / "endpoints.json").write_text(json.dumps({"kafka": kafka, "cassandra": cassandra}))
    monkeypatch.setenv("VEDETTE_KAFKA__BOOTSTRAP_SERVERS", "127.0.0.1:1")
    monkeypatch.setenv("VEDETTE_CASSANDRA__CONTACT_POINTS", "127.0.0.1")
    same = Settings()
    monkeypatch.setenv("VEDETTE_KAFKA__BOOTSTRAP_SERVERS", "kafka:9092")
    monkeypatch.setenv("VEDETTE_CASSANDRA__CONTACT_POINTS", "cassandra-1,cassandra-2")
    other = Settings()

    assert same.kafka.sasl_password is not None
    assert same.cassandra.password is not None
    assert other.kafka == KafkaSettings(bootstrap_servers="kafka:9092")
    assert other.cassandra == CassandraSettings(contact_points=["cassandra-1", "cassandra-2"])


def test_what_the_program_gives_is_stronger_than_the_environment(home: Path) -> None:
    other = home / "other"
    other.mkdir()
    (other / "endpoints.json").write_text('{"kafka": {"bootstrap_servers": "other:1"}}')
    assert Settings(home=other).kafka.bootstrap_servers == "other:1"
    assert Settings().kafka.bootstrap_servers == ""


@pytest.mark.parametrize("weak", ["short-1", "cassandra", "password", "tenletters"])
@pytest.mark.parametrize("name", ["VEDETTE_CASSANDRA__PASSWORD", "VEDETTE_ELASTICSEARCH__PASSWORD"])
def test_a_weak_secret_is_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch, name: str, weak: str) -> None:
    told = refusal(monkeypatch, name, weak)
    assert "is too weak: use at least 12 characters that nobody can guess" in told
    assert weak not in told.replace("cassandra.password", "").replace("elasticsearch.password", "")


def test_a_misspelt_name_is_refused_and_its_value_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    told = refusal(monkeypatch, "VEDETTE_KAFKA", json.dumps({"sasl_pasword": SECRET}))
    assert "kafka.sasl_pasword" in told
    assert SECRET not in told


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VEDETTE_MODELS__BATCH_SIZE", "-1"),
        ("VEDETTE_MODELS__MIN_CONFIDENCE", "1.5"),
        ("VEDETTE_KAFKA__SECURITY_PROTOCOL", "ssl"),
        ("VEDETTE_CASSANDRA__KEYSPACE", "x; DROP"),
        ("VEDETTE_API__PORT", "http"),
        ("VEDETTE_LOG_LEVEL", "LOUD"),
    ],
)
def test_a_value_out_of_range_names_its_setting(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    assert name.removeprefix("VEDETTE_").replace("__", ".").lower() in refusal(monkeypatch, name, value)


def test_paths_are_absolute_whatever_the_working_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEDETTE_HOME", "~/vedette")
    monkeypatch.setenv("VEDETTE_CACHE", "here")
    settings = Settings()
    assert settings.home == Path.home() / "vedette"
    assert settings.cache == Path.cwd() / "here"


def test_settings_show_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KAFKA__SASL_PASSWORD", "KAFKA__SSL_KEY_PASSWORD", "CASSANDRA__PASSWORD", "ELASTICSEARCH__API_KEY"):
        monkeypatch.setenv(f"VEDETTE_{name}", SECRET)
    for store, option in (("S3", "SECRET_ACCESS_KEY"), ("GS", "SERVICE_ACCOUNT_KEY"), ("AZ", "ACCOUNT_KEY")):
        monkeypatch.setenv(f"VEDETTE_SOURCES__{store}__{option}", SECRET)
    assert SECRET not in repr(Settings()) + str(Settings())


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("not base64!", "is not Base64"),
        (base64.b64encode(bytes(range(31))).decode(), "has 31 bytes and not 32"),
        (base64.b64encode(bytes(32)).decode(), "is too weak"),
        (base64.b64encode(b"vedettevedettevedettevedettevede").decode(), "is too weak"),
    ],
)
def test_a_weak_backup_key_is_refused_and_how_to_make_one_is_told(
    monkeypatch: pytest.MonkeyPatch, key: str, why: str
) -> None:
    message = refusal(monkeypatch, "VEDETTE_BACKUP__KEY", key)
    assert why in message
    assert "openssl rand -base64 32" in message
    assert key not in message


def test_a_missing_backup_key_is_told_by_its_name_when_it_is_needed() -> None:
    with pytest.raises(ConfigurationError, match="VEDETTE_BACKUP__KEY is not set: make one with"):
        Settings().backup.key_bytes()

"""The home folder keeps its secrets to its owner, and its memory from start to start."""

from pathlib import Path

from infra.embedded.homes.endpoints import Endpoints
from infra.embedded.homes.home import Home, HomeState
from infra.settings.settings import Settings

PORTS = {
    "kafka": 20_001,
    "kafka_controller": 20_002,
    "cassandra": 20_003,
    "cassandra_storage": 20_004,
    "elasticsearch": 20_005,
    "elasticsearch_transport": 20_006,
}


def mode_of(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_the_folders_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    home = Home(tmp_path / "deep" / "home")
    home.create()

    assert {mode_of(home.root), *(mode_of(folder) for folder in home.root.iterdir())} == {0o700}


def test_making_the_folders_again_changes_nothing(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.create()
    (home.root / "data" / "kept").touch()
    home.create()

    assert (home.root / "data" / "kept").exists()


def test_the_password_is_strong_remembered_and_private(tmp_path: Path) -> None:
    home = Home(tmp_path)
    first = HomeState.load(home)
    first.save(home)

    assert len(first.cassandra_password) >= 40
    assert HomeState.load(home) == first
    assert mode_of(home.state_file) == 0o600


def test_two_stacks_have_different_passwords(tmp_path: Path) -> None:
    passwords = {HomeState.load(Home(tmp_path / name)).cassandra_password for name in ("one", "two")}

    assert len(passwords) == 2


def test_a_password_is_never_shown_where_objects_are_printed() -> None:
    memory = HomeState(ports=PORTS)
    shown = repr(memory) + repr(memory.kafka_access) + repr(Endpoints.of(memory, {"cassandra", "kafka"}))

    assert memory.cassandra_password not in shown
    assert memory.kafka_password not in shown
    assert memory.kafka_broker_password not in shown


def test_settings_find_the_published_endpoints(tmp_path: Path) -> None:
    memory = HomeState(ports=PORTS)
    Endpoints.of(memory, {"kafka", "cassandra", "elasticsearch"}).publish(Home(tmp_path))
    settings = Settings(home=tmp_path)

    assert mode_of(tmp_path / "endpoints.json") == 0o600
    assert settings.kafka.bootstrap_servers == "127.0.0.1:20001"
    assert settings.cassandra.contact_points == ["127.0.0.1"]
    assert settings.cassandra.port == 20_003
    assert settings.cassandra.password is not None
    assert settings.cassandra.password.get_secret_value() == memory.cassandra_password
    assert settings.elasticsearch.urls == ["http://127.0.0.1:20005"]
    assert settings.kafka.sasl_password is not None
    assert settings.kafka.sasl_password.get_secret_value() == memory.kafka_password
    assert (settings.kafka.security_protocol, settings.kafka.sasl_mechanism) == ("SASL_PLAINTEXT", "SCRAM-SHA-512")


def test_foreign_clients_find_a_file_that_tells_them_all_and_goes_with_kafka(tmp_path: Path) -> None:
    memory, home = HomeState(ports=PORTS), Home(tmp_path)
    Endpoints.of(memory, {"kafka"}).publish(home)
    lines = home.client_properties_file.read_text().splitlines()
    properties = dict(line.split("=", 1) for line in lines if not line.startswith("#"))

    assert mode_of(home.client_properties_file) == 0o600
    assert properties["bootstrap.servers"] == "127.0.0.1:20001"
    assert properties["sasl.password"] == memory.kafka_password
    assert f'password="{memory.kafka_password}";' in properties["sasl.jaas.config"]

    Endpoints.of(memory, {"cassandra"}).publish(home)
    assert not home.client_properties_file.exists()


def test_a_memory_from_before_kafka_had_passwords_gets_them_and_keeps_the_rest(tmp_path: Path) -> None:
    home, before = Home(tmp_path), HomeState(ports=PORTS)
    older = before.model_dump_json(exclude={"kafka_password", "kafka_broker_password"})
    home.state_file.write_text(older)
    first = HomeState.load(home)
    first.save(home)

    assert (first.ports, first.cassandra_password) == (before.ports, before.cassandra_password)
    assert min(len(first.kafka_password), len(first.kafka_broker_password)) >= 40
    assert HomeState.load(home) == first


def test_a_server_that_does_not_run_is_not_published(tmp_path: Path) -> None:
    Endpoints.of(HomeState(ports=PORTS), {"kafka"}).publish(Home(tmp_path))
    settings = Settings(home=tmp_path)

    assert settings.kafka.bootstrap_servers == "127.0.0.1:20001"
    assert settings.elasticsearch.urls == []

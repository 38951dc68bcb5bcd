"""The platform on servers that ask for TLS, certificates, passwords and keys; and what is said of a wrong one."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator

import pytest

from infra.embedded.platform import Platform
from infra.embedded.reports import tell_nobody
from infra.settings.settings import Settings
from processors.pictures import DEMO_PICTURES as PICTURES
from tests.platforms import RunningPlatform, eventually
from tests.secured_servers import SecuredServers, secured_servers

WRONG = "not the right password"
# A worker that cannot log in must not look busy for long.
GIVES_UP_WITHIN_S = 60


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredServers]:
    with secured_servers(tmp_path_factory.mktemp("secured")) as servers, pytest.MonkeyPatch.context() as patch:
        for name, value in servers.environment.items():
            patch.setenv(name, value)
        Platform(Settings()).migrate()
        yield servers


@pytest.fixture(scope="module")
def platform(servers: SecuredServers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPlatform]:
    pictures = tmp_path_factory.mktemp("pictures")
    shutil.copy(PICTURES / "coffee.jpg", pictures)
    platform = Platform(Settings(), {"VEDETTE_SOURCES__FILE_ROOTS": str(pictures)})
    try:
        platform.start(tell_nobody, timeout_s=120)
        yield RunningPlatform(platform, platform.settings, pictures, s3_url="")
    finally:
        platform.stop(tell_nobody)


def test_a_picture_is_published_recognised_stored_and_found(platform: RunningPlatform) -> None:
    email = "secured@shop.example"
    platform.create_account(email, "secured", allow=(f"file://{platform.pictures}/",))
    platform.platform.run("publish", str(platform.pictures), "--owner", "secured")
    with platform.client(email) as client:
        [found] = eventually(lambda: client.get("/v1/results", params={"owner": "secured"}).json()["items"])
        stored = client.get(f"/v1/images/{found['image_id']}", params={"owner": "secured"}).json()

    assert (found["status"], stored["status"]) == ("recognised", "recognised")


@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        ("VEDETTE_KAFKA__SASL_PASSWORD", r"Kafka refuses the login: check VEDETTE_KAFKA__SASL_USERNAME"),
        ("VEDETTE_KAFKA__SSL_CA_LOCATION", r"no TLS connection to Kafka: check VEDETTE_KAFKA__SSL_CA_LOCATION"),
        ("VEDETTE_CASSANDRA__PASSWORD", r"Cassandra refuses the login: check VEDETTE_CASSANDRA__USERNAME"),
        ("VEDETTE_CASSANDRA__SSL_CA_LOCATION", r"not trusted: check VEDETTE_CASSANDRA__SSL_CA_LOCATION"),
        ("VEDETTE_ELASTICSEARCH__API_KEY", r"Elasticsearch refuses the login \(401\)"),
        ("VEDETTE_ELASTICSEARCH__CA_LOCATION", r"not trusted: check VEDETTE_ELASTICSEARCH__CA_LOCATION"),
    ],
)
def test_migrate_says_which_setting_is_wrong(
    variable: str, expected: str, servers: SecuredServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, wrong_value(variable, servers))
    ended = vedette("migrate")
    assert ended.returncode == 1
    assert re.search(expected, ended.stderr), ended.stderr
    assert "Traceback" not in ended.stderr
    assert WRONG not in ended.stderr


@pytest.mark.parametrize(
    "command", [("worker", "store"), ("publish", str(PICTURES), "--owner", "secured")], ids=["worker", "publish"]
)
@pytest.mark.parametrize("variable", ["VEDETTE_KAFKA__SASL_PASSWORD", "VEDETTE_KAFKA__SSL_CA_LOCATION"])
def test_workers_and_producers_do_not_wait_for_a_kafka_that_never_lets_them_in(
    command: tuple[str, ...], variable: str, servers: SecuredServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, wrong_value(variable, servers))
    ended = vedette(*command)
    assert ended.returncode == 1
    assert "check VEDETTE_KAFKA__S" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("server", "expected"),
    [("kafka", "no TLS connection to Kafka: check .*__SSL_CERTIFICATE_LOCATION"), ("cassandra", "Cassandra")],
)
def test_nobody_is_let_in_without_a_client_certificate(
    server: str, expected: str, servers: SecuredServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That the servers ask for one is what shows that the settings are passed through."""
    for name in ("CERTIFICATE_LOCATION", "KEY_LOCATION", "KEY_PASSWORD"):
        monkeypatch.delenv(f"VEDETTE_{server.upper()}__SSL_{name}", raising=False)
    ended = vedette("migrate")
    assert ended.returncode == 1
    assert re.search(expected, ended.stderr), ended.stderr


def wrong_value(variable: str, servers: SecuredServers) -> str:
    return str(servers.papers.stranger) if variable.endswith("LOCATION") else WRONG


def vedette(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, which must come by itself."""
    return subprocess.run(
        [sys.executable, "-m", "infra.cli", *arguments],
        capture_output=True,
        text=True,
        timeout=GIVES_UP_WITHIN_S,
        check=False,
    )

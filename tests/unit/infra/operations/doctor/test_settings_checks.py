"""What settings alone tell: each check with the fault that it is for, and without it."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from infra.operations.doctor.checks.api_checks import api_findings
from infra.operations.doctor.checks.secret_checks import secret_findings, shared, weak
from infra.operations.doctor.checks.transport import host_of, is_loopback, transport_findings
from infra.operations.doctor.findings import Finding
from infra.settings.section import SHORTEST_SECRET
from infra.settings.settings import Settings

STRONG = "violet-anchors-drift-slowly"
FAR_KAFKA = {"bootstrap_servers": "kafka-1:9093,kafka-2:9093"}
SAFE_KAFKA = {**FAR_KAFKA, "security_protocol": "SASL_SSL", "sasl_mechanism": "SCRAM-SHA-512", "sasl_username": "v"}
FAR_CASSANDRA = {"contact_points": ["cass-1", "127.0.0.1"]}
FAR_ELASTIC = {"urls": ["https://es-1:9200", "http://es-2:9200"]}
HTTPS_API = {"public_url": "https://vedette.shop.example", "hsts": True, "trusted_proxies": ["10.0.0.1"]}

# The check, the settings that it must tell of, and nearly the same that are well.
CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("kafka.encryption", {"kafka": FAR_KAFKA}, {"kafka": SAFE_KAFKA}),
    ("kafka.encryption", {"kafka": {**SAFE_KAFKA, "security_protocol": "SASL_PLAINTEXT"}}, {"kafka": SAFE_KAFKA}),
    ("kafka.authentication", {"kafka": {**FAR_KAFKA, "security_protocol": "SSL"}}, {"kafka": SAFE_KAFKA}),
    ("kafka.authentication", {"kafka": {"bootstrap_servers": "127.0.0.1:9092"}}, {"kafka": SAFE_KAFKA}),
    (
        "kafka.authentication",
        {"kafka": {**FAR_KAFKA, "security_protocol": "SSL"}},
        {"kafka": {**FAR_KAFKA, "security_protocol": "SSL", "ssl_certificate_location": "/etc/us.pem"}},
    ),
    (
        "cassandra.encryption",
        {"cassandra": FAR_CASSANDRA},
        {"cassandra": {**FAR_CASSANDRA, "ssl_ca_location": "/etc/ca.pem"}},
    ),
    (
        "cassandra.authentication",
        {"cassandra": FAR_CASSANDRA},
        {"cassandra": {**FAR_CASSANDRA, "username": "v", "password": STRONG}},
    ),
    ("elasticsearch.encryption", {"elasticsearch": FAR_ELASTIC}, {"elasticsearch": {"urls": ["https://es-1:9200"]}}),
    (
        "elasticsearch.authentication",
        {"elasticsearch": FAR_ELASTIC},
        {"elasticsearch": {**FAR_ELASTIC, "api_key": STRONG}},
    ),
    (
        "elasticsearch.authentication",
        {"elasticsearch": {"urls": ["http://127.0.0.1:9200"]}},
        {"elasticsearch": {"urls": [f"http://vedette:{STRONG}@127.0.0.1:9200"]}},
    ),
    (
        "mail.encryption",
        {"mail": {"smtp_host": "mail.example", "security": "none"}},
        {"mail": {"smtp_host": "mail.example"}},
    ),
    (
        "objects.encryption",
        {"sources": {"s3": {"endpoint": "http://minio.example:9000"}}},
        {"sources": {"s3": {"endpoint": "https://minio.example:9000"}}},
    ),
    ("objects.encryption", {"backup": {"az": {"azure_storage_endpoint": "HTTP://far"}}}, {"backup": {"az": {}}}),
    ("api.encryption", {"api": {"host": "0.0.0.0"}}, {"api": {"host": "0.0.0.0", **HTTPS_API}}),  # noqa: S104
    ("api.proxies", {"api": {**HTTPS_API, "trusted_proxies": []}}, {"api": HTTPS_API}),
    ("api.hsts", {"api": {**HTTPS_API, "hsts": False}}, {"api": HTTPS_API}),
    (
        "api.cors",
        {"api": {"cors_origins": ["http://app.example"]}},
        {"api": {"cors_origins": ["https://app.example", "http://localhost:3000"]}},
    ),
    ("api.registration", {"api": {"registration": "open"}}, {"api": {"registration": "invitation"}}),
    (
        "mail.missing",
        {"api": {"registration": "invitation"}},
        {"api": {"registration": "invitation"}, "mail": {"smtp_host": "mail.example"}},
    ),
    ("api.log_level", {"log_level": "DEBUG"}, {"log_level": "INFO"}),
    ("metrics.open", {"metrics": {"host": "0.0.0.0", "port": 9180}}, {"metrics": {"port": 9180}}),  # noqa: S104
    ("secrets.weak", {"kafka": {"sasl_password": "kafka"}}, {"kafka": {"sasl_password": STRONG}}),
    ("secrets.weak", {"elasticsearch": {"api_key": "short"}}, {"elasticsearch": {"api_key": STRONG}}),
    (
        "secrets.weak",
        {"sources": {"s3": {"secret_access_key": "minioadmin"}}},
        {"sources": {"s3": {"access_key_id": "minioadmin", "secret_access_key": STRONG}}},
    ),
    (
        "secrets.shared",
        {"cassandra": {"password": STRONG}, "elasticsearch": {"password": STRONG}},
        {"cassandra": {"password": STRONG}, "elasticsearch": {"password": f"{STRONG}-2"}},
    ),
]


@pytest.fixture(autouse=True)
def no_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the settings of whatever runs in the folder of the tests."""
    monkeypatch.setenv("VEDETTE_HOME", str(tmp_path))


def told_by(settings: Settings) -> list[Finding]:
    looks: list[Callable[[Settings], Iterable[Finding]]] = [transport_findings, api_findings, secret_findings]
    return [finding for look in looks for finding in look(settings)]


@pytest.mark.parametrize(("check", "wrong", "right"), CASES)
def test_a_setting_against_advice_is_told_and_its_correction_is_not(
    check: str, wrong: dict[str, Any], right: dict[str, Any]
) -> None:
    [finding, *_] = [one for one in told_by(Settings(**wrong)) if one.check == check]
    assert all((finding.subject, finding.problem, finding.risk, finding.remedy))
    assert [one for one in told_by(Settings(**right)) if one.check == check] == []


def test_the_defaults_are_well() -> None:
    assert told_by(Settings()) == []


@pytest.mark.parametrize(
    ("host", "is_local"),
    [
        *(
            (host, True)
            for host in ("127.0.0.1", "127.8.9.1", "::1", "[::1]", "localhost", "LOCALHOST.", "a.localhost")
        ),
        *((host, True) for host in ("::ffff:127.0.0.1",)),
        *((host, False) for host in ("0.0.0.0", "10.0.0.1", "kafka", "127.0.0.1.example", "localhost.example", "::")),  # noqa: S104
    ],
)
def test_only_what_never_leaves_the_machine_is_local(host: str, is_local: bool) -> None:
    assert is_loopback(host) is is_local


@pytest.mark.parametrize(
    ("server", "host"),
    [("kafka-1:9092", "kafka-1"), (" kafka-1 ", "kafka-1"), ("[::1]:9092", "::1"), ("10.0.0.1:1", "10.0.0.1")],
)
def test_a_host_is_read_out_of_an_address(server: str, host: str) -> None:
    assert host_of(server) == host


SECRETS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=30)


@given(SECRETS)
def test_a_secret_is_called_weak_if_and_only_if_it_is_short_or_a_default(secret: str) -> None:
    told = list(weak({"VEDETTE_X": secret}))
    if len(secret) < SHORTEST_SECRET:
        assert told
    elif secret.lower() not in ("minioadmin",):
        assert told == []


@given(st.dictionaries(SECRETS, SECRETS, max_size=5))
def test_secrets_are_shared_if_and_only_if_two_are_equal(secrets: dict[str, str]) -> None:
    named = {f"VEDETTE_{number}": value for number, value in enumerate(secrets.values())}
    assert bool(list(shared(named))) == (len(set(named.values())) < len(named))


@given(secret=st.text("abcdefghijkmnopqrstuvwxyzQXZ0123456789", min_size=9, max_size=40).map("S3".__add__))
def test_no_finding_repeats_a_secret(secret: str) -> None:
    everywhere = Settings(
        kafka={**FAR_KAFKA, "sasl_password": secret, "ssl_key_password": secret},
        elasticsearch={**FAR_ELASTIC, "api_key": secret},
        sources={"s3": {"secret_access_key": secret, "endpoint": f"http://user:{secret}@far:9000/{secret}"}},
        models={"gs": {"password": secret}},
    )
    told = told_by(everywhere)
    assert any(one.check in ("secrets.weak", "secrets.shared") for one in told)
    assert secret not in repr([one.model_dump() for one in told])
    assert secret in SecretStr(secret).get_secret_value()

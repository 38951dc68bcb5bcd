"""What is told of this machine, its files, certificates and backups: each check with its fault, and without it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from trustme import CA

from infra.operations.doctor.checks.certificate_checks import (
    Certificate,
    UnreadCertificate,
    certificate_findings,
    expiry,
)
from infra.operations.doctor.checks.file_checks import FileState, Kind, UnreadFile, file_findings
from infra.operations.doctor.checks.keeping import LastCheck, backup_findings, verification
from infra.operations.doctor.checks.machine_checks import DiskState, MachineFacts, machine_findings, readable_folders
from infra.operations.doctor.checks.servers.releases import SUPPORTED, release, release_of
from infra.operations.doctor.facts.certificate_facts import certificate_files, parse_pem, read_file
from infra.operations.doctor.facts.file_facts import gather_files
from infra.operations.doctor.facts.machine_facts import gather_machine
from infra.operations.doctor.findings import Finding, Refused, Severity, Unseen
from infra.settings.operations import BackupSettings
from infra.settings.recognition import ModelSettings, SourceSettings
from infra.settings.settings import Settings
from schemas.records.backups import Listed

NOW = datetime(2026, 11, 30, tzinfo=UTC)
TODAY = NOW.date()
GIB = 2**30
MACHINE = MachineFacts((DiskState((Path("/srv"),), 100 * GIB, 60 * GIB),), 32 * GIB, 16 * GIB, 4, "3.11.11")
KEY = SecretStr("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
BACKUPS = BackupSettings(place="s3://backups/vedette", key=KEY)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("VEDETTE_HOME", str(tmp_path / "home"))
    return Settings(cache=tmp_path / "cache", sources=SourceSettings(memory_bytes=GIB))


def machine(facts: MachineFacts, settings: Settings) -> list[tuple[str, Severity]]:
    return [(one.check, one.severity) for one in machine_findings(facts, settings, TODAY)]


def with_room(total: int, free: int) -> MachineFacts:
    return replace(MACHINE, disks=(DiskState((Path("/srv"),), total, free),))


def test_of_a_healthy_machine_nothing_is_told(settings: Settings) -> None:
    assert machine(MACHINE, settings) == []


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        (with_room(100 * GIB, 9 * GIB), [("machine.disk", Severity.WARNING)]),
        (with_room(100 * GIB, 4 * GIB), [("machine.disk", Severity.ERROR)]),
        (with_room(8 * GIB, GIB // 2), [("machine.disk", Severity.ERROR)]),
        (with_room(10_000 * GIB, 200 * GIB), []),
        (replace(MACHINE, available_bytes=GIB), [("machine.memory", Severity.WARNING)]),
        (replace(MACHINE, memory_bytes=2 * GIB, available_bytes=GIB), [("decoder.memory", Severity.WARNING)]),
        (replace(MACHINE, python="3.9.2"), [("python.release", Severity.WARNING)]),
    ],
)
def test_what_a_machine_lacks_is_told(
    facts: MachineFacts, told: list[tuple[str, Severity]], settings: Settings
) -> None:
    assert machine(facts, settings) == told


def test_limits_of_the_decoder_are_held_against_the_machine(settings: Settings) -> None:
    slow = settings.model_copy(update={"models": ModelSettings(decode_timeout_s=300)})
    assert machine(MACHINE, slow) == [("decoder.timeout", Severity.ADVICE)]
    large = settings.model_copy(update={"models": ModelSettings(max_pixels=178_956_970, threads=64)})
    assert machine(MACHINE, large) == [("decoder.memory", Severity.WARNING)]


@pytest.mark.parametrize(
    ("root", "is_told"), [("/", True), ("home", True), ("home/secrets", True), ("pictures", False), ("home2", False)]
)
def test_folders_that_hold_the_platforms_own_files_are_told(root: str, is_told: bool, tmp_path: Path) -> None:
    assert bool(list(readable_folders(tmp_path / "home", [tmp_path / root]))) is is_told


def test_this_machine_tells_its_facts(settings: Settings) -> None:
    facts = gather_machine(settings)
    assert facts.memory_bytes > facts.available_bytes > 0
    assert all(disk.total_bytes >= disk.free_bytes for disk in facts.disks)
    assert {folder for disk in facts.disks for folder in disk.folders} >= {settings.home, settings.cache}


def test_a_disk_is_told_once_for_all_folders_on_it(settings: Settings) -> None:
    facts = gather_machine(settings)
    assert len(facts.disks) == 1


@given(st.integers(0, 0o777), st.sampled_from(Kind))
def test_a_file_is_told_if_and_only_if_others_can_do_with_it_what_they_should_not(mode: int, kind: Kind) -> None:
    told = list(file_findings([FileState(Path("/x"), kind, mode, owner_is_ours=True)]))
    may_read = (kind is Kind.SECRET and mode & 0o044) or (kind is Kind.PICTURES and mode & 0o004)
    assert bool(told) == bool(mode & 0o022 or may_read)
    if mode & 0o077 == 0:
        assert told == []


def test_the_files_of_a_home_are_looked_at(settings: Settings, tmp_path: Path) -> None:
    secrets = settings.home / "secrets"
    secrets.mkdir(parents=True, mode=0o700)
    (secrets / "audit-keys").write_text("key")
    (secrets / "audit-keys").chmod(0o644)
    (settings.home / "endpoints.json").write_text("{}")
    (settings.home / "endpoints.json").chmod(0o600)
    settings.home.chmod(0o700)
    (tmp_path / "compose.yaml").touch()
    (tmp_path / ".env").write_text("PASSWORD=1")
    (tmp_path / ".env").chmod(0o640)
    told = {one.subject: one for one in file_findings(gather_files(settings, tmp_path)) if isinstance(one, Finding)}
    assert {Path(subject).name: one.severity for subject, one in told.items()} == {
        "audit-keys": Severity.ERROR,
        ".env": Severity.WARNING,
    }
    (secrets / "audit-keys").chmod(0o600)
    (tmp_path / ".env").chmod(0o600)
    assert list(file_findings(gather_files(settings, tmp_path))) == []


def test_a_file_that_settings_name_and_that_is_gone_is_told_as_unseen(settings: Settings, tmp_path: Path) -> None:
    lost = settings.model_copy(
        update={"api": settings.api.model_copy(update={"signing_key_file": tmp_path / "none.pem"})}
    )
    [one] = file_findings(gather_files(lost, tmp_path))
    assert isinstance(one, Unseen)
    assert one.subject.endswith("none.pem")


def test_a_file_of_another_user_is_told() -> None:
    [one] = file_findings([FileState(Path("/x"), Kind.SECRET, 0o600, owner_is_ours=False)])
    assert one.check == "files.owner"
    [unseen] = file_findings([UnreadFile(Path("/x"), "it is gone")])
    assert isinstance(unseen, Unseen)


@given(st.timedeltas(timedelta(days=-400), timedelta(days=400)), st.timedeltas(timedelta(0), timedelta(days=400)))
def test_a_certificate_is_told_if_and_only_if_it_does_not_count_for_another_month(
    left: timedelta, age: timedelta
) -> None:
    certificate = Certificate("file", "CN=es", NOW - age, NOW + left)
    told = list(expiry(certificate, NOW))
    assert bool(told) == (left <= timedelta(days=30))
    assert all(one.severity is (Severity.ERROR if left <= timedelta(days=7) else Severity.WARNING) for one in told)


def test_a_certificate_that_does_not_count_yet_is_an_error() -> None:
    [one] = expiry(Certificate("file", "CN=es", NOW + timedelta(hours=1), NOW + timedelta(days=90)), NOW)
    assert one.severity is Severity.ERROR


def test_certificates_are_read_out_of_files(tmp_path: Path) -> None:
    ca = CA()
    bundle = tmp_path / "ca.pem"
    issued = ca.issue_cert("es-1", not_after=datetime.now(UTC) + timedelta(days=3))
    bundle.write_bytes(ca.cert_pem.bytes() + issued.private_key_and_cert_chain_pem.bytes())
    found = read_file("CA", bundle)
    assert [isinstance(one, Certificate) for one in found] == [True, True]
    told = list(certificate_findings(found, datetime.now(UTC)))
    assert [one.check for one in told] == ["certificates.expiry"]
    assert x509.load_pem_x509_certificate(ca.cert_pem.bytes())


@pytest.mark.parametrize(
    "content", [b"", b"nonsense", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
def test_what_is_no_certificate_is_told_as_unseen(content: bytes, tmp_path: Path) -> None:
    [one] = certificate_findings(parse_pem("CA", content), NOW)
    assert isinstance(one, Unseen)
    [missing] = read_file("CA", tmp_path / "none.pem")
    assert isinstance(missing, UnreadCertificate)


def test_every_setting_of_a_certificate_is_looked_at(settings: Settings) -> None:
    named = settings.model_copy(
        update={
            section: getattr(settings, section).model_copy(
                update={
                    name: Path(f"/{section}-{name}")
                    for name in type(getattr(settings, section)).model_fields
                    if name.endswith(("ca_location", "certificate_location"))
                }
            )
            for section in ("kafka", "cassandra", "elasticsearch", "mail", "sources")
        }
    )
    assert len(list(certificate_files(named))) == 7


def backup(hours: float, *, is_complete: bool = True) -> Listed:
    return Listed(id="20261130T000000Z-abcdef", begun_at=NOW - timedelta(hours=hours), is_complete=is_complete)


@pytest.mark.parametrize(
    ("given_settings", "backups", "told"),
    [
        (BackupSettings(), [], [("backup.place", Severity.WARNING)]),
        (BackupSettings(place="/backups"), [], [("backup.place", Severity.ERROR)]),
        (BACKUPS, [], [("backup.age", Severity.ERROR)]),
        (BACKUPS, [backup(1, is_complete=False)], [("backup.age", Severity.ERROR)]),
        (BACKUPS, [backup(20)], []),
        (BACKUPS, [backup(40)], [("backup.age", Severity.WARNING)]),
        (BACKUPS, [backup(40), backup(400)], [("backup.age", Severity.WARNING)]),
        (BACKUPS, [backup(400)], [("backup.age", Severity.ERROR)]),
    ],
)
def test_backups_that_are_missing_or_old_are_told(
    given_settings: BackupSettings, backups: list[Listed], told: list[tuple[str, Severity]]
) -> None:
    found = backup_findings(given_settings, backups, NOW)
    assert [(one.check, one.severity) for one in found] == told


def test_backups_beside_the_data_are_told() -> None:
    [one] = backup_findings(BACKUPS, [backup(1)], NOW, shares_disk=True)
    assert (one.check, one.severity) == ("backup.place", Severity.WARNING)


@pytest.mark.parametrize(
    ("last", "told"),
    [
        (LastCheck(NOW - timedelta(days=1), was_intact=True), None),
        (LastCheck(NOW - timedelta(days=1), was_intact=False), Severity.ERROR),
        (LastCheck(NOW - timedelta(days=60), was_intact=True), Severity.ADVICE),
        (None, Severity.ADVICE),
    ],
)
def test_a_trail_that_nobody_verified_or_that_was_altered_is_told(
    last: LastCheck | None, told: Severity | None
) -> None:
    found = [one.severity for one in verification(last, NOW) if isinstance(one, Finding)]
    assert found == ([] if told is None else [told])


def test_a_trail_of_which_nothing_is_known_is_not_taken_for_verified() -> None:
    [one] = verification(Refused("down"), NOW)
    assert isinstance(one, Unseen)


@given(st.sampled_from(sorted(SUPPORTED)), st.integers(0, 99), st.integers(0, 99))
def test_a_newer_release_is_never_worse(product: str, major: int, minor: int) -> None:
    def urgency(text: str) -> int:
        told = list(release(product, text, TODAY))
        return max((len(Severity) - list(Severity).index(one.severity) for one in told), default=0)

    assert urgency(f"{major}.{minor}.1") >= urgency(f"{major + 1}.{minor}.1") or product == "Python"
    assert release_of(f"{major}.{minor}-beta1") == (major, minor)


@pytest.mark.parametrize(("day", "told"), [(date(2026, 11, 30), 0), (date(2027, 2, 1), 1), (date(2028, 1, 1), 1)])
def test_a_release_is_told_half_a_year_before_its_end(day: date, told: int) -> None:
    assert len(list(release("Elasticsearch", "8.19.2", day))) == told

"""Whether what is kept could be brought back, and whether anybody has looked at the audit trail."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from infra.operations.doctor.findings import Finding, Refused, Severity, Telling, Unseen
from infra.settings.operations import BackupSettings
from schemas.records.backups import Listed

LATE, MUCH_TOO_LATE = 1.5, 3.0
# How long a backup may take at most before it is missed.
GRACE = timedelta(hours=1)
VERIFIED_WITHIN = timedelta(days=31)
PLACE, AGE = "backup.place", "backup.age"


@dataclass(frozen=True)
class LastCheck:
    """When the audit trail was verified last, and whether it was intact."""

    at: datetime
    was_intact: bool


def backup_findings(
    settings: BackupSettings, backups: Sequence[Listed], now: datetime, *, shares_disk: bool = False
) -> Iterator[Finding]:
    """Tell whether backups are made, are new enough, and lie elsewhere; ``backups`` is empty where no place is set."""
    if settings.place is None:
        yield _backup(PLACE, Severity.WARNING, "VEDETTE_BACKUP__PLACE", "No backups are made.", HOW_TO_BEGIN)
        return
    if settings.key is None:
        told = "No key for backups is set."
        yield _backup(PLACE, Severity.ERROR, "VEDETTE_BACKUP__KEY", told, HOW_TO_BEGIN)
        return
    if shares_disk:
        told = "Backups lie on the disk that holds the platform's data."
        yield _backup(
            PLACE, Severity.WARNING, "VEDETTE_BACKUP__PLACE", told, "Name a folder on another disk, or s3://…."
        )
    yield from age(settings, backups, now)


def age(settings: BackupSettings, backups: Sequence[Listed], now: datetime) -> Iterator[Finding]:
    """Tell where the newest complete backup is older than it should be."""
    newest = max((one.begun_at for one in backups if one.is_complete), default=None)
    if newest is None:
        told = "There is no complete backup."
        yield _backup(AGE, Severity.ERROR, "VEDETTE_BACKUP__PLACE", told, "Run `vedette backup create`.")
        return
    old, every = now - newest, timedelta(hours=settings.every_h)
    if old <= every * LATE + GRACE:
        return
    hours = old / timedelta(hours=1)
    yield _backup(
        AGE,
        Severity.ERROR if old > every * MUCH_TOO_LATE + GRACE else Severity.WARNING,
        "VEDETTE_BACKUP__EVERY_H",
        f"The newest complete backup is {hours:,.0f} hours old. One is to be made every {settings.every_h:g} hours.",
        "Look why `vedette backup run` does not make one, or run `vedette backup create`.",
    )


def verification(last: LastCheck | Refused | None, now: datetime) -> Iterator[Telling]:
    """Tell where nobody has verified the audit trail for a month, or the last check found it altered."""
    if isinstance(last, Refused):
        yield Unseen(
            check="audit.verified",
            subject="when the audit trail was verified last",
            why=last.why,
            remedy="Run `vedette audit verify`.",
        )
    elif last is None or now - last.at > VERIFIED_WITHIN:
        when = "as far back as activity is kept" if last is None else f"since {last.at:%Y-%m-%d}"
        yield Finding(
            check="audit.verified",
            severity=Severity.ADVICE,
            subject="the audit trail",
            problem=f"Nobody has verified it {when}.",
            risk="If entries were changed or removed, nobody knows.",
            remedy="Run `vedette audit verify` regularly, for example once a day.",
        )
    elif not last.was_intact:
        yield Finding(
            check="audit.verified",
            severity=Severity.ERROR,
            subject="the audit trail",
            problem=f"The check of {last.at:%Y-%m-%d %H:%M} UTC found entries that were changed, removed or moved.",
            risk="Somebody hides what was done.",
            remedy="Run `vedette audit verify`: it names the entries.",
        )


HOW_TO_BEGIN = (
    "Set VEDETTE_BACKUP__PLACE and VEDETTE_BACKUP__KEY (`openssl rand -base64 32`), and run `vedette backup run` as a "
    "service."
)


def _backup(check: str, severity: Severity, subject: str, problem: str, remedy: str) -> Finding:
    return Finding(
        check=check,
        severity=severity,
        subject=subject,
        problem=problem,
        risk="What the stores lose is lost for good.",
        remedy=remedy,
    )

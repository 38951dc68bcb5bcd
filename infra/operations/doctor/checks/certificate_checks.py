"""Certificates that end soon, have ended or do not count yet."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from infra.operations.doctor.findings import Finding, Severity, Telling, Unseen

SOON, VERY_SOON = timedelta(days=30), timedelta(days=7)


@dataclass(frozen=True)
class Certificate:
    """One certificate: where it was found, whose it is and when it counts."""

    place: str
    subject: str
    not_before: datetime
    not_after: datetime


@dataclass(frozen=True)
class UnreadCertificate:
    """One that could not be had: a file that is none, or a server that shows none."""

    place: str
    why: str


def certificate_findings(found: Iterable[Certificate | UnreadCertificate], now: datetime) -> Iterator[Telling]:
    """Tell which certificates will not be accepted, or soon will not be."""
    for one in found:
        if isinstance(one, UnreadCertificate):
            yield Unseen(
                check="certificates.expiry",
                subject=one.place,
                why=one.why,
                remedy="Look at it with `openssl x509 -noout -dates`.",
            )
        else:
            yield from expiry(one, now)


def expiry(certificate: Certificate, now: datetime) -> Iterator[Finding]:
    """Tell of a certificate that has ended, ends soon or does not count yet."""
    left = certificate.not_after - now
    if certificate.not_before > now:
        state = f"counts only from {certificate.not_before:%Y-%m-%d %H:%M} UTC on"
    elif left <= timedelta(0):
        state = f"ended on {certificate.not_after:%Y-%m-%d}"
    elif left <= SOON:
        state = f"ends on {certificate.not_after:%Y-%m-%d}, in {left.days} days"
    else:
        return
    is_urgent = left <= VERY_SOON or certificate.not_before > now
    yield Finding(
        check="certificates.expiry",
        severity=Severity.ERROR if is_urgent else Severity.WARNING,
        subject=certificate.place,
        problem=f"The certificate of {certificate.subject} {state}.",
        risk="Connections are refused while it does not count: work stops.",
        remedy="Renew it, and restart what holds the old one.",
    )

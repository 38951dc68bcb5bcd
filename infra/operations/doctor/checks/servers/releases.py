"""Releases of servers and of Python that get no more corrections, by what their makers have announced."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from infra.operations.doctor.findings import Finding, Severity

Release = tuple[int, int]
SOON = timedelta(days=180)

# Until when each line of releases is kept up; None where its maker has named no day. Older lines have ended.
# Sources: elastic.co/support/eol, cassandra.apache.org/_/download.html, devguide.python.org/versions.
SUPPORTED: Mapping[str, Mapping[Release, date | None]] = {
    "Elasticsearch": {(8, 19): date(2027, 7, 15), (9, 0): None},
    "Cassandra": {(4, 1): None, (5, 0): None},
    "Python": {(3, 11): date(2027, 10, 31)},
}
ADVISED = {"Elasticsearch": "8.19 or 9", "Cassandra": "5.0", "Python": "3.11, with its newest corrections"}


def release_of(text: str) -> Release | None:
    """Return the line of a release such as ``8.19.21`` or ``5.0-beta1``; None where that cannot be read."""
    found = re.match(r"v?(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2])) if found else None


def release(product: str, text: str, today: date) -> Iterator[Finding]:
    """Tell of a release that has ended, or ends within half a year."""
    line = release_of(text)
    if line is None:
        return
    ends_on = _end_of(product, line)
    if ends_on is None or today + SOON < ends_on:
        return
    has_ended = ends_on <= today
    when = f" on {ends_on:%Y-%m-%d}" if ends_on > date.min else ""
    yield Finding(
        check=f"{product.lower()}.release",
        severity=Severity.WARNING if has_ended else Severity.ADVICE,
        subject=f"{product} {text}",
        problem=f"Its makers {'ended' if has_ended else 'will end'} the support of {line[0]}.{line[1]}{when}.",
        risk="Faults that are found in it, security holes among them, are not mended any more.",
        remedy=f"Upgrade to {product} {ADVISED[product]}.",
    )


def _end_of(product: str, line: Release) -> date | None:
    """Return when a line ends; one between two known ones goes by the older, one that is newer than all has no end."""
    known = SUPPORTED[product]
    below = [each for each in known if each <= line]
    return known[max(below)] if below else date.min

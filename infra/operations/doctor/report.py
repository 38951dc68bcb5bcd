"""A report as people read it: the most urgent first, each with what could happen and what to do."""

from collections import Counter
from collections.abc import Iterator

from rich.table import Column, Table
from rich.text import Text

from infra.operations.doctor.findings import Finding, Report, Severity, Unseen
from infra.terminal import Console, styled

STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.ADVICE: "cyan"}
WORDS = {
    Severity.ERROR: ("error", "errors"),
    Severity.WARNING: ("warning", "warnings"),
    Severity.ADVICE: ("advice",) * 2,
}
UNSEEN, NEVER = "not seen", "never seen"


def print_report(report: Report, console: Console) -> None:
    """Print everything that was told, and last what it comes to."""
    console.print(f"Vedette {report.version}, home {report.home}", soft_wrap=True)
    table = Table.grid(Column(no_wrap=True, width=10), Column(overflow="fold"), padding=(0, 1))
    for finding in report.findings:
        _add(table, (finding.severity.value, STYLES[finding.severity]), _told(finding))
    for unseen in sorted(report.unseen, key=lambda one: (one.never, one.check, one.subject)):
        _add(table, (NEVER if unseen.never else UNSEEN, "dim" if unseen.never else "magenta"), _why(unseen))
    console.print(table)
    for line in summary(report):
        console.print(line, soft_wrap=True)


def summary(report: Report) -> Iterator[str]:
    """Yield what it comes to, as lines."""
    yield f"Looked at: {', '.join(report.areas)}."
    counts = Counter(finding.severity for finding in report.findings)
    told = [f"{counts[severity]} {WORDS[severity][counts[severity] != 1]}" for severity in Severity if counts[severity]]
    if missed := sum(not one.never for one in report.unseen):
        told.append(f"{missed} not seen")
    yield f"{', '.join(told)}." if told else "Nothing is to be done."


def _add(table: Table, label: tuple[str, str], lines: tuple[Text, ...]) -> None:
    for number, line in enumerate(lines):
        table.add_row(styled(label) if number == 0 else "", line)
    table.add_row("", "")


def _told(finding: Finding) -> tuple[Text, ...]:
    return (
        styled((finding.subject, "bold"), f"  [{finding.check}]"),
        styled(f"{finding.problem} {finding.risk}"),
        styled(("Do: ", "bold"), finding.remedy),
    )


def _why(unseen: Unseen) -> tuple[Text, ...]:
    return (
        styled((unseen.subject, "bold"), f"  [{unseen.check}]"),
        styled(f"This was not looked at, and may be wrong. The reason: {unseen.why}"),
        styled(("Do: ", "bold"), unseen.remedy),
    )

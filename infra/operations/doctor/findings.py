"""What ``vedette doctor`` tells: findings, each with its remedy, and what it could not look at."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from pydantic import AwareDatetime, Field

from schemas.images import Frozen

NOTHING_TO_DO, SOMETHING_TO_DO, NOT_ALL_SEEN = 0, 1, 2


class Severity(StrEnum):
    """How urgent a finding is, the most urgent first."""

    ERROR = "error"
    WARNING = "warning"
    ADVICE = "advice"


class Finding(Frozen):
    """One thing that is not as it should be."""

    check: str = Field(description="The name of the check, for `--ignore`.")
    severity: Severity
    subject: str = Field(description="The setting or the object that it is about.")
    problem: str = Field(description="What was found.")
    risk: str = Field(description="What could happen.")
    remedy: str = Field(description="The command or setting that puts it right.")


class Unseen(Frozen):
    """One thing that could not be looked at, and is therefore not known to be well."""

    check: str = Field(description="The name of the check, or of a whole area, for `--ignore`.")
    subject: str
    why: str
    remedy: str = Field(description="How to look at it.")
    never: bool = Field(
        default=False, description="Whether it can never be seen from here. This does not change the exit code."
    )


Telling = Finding | Unseen


@dataclass(frozen=True)
class Refused:
    """What stands in the place of a fact that a server does not tell, and why it does not."""

    why: str


class Report(Frozen):
    """Everything that one examination tells."""

    version: str
    at: AwareDatetime
    home: str
    areas: tuple[str, ...] = Field(description="The areas that were looked at.")
    findings: tuple[Finding, ...] = Field(description="The most urgent first.")
    unseen: tuple[Unseen, ...]

    @property
    def exit_code(self) -> int:
        """0 where nothing is to be done, 1 for an error or a warning, else 2 where something could not be seen."""
        if any(finding.severity is not Severity.ADVICE for finding in self.findings):
            return SOMETHING_TO_DO
        return NOT_ALL_SEEN if any(not one.never for one in self.unseen) else NOTHING_TO_DO


def most_urgent_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings by severity, those of one severity by their checks and subjects."""
    urgency = list(Severity)
    return tuple(sorted(findings, key=lambda one: (urgency.index(one.severity), one.check, one.subject)))


def counted(count: int, noun: str) -> str:
    """Return a number of things in words: ``one broker``, ``3 brokers``."""
    return f"one {noun}" if count == 1 else f"{count:,} {noun}s"


def listed(names: Iterable[str], most: int = 3) -> str:
    """Return names as words of a sentence, of many only the first."""
    all_names = sorted(names)
    shown = ", ".join(all_names[:most])
    return f"{shown} and {len(all_names) - most} more" if len(all_names) > most else shown

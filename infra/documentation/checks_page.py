"""``docs/reference/checks.md``: every check of ``vedette doctor`` with what it looks at."""

from infra.documentation.markdown import page, table
from infra.operations.doctor.checks_known import CHECKS

INTRODUCTION = """# Checks

`vedette doctor` makes these checks. `--ignore CHECK` leaves one out, and `--ignore kafka` all checks of Kafka.
[How to use it](../how-to/find-faults.md)."""


def checks_page() -> str:
    """Return the page, in the order of the checks' names."""
    rows = [(f"`{name}`", meaning) for name, meaning in sorted(CHECKS.items())]
    return page(INTRODUCTION, "", *table(("check", "what it looks at"), rows))

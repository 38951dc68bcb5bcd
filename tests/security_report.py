"""`make security`: all tests of tests/security, more requests by schemathesis, bandit, and a dated report of it all."""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

ROOMS = ("schemas", "infra", "producers", "processors", "api")
# Imports alone: what is done with pickle and subprocess is a finding of its own wherever it is done.
IMPORTS_ALONE = "B403,B404"
REPORT = Path("build/security-report.md")
RESULTS = Path("build/security-tests.xml")


@dataclass(frozen=True)
class Finding:
    """One place that bandit points at; justified where its line says why, as ruff asks for the same rule."""

    rule: str
    place: str
    what: str
    justified: bool


def main() -> int:
    """Run everything; the exit status is 0 where all tests pass and no finding is open."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=30, help="requests by chance for each route and kind of caller")
    wanted = parser.parse_args()
    REPORT.parent.mkdir(exist_ok=True)
    began = time.monotonic()
    failed = run_tests(wanted.examples)
    seconds = time.monotonic() - began
    findings = run_bandit()
    REPORT.write_text(describe(count_tests(), findings, wanted.examples, seconds))
    sys.stdout.write(REPORT.read_text())
    return int(failed or any(not finding.justified for finding in findings))


def run_tests(examples: int) -> bool:
    """Return whether any test failed; what each did stands in ``RESULTS`` then."""
    command = [sys.executable, "-m", "pytest", "-q", "--show-capture=no", "tests/security", f"--junitxml={RESULTS}"]
    return subprocess.run(command, env=os.environ | {"SCHEMA_EXAMPLES": str(examples)}, check=False).returncode != 0


def count_tests() -> dict[str, Counter[str]]:
    """Return for each file how many of its tests passed and failed."""
    counts: dict[str, Counter[str]] = {}
    for case in ET.parse(RESULTS).iter("testcase"):  # noqa: S314 - written by our own pytest a moment ago
        failed = any(case.find(name) is not None for name in ("failure", "error", "skipped"))
        file = case.attrib["classname"].rpartition(".")[2]
        counts.setdefault(file, Counter())["failed" if failed else "passed"] += 1
    return counts


def run_bandit() -> list[Finding]:
    """Return what bandit finds in the product."""
    command = [sys.executable, "-m", "bandit", "-q", "-r", *ROOMS, "-f", "json", "-s", IMPORTS_ALONE]
    found = subprocess.run(command, capture_output=True, check=False, text=True).stdout
    return [read_finding(issue) for issue in json.loads(found)["results"]]


def read_finding(issue: dict[str, object]) -> Finding:
    file, rule = str(issue["filename"]).removeprefix("./"), str(issue["test_id"])
    numbers: Sequence[int] = issue["line_range"]  # type: ignore[assignment] - a list of lines, by bandit's format
    lines = Path(file).read_text().splitlines()
    # Ruff's S603 is bandit's B603; a reason has to follow.
    reason = f"noqa: S{rule.removeprefix('B')} - "
    justified = any(reason in lines[number - 1] for number in numbers)
    return Finding(rule, f"{file}:{issue['line_number']}", str(issue["issue_text"]), justified)


def describe(tests: dict[str, Counter[str]], findings: Sequence[Finding], examples: int, seconds: float) -> str:
    """Return the report as Markdown."""
    open_ones = [finding for finding in findings if not finding.justified]
    rows = [f"| `{file}` | {counts['passed']} | {counts['failed']} |" for file, counts in sorted(tests.items())]
    return "\n".join(
        [
            f"# Security report of {datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
            "",
            f"Python {platform.python_version()}, schemathesis {version('schemathesis')}, bandit {version('bandit')}, "
            f"{os.cpu_count()} processors; the tests took {seconds:.0f} s, with {examples} requests by chance for each "
            "route and kind of caller, beside those along the borders of each parameter.",
            "",
            "| tests/security | passed | failed or skipped |",
            "| --- | --- | --- |",
            *rows,
            f"| together | {sum(c['passed'] for c in tests.values())} | {sum(c['failed'] for c in tests.values())} |",
            "",
            f"bandit: {len(findings)} findings, of which {len(findings) - len(open_ones)} say in their line why they "
            f"stay; open: {len(open_ones)}.",
            *[f"- {finding.rule} {finding.place}: {finding.what}" for finding in open_ones],
            "",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())

"""One examination: what cannot be looked at is told as such, and the exit code says what is to be done."""

import ast
import asyncio
import io
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.errors import ConfigurationError, NoServer, TransientError
from infra.operations.doctor.checks_known import CHECKS, areas
from infra.operations.doctor.examination import Area, examine
from infra.operations.doctor.findings import Finding, Report, Severity, Telling, Unseen, listed
from infra.operations.doctor.report import print_report
from infra.terminal import Console
from tests.places import ROOT

HOME = Path("/home/vedette")


def finding(check: str = "kafka.replication", severity: Severity = Severity.WARNING) -> Finding:
    return Finding(check=check, severity=severity, subject="topics", problem="One copy.", risk="Loss.", remedy="More.")


def unseen(*, never: bool = False) -> Unseen:
    return Unseen(check="kafka.acls", subject="rules", why="no right", remedy="Ask.", never=never)


def area(*told: Telling, name: str = "kafka", error: Exception | None = None, waits_s: float = 0) -> Area:
    async def look() -> Iterable[Telling]:
        await asyncio.sleep(waits_s)
        if error is not None:
            raise error
        return told

    return Area(name, look, "Start it.")


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ((), 0),
        ((finding(severity=Severity.ADVICE),), 0),
        ((unseen(never=True),), 0),
        ((unseen(),), 2),
        ((finding(),), 1),
        ((finding(severity=Severity.ERROR), unseen()), 1),
    ],
)
async def test_the_exit_code_says_what_is_to_be_done(told: tuple[Telling, ...], code: int) -> None:
    assert (await examine([area(*told)], HOME)).exit_code == code


@pytest.mark.parametrize(
    "error", [TransientError("it is down"), ConfigurationError("refused"), NoServer("none is set")]
)
async def test_an_area_that_cannot_be_looked_at_is_unseen_and_the_others_are_looked_at(error: Exception) -> None:
    report = await examine([area(error=error), area(finding("machine.disk"), name="machine")], HOME)
    assert [(one.check, one.why, one.remedy) for one in report.unseen] == [("kafka", str(error), "Start it.")]
    assert [one.check for one in report.findings] == ["machine.disk"]
    assert report.areas == ("kafka", "machine")


async def test_an_area_that_does_not_answer_is_unseen() -> None:
    report = await examine([area(waits_s=3600)], HOME, timeout_s=0.01)
    assert [one.check for one in report.unseen] == ["kafka"]
    assert report.exit_code == 2


async def test_a_bug_in_a_check_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        await examine([area(error=ZeroDivisionError())], HOME)


@pytest.mark.parametrize(("ignored", "left"), [(["kafka"], 0), (["kafka.replication"], 1), (["kafka.rep"], 2), ([], 2)])
async def test_a_check_or_a_whole_area_can_be_left_out(ignored: list[str], left: int) -> None:
    report = await examine([area(finding(), unseen())], HOME, ignored)
    assert len(report.findings) + len(report.unseen) == left


async def test_an_area_that_is_left_out_may_be_down() -> None:
    assert (await examine([area(error=TransientError("down"))], HOME, ["kafka"])).exit_code == 0


def written(told: Iterable[Telling], width: int = 80) -> str:
    told = list(told)
    report = Report(
        version="1",
        at=datetime.now(UTC),
        home=str(HOME),
        areas=("kafka",),
        findings=tuple(one for one in told if isinstance(one, Finding)),
        unseen=tuple(one for one in told if isinstance(one, Unseen)),
    )
    output = io.StringIO()
    print_report(report, Console(file=output, width=width))
    return output.getvalue()


def test_a_report_names_severity_subject_check_risk_and_remedy() -> None:
    text = written([finding(), unseen(), unseen(never=True)])
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert "warning topics [kafka.replication]" in lines
    assert "One copy. Loss." in lines
    assert "Do: More." in lines
    assert "not seen rules [kafka.acls]" in lines
    assert "never seen rules [kafka.acls]" in lines
    assert lines[-1] == "1 warning, 1 not seen."


def test_a_report_without_findings_says_so() -> None:
    assert written([]).splitlines()[-1] == "Nothing is to be done."


TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=200)


@given(TEXTS, TEXTS, st.integers(60, 120))
def test_a_report_fits_its_width_whatever_it_says(subject: str, problem: str, width: int) -> None:
    told = Finding(check="kafka.lag", severity=Severity.ERROR, subject=subject, problem=problem, risk="R", remedy="M")
    # Wide characters take two cells: what is held against the width is what the console counts.
    console = Console(file=io.StringIO(), width=width)
    lines = written([told], width).splitlines()[1:-2]
    assert all(console.measure(line).maximum <= width for line in lines)


@given(st.lists(st.text(min_size=1, max_size=5), max_size=9), st.integers(1, 5))
def test_a_list_of_names_stays_short_and_counts_the_rest(names: list[str], most: int) -> None:
    told = listed(names, most)
    if len(names) > most:
        assert told.endswith(f" and {len(names) - most} more")
    else:
        assert told == ", ".join(sorted(names))


LISTING = ROOT / "infra/operations/doctor/checks_known.py"
# These names are put together of an area and a word.
JOINED = {
    f"{area}.{word}" for area in ("kafka", "cassandra", "elasticsearch") for word in ("encryption", "authentication")
}
JOINED |= {f"{product}.release" for product in ("cassandra", "elasticsearch", "python")}


def names_in_the_code() -> set[str]:
    """Return every text in the code of the checks that looks like a check's name; the listing is left out."""
    paths = [path for room in ("infra/operations", "processors") for path in (ROOT / room / "doctor").rglob("*.py")]
    nodes = (node for path in paths if path != LISTING for node in ast.walk(ast.parse(path.read_text())))
    texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return {text for text in texts if re.fullmatch(r"[a-z]+\.[a-z_]+", text) and text.partition(".")[0] in areas()}


def test_every_check_is_listed_and_everything_that_is_listed_is_checked() -> None:
    assert names_in_the_code() | JOINED == set(CHECKS)

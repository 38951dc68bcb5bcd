"""Long work tells in a log how far it has come, and draws bars on a terminal alone."""

import io
from collections.abc import Callable

import pytest

from infra.progress import TELL_EVERY_S, WorkProgress
from infra.terminal import Console


class Clock:
    """Goes on as it is told, and remembers for how long it was waited."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Waits:
    """Lets so much time pass at each wait, does what is to happen meanwhile, and ends after the last."""

    def __init__(self, clock: Clock, *meanwhile: Callable[[], object]) -> None:
        self._clock = clock
        self._meanwhile = list(meanwhile)

    def __call__(self, seconds: float) -> bool:
        if not self._meanwhile:
            return True
        self._clock.now += seconds
        self._meanwhile.pop(0)()
        return False


def plain(clock: Clock, told: io.StringIO) -> WorkProgress:
    return WorkProgress(console=Console(file=told), clock=clock, wait=lambda _seconds: True)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def told() -> io.StringIO:
    return io.StringIO()


def test_in_a_log_what_is_tracked_is_counted_one_by_one(clock: Clock, told: io.StringIO) -> None:
    progress = plain(clock, told)
    with progress:
        for number in progress.track(range(3), description="read"):
            [task] = progress.tasks
            assert task.completed == number
    assert task.completed == 3


def test_in_a_log_a_line_every_ten_seconds_tells_what_how_far_and_how_long_still(
    clock: Clock, told: io.StringIO
) -> None:
    progress = plain(clock, told)
    task = progress.add_task("read topics", total=4000)
    progress._wait = Waits(clock, lambda: progress.advance(task, 1000), lambda: progress.advance(task, 1000))
    with progress:
        pass
    assert TELL_EVERY_S == 10
    assert told.getvalue().splitlines() == [
        "read topics: 25% (1,000 of 4,000) after 10 s, about 30 s left",
        "read topics: 50% (2,000 of 4,000) after 20 s, about 20 s left",
    ]


@pytest.mark.parametrize(
    ("elapsed_s", "advanced", "total", "line"),
    [
        (10, 0, 8, "x: 0% (0 of 8) after 10 s, time left not known yet"),
        (75, 1, 101, "x: 1% (1 of 101) after 1 min 15 s, about 2 h 5 min left"),
        (59.6, 2, None, "x: 2 so far, after 1 min 0 s"),
        (3 * 3600, 1, None, "x: 1 so far, after 3 h 0 min"),
        (5, 9, 8, None),
        (5, 0, 0, None),
    ],
)
def test_a_line_tells_what_is_known(
    clock: Clock, told: io.StringIO, elapsed_s: float, advanced: int, total: int | None, line: str | None
) -> None:
    progress = plain(clock, told)
    task = progress.add_task("x", total=total)
    clock.now += elapsed_s
    progress.advance(task, advanced)
    progress.tell()
    assert told.getvalue().splitlines() == ([] if line is None else [line])


def test_what_has_not_begun_or_is_done_is_not_told_and_what_goes_on_side_by_side_is(
    clock: Clock, told: io.StringIO
) -> None:
    progress = plain(clock, told)
    progress.update(progress.add_task("done", total=3), completed=3)
    progress.add_task("not begun", total=3, start=False)
    progress.add_task("first", total=3)
    progress.add_task("second", total=None)
    progress.tell()
    assert [line.partition(":")[0] for line in told.getvalue().splitlines()] == ["first", "second"]


def test_a_line_is_one_line_whatever_a_name_holds(clock: Clock, told: io.StringIO) -> None:
    progress = plain(clock, told)
    progress.add_task("read " + "long " * 60 + "\x1b[2J[red]", total=None)
    progress.tell()
    [line] = told.getvalue().splitlines()
    assert "\\u001b[2J[red]" in line


def test_telling_ends_with_the_work_and_begins_again_with_more_of_it(told: io.StringIO) -> None:
    progress = WorkProgress(console=Console(file=told))
    for _ in range(2):
        progress.start()
        teller = progress._teller
        assert teller is not None
        assert teller.is_alive()
        progress.stop()
        assert not teller.is_alive()
    assert told.getvalue() == ""


def test_a_bug_of_the_work_ends_the_telling_too(told: io.StringIO) -> None:
    progress = WorkProgress(console=Console(file=told))
    progress.start()
    teller = progress._teller
    assert teller is not None
    progress.__exit__(KeyError, KeyError("a bug"), None)
    assert not teller.is_alive()


def test_on_a_terminal_bars_are_drawn_and_no_lines(clock: Clock, told: io.StringIO) -> None:
    progress = WorkProgress(console=Console(file=told, force_terminal=True, width=80), clock=clock)
    with progress:
        progress.advance(progress.add_task("read topics", total=4), 1)
        assert progress._teller is None
    assert "━" in told.getvalue()
    assert "left" not in told.getvalue()


def test_without_a_console_it_is_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    progress = WorkProgress()
    progress.add_task("read topics", total=None)
    progress.tell()
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("read topics: 0 so far")

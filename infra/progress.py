"""How far long work has come: bars on a terminal, and elsewhere, as in a log, one plain line every ten seconds."""

import threading
import time
from collections.abc import Callable

from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeElapsedColumn

from infra.terminal import Console

TELL_EVERY_S = 10.0


class WorkProgress(Progress):
    """Rich's progress display, which says in a log what it shows on a terminal.

    A line tells what is being done, how far it has come, how long it has taken and about how long it still takes. Lines
    go to standard error, or to the console that is given; standard output belongs to the answer.
    """

    def __init__(
        self,
        *columns: str | ProgressColumn,
        console: Console | None = None,
        transient: bool = False,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        """``wait`` returns True once there is nothing more to tell, or False after so many seconds."""
        console = console or Console(stderr=True)
        self._is_plain = not console.is_terminal
        super().__init__(
            *(columns or default_columns()),
            console=console,
            transient=transient,
            get_time=clock,
            disable=self._is_plain,
            # What Rich refreshes by itself it also counts by itself, but only while it draws.
            auto_refresh=not self._is_plain,
        )
        self._ended = threading.Event()
        self._wait = wait or self._ended.wait
        self._teller: threading.Thread | None = None

    def start(self) -> None:
        super().start()
        if self._is_plain and self._teller is None:
            self._ended.clear()
            self._teller = threading.Thread(target=self._tell_again_and_again, name="progress", daemon=True)
            self._teller.start()

    def stop(self) -> None:
        super().stop()
        if self._teller is not None:
            self._ended.set()
            self._teller.join()
            self._teller = None

    def tell(self) -> None:
        """Print a line for each task that has begun and is not done."""
        for task in self.tasks:
            if task.started and not task.finished:
                self.console.print(line_of(task), soft_wrap=True)

    def _tell_again_and_again(self) -> None:
        while not self._wait(TELL_EVERY_S):
            self.tell()


def default_columns() -> tuple[ProgressColumn, ...]:
    """Return what is shown on a terminal: what is done, a bar, how much of how much, and for how long."""
    return TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()


def line_of(task: Task) -> str:
    """Return how far a task has come, as one line."""
    elapsed_s = task.elapsed or 0.0
    if not task.total:
        return f"{task.description}: {_number(task.completed)} so far, after {_duration(elapsed_s)}"
    share = min(1.0, task.completed / task.total)
    done = f"{task.description}: {share:.0%} ({_number(task.completed)} of {_number(task.total)})"
    left = f"about {_duration(elapsed_s / share - elapsed_s)} left" if share else "time left not known yet"
    return f"{done} after {_duration(elapsed_s)}, {left}"


def _number(count: float) -> str:
    return f"{count:,.0f}"


def _duration(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"

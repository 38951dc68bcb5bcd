"""Shows the servers as they start or stop: a live table on a terminal, one line for each change elsewhere."""

import threading
import time
from types import TracebackType
from typing import Self

from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from infra.embedded.stack import StackEvent
from infra.terminal import Console

SETTLED = {"fetched": "green", "running": "green", "ready": "green", "failed": "bold red", "stopped": "dim"}
MARKS = {"fetched": "✓", "running": "✓", "ready": "✓", "failed": "✗", "stopped": "·"}
WORDS = {"running": "already running"}


class StackProgress:
    """A progress display that is called with every StackEvent, from any thread."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._latest: dict[str, StackEvent] = {}
        self._began: dict[str, float] = {}
        self._took: dict[str, float] = {}
        self._lock = threading.Lock()
        # Last: it draws the empty table at once.
        self._live = Live(console=console, get_renderable=self._table, refresh_per_second=8)

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._console.is_terminal:
            self._live.stop()

    def __call__(self, event: StackEvent) -> None:
        with self._lock:
            before = self._latest.get(event.server)
            began = self._began.setdefault(event.server, time.monotonic())
            self._latest[event.server] = event
            self._took[event.server] = 0.0 if before is None else time.monotonic() - began
        if not self._console.is_terminal and (before is None or before.stage != event.stage):
            self._console.print(f"{event.server:<14} {self._words(event)}", soft_wrap=True)

    def _words(self, event: StackEvent) -> str:
        took_s = self._took[event.server]
        took = f"in {took_s:.1f} s" if event.stage in {"fetched", "ready", "stopped"} and took_s > 0 else ""
        return " ".join(part for part in (WORDS.get(event.stage, event.stage), took, event.detail) if part)

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 2))
        with self._lock:
            for server, event in self._latest.items():
                table.add_row(_mark(event), server, self._words(event))
        return table


def _mark(event: StackEvent) -> Spinner | Text:
    if event.stage not in SETTLED:
        return Spinner("dots")
    return Text(MARKS[event.stage], style=SETTLED[event.stage])

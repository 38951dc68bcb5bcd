"""Shows the platform again and again: one page that is renewed on a terminal, one page after the other elsewhere."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

from rich.live import Live

from infra.operations.status.page import page
from infra.operations.status.snapshot import Snapshot
from infra.operations.status.watching import PlatformWatch
from infra.settings.settings import Settings
from infra.terminal import Console

Show = Callable[[Snapshot | None, Snapshot], None]


async def show_again_and_again(settings: Settings, console: Console, every_s: float, times: int | None) -> Snapshot:
    """Show so many snapshots, without a number for ever, and return the last; SIGTERM cancels it."""
    watched = asyncio.current_task()
    if watched is not None:
        # As Ctrl-C does: whoever ends it finds the terminal as it was.
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, watched.cancel)
    watching, before = PlatformWatch(settings), None
    try:
        with _shown_on(console) as show:
            for number in count(1):
                now = await watching.look()
                show(before, now)
                if number == times:
                    break
                before = now
                await asyncio.sleep(every_s)
    finally:
        await watching.close()
    return now


@contextmanager
def _shown_on(console: Console) -> Iterator[Show]:
    """Yield what shows a page: in place of the one before on a terminal, and after it elsewhere."""
    if not console.is_terminal or console.is_dumb_terminal:

        def print_page(before: Snapshot | None, now: Snapshot) -> None:
            console.print(page(before, now))
            console.print()

        yield print_page
        return
    with Live("Looking …", console=console, screen=True, auto_refresh=False) as live:

        def renew(before: Snapshot | None, now: Snapshot) -> None:
            live.update(page(before, now, console.height), refresh=True)

        yield renew

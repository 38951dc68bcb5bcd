"""A snapshot as a page for a terminal of 80 columns."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Column, Table
from rich.text import Text

from infra.operations.status.snapshot import (
    GroupState,
    SeenProcess,
    SeenSystem,
    Snapshot,
    Told,
    Unknown,
    group_states,
)
from infra.terminal import styled, visible_line
from schemas.queries import Latency
from schemas.topics import GROUP_TOPICS

FEWEST_TROUBLES = 3
# Rows of a page but for its troubles.
ROWS = 20
MIB = 2**20
NOTHING = "-"


def page(before: Snapshot | None, now: Snapshot, rows: int | None = None) -> RenderableType:
    """Return the page; ``rows`` is the height of the terminal, None where all may be shown."""
    most = None if rows is None else max(FEWEST_TROUBLES, rows - ROWS)
    return Group(
        _heading(now),
        _systems(now.systems),
        Text(),
        _workers(before, now),
        Text(),
        *_latency(now.latency),
        Text(),
        *_troubles(now.troubles, most),
    )


def _heading(now: Snapshot) -> Table:
    when = Column(justify="right", no_wrap=True, width=len("2026-11-30 15:04:05 UTC"))
    heading = Table.grid(Column(overflow="ellipsis", no_wrap=True, ratio=1), when, expand=True, padding=(0, 1, 0, 0))
    heading.add_row(styled(("Vedette", "bold"), f"  {visible_line(now.home)}"), f"{now.at:%Y-%m-%d %H:%M:%S} UTC")
    return heading


def _systems(systems: tuple[SeenSystem, ...]) -> Table:
    table = _table(
        Column("server", width=13),
        Column("state", width=13),
        Column("where", overflow="ellipsis", ratio=1),
        *_process_columns(),
    )
    for system in systems:
        where = system.problem if system.problem and system.address else system.address
        table.add_row(system.name, _state(system), visible_line(where or NOTHING), *_process_cells(system.process))
    return table


def _state(system: SeenSystem) -> Text:
    if system.problem is None:
        return styled(("ready", "green"))
    return styled(("no answer", "bold red")) if system.process or system.address else styled(("not known", "dim"))


def _workers(before: Snapshot | None, now: Snapshot) -> RenderableType:
    states = group_states(before, now, tuple(GROUP_TOPICS))
    table = _table(
        Column("worker", width=16),
        Column("members", justify="right", width=7),
        Column("waiting", justify="right", width=9),
        Column("oldest", justify="right", width=8),
        Column("per s", justify="right", width=7),
        Column("most wait on", overflow="ellipsis", ratio=1),
        Column("memory", justify="right", width=9),
    )
    known = {} if isinstance(states, Unknown) else {state.group: state for state in states}
    for group in GROUP_TOPICS:
        memory = _memory(now.workers.get(group))
        table.add_row(group.removeprefix("vedette-"), _members(now, group), *_group_cells(known.get(group)), memory)
    return table if not isinstance(states, Unknown) else Group(table, _unknown("how much waits", states))


def _members(now: Snapshot, group: str) -> Text:
    if isinstance(now.members, Unknown):
        return styled(("?", "dim"))
    count = now.members.get(group, 0)
    return styled((str(count), "green" if count else "bold red"))


def _group_cells(state: GroupState | None) -> tuple[str | Text, ...]:
    if state is None:
        return ("?",) * 4
    oldest = NOTHING if state.oldest_s is None else duration(state.oldest_s)
    rate = NOTHING if state.per_s is None else f"{state.per_s:,.1f}"
    where = state.busiest or ""
    if state.deleted:
        return compact(state.waiting), oldest, rate, styled((f"{state.deleted:,} deleted unread", "bold red"))
    return compact(state.waiting), oldest, rate, where


def _latency(latency: Latency | Unknown) -> Iterator[RenderableType]:
    if isinstance(latency, Unknown):
        yield _unknown("how long images take", latency)
        return
    if not latency.images:
        yield styled(("No image was recognised in the last 15 minutes.", "dim"))
        return
    stages = "  ".join(f"{one.stage} {one.p50_ms:,.0f}/{one.p95_ms:,.0f}" for one in latency.stages)
    yield styled((f"Milliseconds an image, half / 95 % of {latency.images:,} in 15 minutes:", "bold"))
    yield Text(stages, no_wrap=True, overflow="ellipsis")


def _troubles(troubles: tuple[Told, ...] | Unknown, most: int | None) -> Iterator[RenderableType]:
    if isinstance(troubles, Unknown):
        yield _unknown("what went wrong lately", troubles)
        return
    yield styled(("What went wrong last, by UTC" if troubles else "Nothing went wrong lately.", "bold"))
    for told in troubles[:most]:
        line = Text(no_wrap=True, overflow="ellipsis")
        line.append(f"{told.at:%m-%d %H:%M:%S}  ", style="dim").append(visible_line(told.what))
        yield line


def _unknown(what: str, unknown: Unknown) -> Text:
    line = Text(no_wrap=True, overflow="ellipsis")
    return line.append(f"It is not known {what}: ", style="magenta").append(visible_line(unknown.why))


def _table(*columns: Column) -> Table:
    for column in columns:
        column.no_wrap = True
    return Table(*columns, box=None, expand=True, padding=(0, 1, 0, 0), header_style="bold", show_edge=False)


def _process_columns() -> tuple[Column, ...]:
    return Column("memory", justify="right", width=9), Column("up", justify="right", width=9)


def _process_cells(process: SeenProcess | None) -> tuple[str, str]:
    return ("", "") if process is None else (_memory(process), duration(process.uptime_s))


def _memory(process: SeenProcess | None) -> str:
    return "" if process is None else f"{process.rss_bytes / MIB:,.0f} MiB"


def duration(seconds: float) -> str:
    """Return a time in at most eight characters."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60}m {whole % 60}s"
    if whole < 48 * 3600:
        return f"{whole // 3600}h {whole % 3600 // 60}m"
    return f"{whole // 86_400} days"


def compact(count: int) -> str:
    """Return a number in at most nine characters."""
    for unit, size in (("G", 10**9), ("M", 10**6)):
        if count >= 10 * size:
            return f"{count / size:,.0f} {unit}"
    return f"{count:,}"

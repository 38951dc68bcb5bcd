"""What the stack tells while it starts and stops, and how its servers are."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

State = Literal["ready", "starting", "stopped", "died"]
Stage = Literal["waiting", "running", "fetching", "fetched", "starting", "ready", "failed", "stopping", "stopped"]


@dataclass(frozen=True)
class StackEvent:
    """Something to show while the stack starts or stops."""

    server: str
    stage: Stage
    detail: str = ""


Progress = Callable[[StackEvent], None]


@dataclass(frozen=True)
class ServerStatus:
    """How one server is; ``rss_bytes`` and ``uptime_s`` are those of its process, ``log_tail`` says why it died."""

    server: str
    state: State
    address: str | None = None
    pid: int | None = None
    rss_bytes: int | None = None
    uptime_s: float | None = None
    log_tail: tuple[str, ...] = ()


def tell_nobody(event: StackEvent) -> None:
    """The progress of a caller who wants none."""

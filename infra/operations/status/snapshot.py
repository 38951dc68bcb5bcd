"""What is seen of the platform at one moment, and what lies between two moments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from infra.kafka.groups.lag import Lag
from schemas.queries import Latency


@dataclass(frozen=True)
class Unknown:
    """What stands in the place of what could not be seen, and why it could not."""

    why: str


@dataclass(frozen=True)
class SeenProcess:
    """One process of this home on this machine."""

    pid: int
    rss_bytes: int
    uptime_s: float


@dataclass(frozen=True)
class SeenSystem:
    """One server or the API: where it is, and why it does not answer, None where it does."""

    name: str
    address: str
    problem: str | None
    process: SeenProcess | None = None


@dataclass(frozen=True)
class Told:
    """Something that went wrong, when and what it was."""

    at: datetime
    what: str


@dataclass(frozen=True)
class Snapshot:
    """The platform at one moment; ``monotonic_s`` is for differences between two of them."""

    at: datetime
    monotonic_s: float
    home: str
    systems: tuple[SeenSystem, ...]
    workers: Mapping[str, SeenProcess]
    """The workers of this home, by their consumer groups."""
    members: Mapping[str, int] | Unknown
    lags: tuple[Lag, ...] | Unknown
    latency: Latency | Unknown
    troubles: tuple[Told, ...] | Unknown


@dataclass(frozen=True)
class GroupState:
    """One consumer group: all its topics together."""

    group: str
    waiting: int
    oldest_s: float | None
    deleted: int
    busiest: str | None
    """The topic on which most waits."""
    per_s: float | None
    """Messages acknowledged per second since the snapshot before; None without one."""


def group_states(before: Snapshot | None, now: Snapshot, groups: Sequence[str]) -> list[GroupState] | Unknown:
    """Return each group's state, or why it is not known."""
    if isinstance(now.lags, Unknown):
        return now.lags
    earlier = () if before is None or isinstance(before.lags, Unknown) else before.lags
    elapsed_s = 0.0 if before is None else now.monotonic_s - before.monotonic_s
    return [_state(group, _of(group, earlier), _of(group, now.lags), elapsed_s) for group in groups]


def _of(group: str, lags: Sequence[Lag]) -> list[Lag]:
    return [lag for lag in lags if lag.group == group]


def _state(group: str, earlier: Sequence[Lag], now: Sequence[Lag], elapsed_s: float) -> GroupState:
    busiest = max(now, key=lambda lag: lag.waiting, default=None)
    return GroupState(
        group=group,
        waiting=sum(lag.waiting for lag in now),
        oldest_s=max((lag.oldest_s for lag in now if lag.oldest_s is not None), default=None),
        deleted=sum(lag.deleted for lag in now),
        busiest=busiest.topic if busiest is not None and busiest.waiting else None,
        per_s=_rate(earlier, now, elapsed_s),
    )


def _rate(earlier: Sequence[Lag], now: Sequence[Lag], elapsed_s: float) -> float | None:
    """Return how many messages a second were acknowledged; a topic that is new or was made again counts nothing."""
    if elapsed_s <= 0:
        return None
    stood = {lag.topic: lag.acknowledged for lag in earlier}
    done = (max(0, lag.acknowledged - stood[lag.topic]) for lag in now if lag.topic in stood)
    return sum(done) / elapsed_s if stood else None

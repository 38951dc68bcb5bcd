"""How near Elasticsearch's disks are to where it stops writing."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from infra.operations.doctor.findings import Finding, Refused, Severity, Telling, Unseen

PREFIX = "cluster.routing.allocation.disk."
UNITS = {"b": 1, "kb": 2**10, "mb": 2**20, "gb": 2**30, "tb": 2**40, "pb": 2**50}
SIZE = re.compile(r"([\d.]+)([a-z]+)")
NO_HEADROOM = "-1"


@dataclass(frozen=True)
class NodeDisk:
    """The disk of one node."""

    node: str
    total_bytes: int
    free_bytes: int

    @property
    def used(self) -> float:
        """Which share is full."""
        return 1 - self.free_bytes / self.total_bytes if self.total_bytes else 0.0


@dataclass(frozen=True)
class Watermark:
    """One limit: a share that is full (``85%``, ``0.85``) or a size that must stay free (``20gb``).

    Where a share is given, so much as ``headroom`` says is enough to be free on a large disk.
    """

    limit: str
    headroom: str = NO_HEADROOM

    def is_reached(self, disk: NodeDisk) -> bool:
        """Whether the disk is as full as that."""
        text = self.limit.strip().lower()
        if (must_stay_free := _size(text)) is not None:
            return disk.free_bytes <= must_stay_free
        share = float(text[:-1]) / 100 if text.endswith("%") else float(text)
        enough = _size(self.headroom.strip().lower())
        return disk.used >= share and (enough is None or disk.free_bytes <= enough)


@dataclass(frozen=True)
class DiskLimits:
    """Where shards are sent elsewhere (low, high) and indices are closed to writes (flood), as the cluster has them."""

    low: Watermark = Watermark("85%", "200gb")
    high: Watermark = Watermark("90%", "150gb")
    flood: Watermark = Watermark("95%", "100gb")
    are_enforced: bool = True

    @classmethod
    def of(cls, settings: Mapping[str, object]) -> "DiskLimits":
        """Read the flat settings of a cluster; its defaults stand in for those that it does not tell."""
        return cls(
            low=_watermark(settings, "low", cls.low),
            high=_watermark(settings, "high", cls.high),
            flood=_watermark(settings, "flood_stage", cls.flood),
            are_enforced=str(settings.get(f"{PREFIX}threshold_enabled", "true")).lower() != "false",
        )


RISKS = {
    "flood": "Its indices are closed to writes: the index worker waits.",
    "high": "Shards are moved away from it, and no new one comes.",
    "low": "No new shard comes to it: a new index or copy may find no place.",
}
UNENFORCED = "This cluster heeds no watermark: writing fails once the disk is full."


def disk_findings(disks: tuple[NodeDisk, ...] | Refused, limits: DiskLimits | Refused) -> Iterator[Telling]:
    """Tell which disks have reached a limit; the usual limits stand in for those that are not told."""
    if isinstance(disks, Refused):
        yield Unseen(
            check="elasticsearch.disk",
            subject="the disks of Elasticsearch's nodes",
            why=disks.why,
            remedy="Give the account the cluster privilege `monitor`.",
        )
        return
    known = DiskLimits() if isinstance(limits, Refused) else limits
    for disk in disks:
        yield from fullness(disk, known)


def fullness(disk: NodeDisk, limits: DiskLimits) -> Iterator[Finding]:
    """Tell where a disk is beyond a limit; of several the gravest counts."""
    marks = {"flood": limits.flood, "high": limits.high, "low": limits.low}
    reached = next((name for name, mark in marks.items() if mark.is_reached(disk)), None)
    if reached is None:
        return
    yield Finding(
        check="elasticsearch.disk",
        severity=Severity.WARNING if reached == "low" else Severity.ERROR,
        subject=f"the disk of node {disk.node}",
        problem=f"It is {disk.used:.0%} full, beyond the {reached} watermark ({marks[reached].limit}).",
        risk=RISKS[reached] if limits.are_enforced else UNENFORCED,
        remedy="Make room or add disks; keep activity for fewer days (VEDETTE_ACTIVITY__RETENTION_DAYS).",
    )


def _watermark(settings: Mapping[str, object], name: str, default: Watermark) -> Watermark:
    limit = settings.get(f"{PREFIX}watermark.{name}")
    if limit is None:
        return default
    return Watermark(str(limit), str(settings.get(f"{PREFIX}watermark.{name}.max_headroom", NO_HEADROOM)))


def _size(text: str) -> float | None:
    found = SIZE.fullmatch(text)
    return float(found[1]) * UNITS[found[2]] if found and found[2] in UNITS else None

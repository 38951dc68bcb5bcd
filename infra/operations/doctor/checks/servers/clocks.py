"""Whether the clocks of the servers go with the one of this machine."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from infra.operations.doctor.findings import Finding, Severity

NOTICED_S, GRAVE_S = 2.0, 30.0


@dataclass(frozen=True)
class ClockReading:
    """What a server's clock said, in seconds since the epoch, when it was asked between two moments of ours."""

    server: str
    said_s: float
    asked_at_s: float
    answered_at_s: float

    @property
    def skew_s(self) -> float:
        """How far the server's clock is ahead (negative: behind) at least, whenever it was read."""
        if self.said_s > self.answered_at_s:
            return self.said_s - self.answered_at_s
        return min(0.0, self.said_s - self.asked_at_s)


def clock_findings(readings: Iterable[ClockReading]) -> Iterator[Finding]:
    """Tell which clocks are wrong beyond doubt."""
    for reading in readings:
        apart_s = abs(reading.skew_s)
        if apart_s < NOTICED_S:
            continue
        direction = "ahead of" if reading.skew_s > 0 else "behind"
        yield Finding(
            check="clocks.skew",
            severity=Severity.ERROR if apart_s >= GRAVE_S else Severity.WARNING,
            subject=f"the clock of {reading.server}",
            problem=f"It is {apart_s:,.1f} s {direction} the clock of this machine.",
            risk="Tokens end early or late, and of two writes the older one may count.",
            remedy="Let chrony or systemd-timesyncd set the clocks of all machines: `timedatectl`.",
        )

"""The most memory that a process has held, as Linux remembers it."""

from pathlib import Path

RESET_PEAK = "5"
PEAK = "VmHWM:"
KIB = 1024


def forget_peak(pid: int) -> None:
    """Begin anew from what the process holds now."""
    Path(f"/proc/{pid}/clear_refs").write_text(RESET_PEAK)


def peak_bytes(pid: int) -> int:
    """Return the most that the process has held at once since its peak was forgotten."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(PEAK):
            return int(line.split()[1]) * KIB
    raise LookupError(f"Linux does not tell the peak of process {pid}")

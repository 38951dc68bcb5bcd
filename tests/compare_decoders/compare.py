"""Compares what our decoder makes of a file with what it shows, by its writer and by an independent decoder."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import av
import numpy as np
import pyvips

from infra.errors import Rejected
from processors.imaging.decoding.decode import decode
from processors.imaging.views import Within
from schemas.dead_letters import Reason
from tests.compare_decoders.combinations import Combination, Tolerance
from tests.compare_decoders.subject import Levels

WHOLE = Within(100_000)
MAX_PIXELS = 64_000_000
EQUAL, WRONG = "equal", "wrong"
# What an intact file may be refused as: all else says something of it that is not true.
HONEST = frozenset({Reason.UNSUPPORTED_FORMAT})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one file: equal, wrong or refused with a reason; and how far the decoders were apart."""

    combination: Combination
    outcome: str
    told: str = ""


def judge(combination: Combination) -> Verdict:
    """Return how our decoder did."""
    try:
        ours = decode(combination.data, [WHOLE], MAX_PIXELS)
    except Rejected as refusal:
        outcome = refusal.reason.value if refusal.reason in HONEST else WRONG
        return Verdict(combination, outcome, str(refusal))
    if ours.warnings:
        return Verdict(combination, WRONG, f"warned of {', '.join(ours.warnings)}")
    off = [_distance(name, ours.views[WHOLE], other, combination.tolerance) for name, other in _others(combination)]
    told = "; ".join(text for text in off if text)
    return Verdict(combination, WRONG if told or not off else EQUAL, told)


def _others(combination: Combination) -> list[tuple[str, Levels]]:
    others = [] if combination.meant is None else [("its writer", combination.meant)]
    if combination.independent is None:
        return others
    try:
        return [*others, ("the independent decoder", combination.independent(combination.data))]
    except (pyvips.Error, av.error.FFmpegError):
        return others


def _distance(name: str, ours: Levels, other: Levels, tolerance: Tolerance) -> str:
    """Return how far off we are in words; nothing where that is within ``tolerance``."""
    if ours.shape != other.shape:
        return f"{ours.shape} instead of {other.shape} by {name}"
    off = np.abs(ours.astype(int) - other)
    if off.max() <= tolerance.most and off.mean() <= tolerance.mean:
        return ""
    return f"{off.max()} at most and {off.mean():.2f} on average from {name}"


def table(verdicts: Iterable[Verdict]) -> str:
    """Return a table in Markdown: a row a kind, with the tolerances that it was held to."""
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    tolerances: dict[str, set[Tolerance]] = defaultdict(set)
    for verdict in verdicts:
        kinds[verdict.combination.kind][verdict.outcome] += 1
        tolerances[verdict.combination.kind].add(verdict.combination.tolerance)
    reasons = sorted({outcome for counts in kinds.values() for outcome in counts} - {EQUAL, WRONG})
    columns = ["tried", EQUAL, *reasons, WRONG]
    lines = [f"| kind | {' | '.join(columns)} | tolerance, most / mean of 255 |", "| --- " * (len(columns) + 2) + "|"]
    for kind, counts in kinds.items():
        held_to = ", ".join(f"{each.most:g} / {each.mean:g}" for each in sorted(tolerances[kind], key=lambda t: t.most))
        lines.append(_row(kind, counts, columns, held_to))
    total: Counter[str] = sum(kinds.values(), Counter())
    return "\n".join([*lines, _row("all", total, columns, "")]) + "\n"


def _row(kind: str, counts: Counter[str], columns: list[str], held_to: str) -> str:
    cells = [str(counts.total() if column == "tried" else counts[column]) for column in columns]
    return f"| {kind} | {' | '.join(cells)} | {held_to} |"

"""What goes wrong in a run, and when: drawn by chance, the same for the same seed."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

STORES = ("kafka", "cassandra", "elasticsearch")
WORKERS = ("recognise", "store", "index")


@dataclass(frozen=True)
class Load:
    """What is published: ``images`` references at a steady ``pace`` a second, and bad messages after every so many."""

    images: int
    pace: float
    bad_every: int = 500
    bad_batch: int = 10

    @property
    def seconds(self) -> float:
        return self.images / self.pace


@dataclass(frozen=True)
class Faults:
    """How often what is hit; workers of every kind count together, a store's kills are each store's."""

    recognise_workers: int
    worker_kills: int
    store_kills: int
    freeze_s: float = 0.0

    @property
    def workers(self) -> tuple[str, ...]:
        """One name for each worker that runs, such as ``recognise-2``."""
        return (*(f"recognise-{number + 1}" for number in range(self.recognise_workers)), "store-1", "index-1")


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong ``at_s`` seconds after the first message."""

    at_s: float
    kind: str
    target: str
    lasts_s: float = 0.0


def plan_worker_kills(load: Load, faults: Faults, seed: int) -> list[Fault]:
    """Return kills of workers at random moments; every kind of worker is hit once before any is hit at random."""
    chance = random.Random(seed)  # noqa: S311 - a plan that can be repeated, nothing secret
    firsts = [f"{kind}-1" for kind in WORKERS][: faults.worker_kills]
    targets = [*firsts, *chance.choices(faults.workers, k=faults.worker_kills - len(firsts))]
    moments = [chance.uniform(0.03, 0.95) * load.seconds for _ in targets]
    kills = (Fault(at_s, "kill", target) for at_s, target in zip(moments, targets, strict=True))
    return sorted(kills, key=lambda fault: fault.at_s)


def plan_store_faults(load: Load, faults: Faults, seed: int) -> list[Fault]:
    """Return kills and freezes of the servers, one after another, in a random order, spread over the run."""
    chance = random.Random(seed + 1)  # noqa: S311 - as above
    kinds = [("kill", store) for store in STORES for _ in range(faults.store_kills)]
    kinds += [("freeze", store) for store in STORES if faults.freeze_s]
    chance.shuffle(kinds)
    return [
        Fault(at_s, kind, store, faults.freeze_s if kind == "freeze" else chance.uniform(0.5, 8))
        for at_s, (kind, store) in zip(_spread(len(kinds), load, chance), kinds, strict=True)
    ]


def _spread(count: int, load: Load, chance: random.Random) -> Sequence[float]:
    """Return one random moment in each of ``count`` equal parts of nine tenths of the run."""
    part = 0.9 * load.seconds / max(1, count)
    return [(number + chance.uniform(0.1, 0.6)) * part for number in range(count)]

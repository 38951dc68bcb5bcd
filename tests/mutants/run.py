"""Mutation testing (``make mutants``): every small change to what matters most must fail a test, or have its reason.

Cosmic Ray's operators make the changes. Its own runner starts Python for each, which takes longer than most tests: here
a process that has imported the libraries is forked, and imports the mutant. No file of the repository is changed. A
mutant that no test notices must stand in ``survivors.toml`` with the reason why that is no gap.
"""

import argparse
import os
import time
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

from infra.terminal import Console
from tests.mutants.forked import passes, prepare
from tests.mutants.targets import TARGETS, Target

ROOT = Path(__file__).parents[2]
SURVIVORS = Path(__file__).with_name("survivors.toml")
# In annotations this makes a union of types, which mypy checks.
LEFT_OUT = "core/ReplaceBinaryOperator_BitOr_"
# Whether one may assign to a field, which mypy checks as well, and where it is kept.
DECLARES = "@dataclass("


@dataclass(frozen=True)
class Mutant:
    """One change to a module: the lines before and after, and the whole source."""

    module: str
    before: str
    after: str
    source: str

    @property
    def key(self) -> tuple[str, str, str]:
        return self.module, self.before, self.after


def mutants_of(target: Target) -> Iterator[Mutant]:
    """Yield each change that an operator makes to the module, once."""
    whole, seen = (ROOT / target.module).read_text(), set()
    for name in sorted(operator_names()):
        if name.startswith(LEFT_OUT) or get_operator(name).arguments():
            continue
        for source in sources_by(name, whole):
            mutant = Mutant(target.module, *changed_lines(whole, source), source)
            if source not in seen and mutant.before != mutant.after and not mutant.before.startswith(DECLARES):
                seen.add(source)
                yield mutant


def sources_by(operator: str, whole: str) -> Iterator[str]:
    """Yield the source with each change that one operator makes."""
    for occurrence in count():
        try:
            source = mutate_code(whole, get_operator(operator)(), occurrence)
        except AttributeError:
            # Cosmic Ray cannot replace an exception that is named with its module.
            if not operator.endswith("ExceptionReplacer"):
                raise
            continue
        if source is None:
            return
        yield source


def changed_lines(before: str, after: str) -> tuple[str, str]:
    """Return the lines in which two sources differ, from the first to the last."""
    old, new = before.splitlines(), after.splitlines()
    while old and new and old[0] == new[0]:
        old, new = old[1:], new[1:]
    while old and new and old[-1] == new[-1]:
        old, new = old[:-1], new[:-1]
    return " ".join(" ".join(old).split()), " ".join(" ".join(new).split())


def try_all(target: Target, console: Console) -> list[Mutant]:
    """Try every mutant of one module, telling of each that lives; returns these."""
    module = target.module.removesuffix(".py").replace("/", ".")
    if not passes(module, (ROOT / target.module).read_text(), target.tests):
        raise SystemExit(f"the tests of {target.module} fail without any change: mend them first")
    began, tried, alive = time.monotonic(), 0, []
    for mutant in mutants_of(target):
        tried += 1
        if passes(module, mutant.source, target.tests):
            alive.append(mutant)
            console.print(f"{mutant.module}\n- {mutant.before}\n+ {mutant.after}", soft_wrap=True)
    took_s = time.monotonic() - began
    console.print(f"{target.module}: {tried} tried, {tried - len(alive)} killed, {took_s:.0f} s", soft_wrap=True)
    return alive


def unexplained(alive: Sequence[Mutant]) -> list[Mutant]:
    """Return the survivors for which no reason is listed."""
    listed = tomllib.loads(SURVIVORS.read_text())["survivor"]
    reasons = {(one["module"], one["before"], one["after"]): one["reason"] for one in listed}
    return [mutant for mutant in alive if not reasons.get(mutant.key)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", nargs="*", help="Only these modules, as they stand in targets.py.")
    wanted = parser.parse_args().modules
    os.chdir(ROOT)
    prepare()
    console = Console(highlight=False)
    targets = [target for target in TARGETS if not wanted or target.module in wanted]
    gaps = unexplained([mutant for target in targets for mutant in try_all(target, console)])
    if gaps:
        raise SystemExit(f"{len(gaps)} mutants survived without a reason: test them, or list them in {SURVIVORS.name}")


if __name__ == "__main__":
    main()

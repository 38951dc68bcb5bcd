"""``make compare-decoders``: every kind of picture through our decoder and another, and a table of how they agree."""

import sys
from pathlib import Path

from processors.imaging.decoding.decode import quiet_parsers
from tests.compare_decoders.all_combinations import all_combinations
from tests.compare_decoders.compare import WRONG, judge, table

REPORT = Path("build") / "compare-decoders.md"


def main() -> None:
    quiet_parsers()
    verdicts = [judge(combination) for combination in all_combinations()]
    wrong = [verdict for verdict in verdicts if verdict.outcome == WRONG]
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(table(verdicts))
    sys.stdout.write(REPORT.read_text())
    for verdict in wrong:
        sys.stdout.write(f"wrong: {verdict.combination.kind}, {verdict.combination.variant}: {verdict.told}\n")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()

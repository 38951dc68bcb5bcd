"""A short run of ``make compare-decoders``: of each kind of picture a few, the same at every run."""

import random
from collections import defaultdict

import pytest

from tests.compare_decoders.all_combinations import all_combinations
from tests.compare_decoders.combinations import Combination
from tests.compare_decoders.compare import EQUAL, WRONG, judge, table

EACH = 3

pytestmark = pytest.mark.filterwarnings(r"ignore:::PIL\.")


@pytest.fixture(scope="module")
def kinds() -> dict[str, list[Combination]]:
    found: dict[str, list[Combination]] = defaultdict(list)
    for combination in all_combinations():
        found[combination.kind].append(combination)
    return found


def test_every_kind_of_picture_is_decoded_as_another_decoder_does_or_refused_as_unsupported(
    kinds: dict[str, list[Combination]],
) -> None:
    chance = random.Random(1)  # noqa: S311 - the same choice at every run
    chosen = [item for items in kinds.values() for item in chance.sample(items, min(EACH, len(items)))]
    verdicts = [judge(combination) for combination in chosen]
    wrong = [(v.combination.kind, v.combination.variant, v.told) for v in verdicts if v.outcome == WRONG]
    assert not wrong, table(verdicts)
    assert sum(verdict.outcome == EQUAL for verdict in verdicts) > len(verdicts) / 3


def test_a_picture_that_is_not_what_its_writer_meant_is_told_as_wrong(kinds: dict[str, list[Combination]]) -> None:
    for combination in (kinds["PNG grey 8"][0], kinds["TIFF RGB 8"][0]):
        assert combination.meant is not None
        other = Combination("x", "y", combination.data, combination.tolerance, combination.meant[::-1])
        assert judge(other).outcome == WRONG

"""The edit distance, held against the plainest way to count it."""

from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from processors.evaluation.text.edit_distance import edit_distance

TEXTS = st.text(alphabet="abc é", max_size=9)
WORDS = st.lists(st.sampled_from(["read", "reed", "this"]), max_size=8)


def counted(one: object, other: object) -> int:
    """Return the distance as it is defined, one recursion after the other."""

    @cache
    def left(at: int, to: int) -> int:
        if not at or not to:
            return at + to
        changed = left(at - 1, to - 1) + (one[at - 1] != other[to - 1])  # type: ignore[index]
        return min(left(at - 1, to) + 1, left(at, to - 1) + 1, changed)

    return left(len(one), len(other))  # type: ignore[arg-type]


@given(TEXTS, TEXTS)
def test_characters_are_counted_as_defined(one: str, other: str) -> None:
    assert edit_distance(one, other) == counted(one, other)


@given(WORDS, WORDS)
def test_words_are_counted_as_defined(one: list[str], other: list[str]) -> None:
    assert edit_distance(one, other) == counted(tuple(one), tuple(other))


def test_known_distances() -> None:
    assert edit_distance("kitten", "sitting") == 3
    assert edit_distance("", "four") == edit_distance("four", "") == 4
    assert edit_distance("", "") == 0

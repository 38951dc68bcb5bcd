"""Pictures put together from parts: the very same bytes, or none."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.recognition.questions.assembly import Assembly
from schemas.messages.questions import PART_BYTES, Question, split_picture

NOW = datetime(2026, 3, 1, tzinfo=UTC)
LARGE = 64 * PART_BYTES


def question(number: int, picture: bytes, deadline: datetime = NOW) -> Question:
    return Question(id=f"{number:032x}", reply_to="b" * 32, owner="shop", deadline=deadline, size_bytes=len(picture))


def picture(number: int, parts: int) -> bytes:
    return bytes([number]) * (parts * PART_BYTES - 7)


def test_the_last_part_completes_the_picture() -> None:
    assembly, sent = Assembly(LARGE), picture(1, 3)
    asked = question(1, sent)
    found = [assembly.add(asked, number, part) for number, part in enumerate(split_picture(sent))]
    assert found == [None, None, sent]
    assert len(assembly) == 0


THREE = [picture(number, 3) for number in range(3)]
PARTS = [split_picture(each) for each in THREE]
STEPS = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 2), st.sampled_from(["add", "expire"])), min_size=1, max_size=30
)


@given(steps=STEPS)
def test_whatever_is_lost_repeated_or_out_of_turn_a_picture_is_whole_or_none(
    steps: list[tuple[int, int, str]],
) -> None:
    """Of three questions with three parts each: any part, at any time, any number of times."""
    asked = [question(number, each) for number, each in enumerate(THREE)]
    assembly = Assembly(LARGE)
    came: list[list[int]] = [[], [], []]
    for number, part, act in steps:
        if act == "expire":
            assembly.forget_late(NOW)
            came = [[], [], []]
            continue
        came[number].append(part)
        try:
            whole = assembly.add(asked[number], part, PARTS[number][part])
        except ValueError:
            continue
        assert whole in (None, THREE[number])
        if whole is not None:
            assert {0, 1, 2} <= set(came[number])
            came[number] = []


def test_a_part_that_is_missing_makes_the_rest_useless() -> None:
    assembly, sent = Assembly(LARGE), picture(1, 3)
    asked, parts = question(1, sent), split_picture(sent)
    assert assembly.add(asked, 0, parts[0]) is None
    with pytest.raises(ValueError, match="missing"):
        assembly.add(asked, 2, parts[2])
    assert len(assembly) == 0


@pytest.mark.parametrize("size_bytes", [0, 1, PART_BYTES - 1])
def test_a_part_of_another_size_is_refused(size_bytes: int) -> None:
    with pytest.raises(ValueError, match="size"):
        Assembly(LARGE).add(question(1, picture(1, 2)), 0, bytes(size_bytes))


def test_one_id_with_two_questions_is_neither() -> None:
    assembly, sent = Assembly(LARGE), picture(1, 2)
    assembly.add(question(1, sent), 0, split_picture(sent)[0])
    other = question(1, sent).model_copy(update={"owner": "bank"})
    with pytest.raises(ValueError, match="another question"):
        assembly.add(other, 1, split_picture(sent)[1])


def test_what_has_begun_takes_no_more_memory_than_it_may() -> None:
    assembly = Assembly(4 * PART_BYTES)
    for number in range(100):
        sent = picture(number, 3)
        for part in (0, 1):
            assembly.add(question(number, sent), part, split_picture(sent)[part])
        assert assembly._bytes <= 4 * PART_BYTES
    assert len(assembly) == 2


def test_what_nobody_waits_for_is_forgotten() -> None:
    assembly = Assembly(LARGE)
    for number, deadline in enumerate((NOW, NOW + timedelta(seconds=1))):
        sent = picture(number, 2)
        assembly.add(question(number, sent, deadline), 0, split_picture(sent)[0])
    assert assembly.forget_late(NOW) == 1
    assert len(assembly) == 1

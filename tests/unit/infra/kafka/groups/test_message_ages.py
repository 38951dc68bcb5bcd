"""Ages of messages, against partitions whose times are known."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.kafka.groups.message_ages import find_ages_s
from schemas.messages.commit_notes import Place

NOW = 1_800_000_000.0
AGES_S = st.lists(st.floats(min_value=0.2, max_value=300 * 86_400), min_size=1, max_size=30)


@given(st.lists(AGES_S, min_size=1, max_size=3), st.data())
def test_the_age_of_any_message_is_found_to_a_few_in_a_hundred(
    partitions: list[list[float]], data: st.DataObject
) -> None:
    ages = {("topic", number): sorted(one, reverse=True) for number, one in enumerate(partitions)}

    def ask(times_ms: Mapping[Place, int]) -> dict[Place, int]:
        return {
            place: next((at for at, age in enumerate(ages[place]) if (NOW - age) * 1000 >= time_ms), -1)
            for place, time_ms in times_ms.items()
        }

    wanted = {(place, data.draw(st.integers(0, len(known) - 1))) for place, known in ages.items() for _ in range(2)}
    found = find_ages_s(ask, wanted, NOW)
    for place, offset in wanted:
        assert found[place, offset] == pytest.approx(ages[place][offset], rel=0.03, abs=0.002)


def test_nothing_is_asked_where_nothing_waits() -> None:
    def ask(_times_ms: Mapping[Place, int]) -> dict[Place, int]:
        raise AssertionError

    assert find_ages_s(ask, set(), NOW) == {}

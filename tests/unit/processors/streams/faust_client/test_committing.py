"""What is acknowledged without a break, counted without a number for each offset that there never was."""

import tracemalloc
from typing import Any

from faust.transport.consumer import Consumer
from hypothesis import given
from hypothesis import strategies as st
from intervaltree import IntervalTree

from processors.streams.faust_client.committing import next_to_commit

offsets = st.sets(st.integers(0, 60), min_size=1).map(sorted)
gaps = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 9)).map(lambda gap: (gap[0], gap[0] + gap[1])), max_size=5)


@given(offsets, gaps, st.none() | st.integers(0, 60))
def test_it_commits_what_faust_commits(acknowledged: list[int], skipped: list[Any], committed: int | None) -> None:
    tree = IntervalTree.from_tuples(skipped)
    tree.merge_overlaps()
    expected: list[int] = sorted(
        {*acknowledged, *(o for g in tree if g.begin < acknowledged[-1] for o in range(g.begin, g.end))}
    )
    ours = next_to_commit(acknowledged, [(gap.begin, gap.end) for gap in tree], committed)
    if committed and expected[0] - committed > 1:
        assert ours is None
    else:
        end = expected[0]
        while end in expected:
            end += 1
        assert ours == end


def test_it_takes_no_memory_for_offsets_that_there_never_were() -> None:
    tracemalloc.start()
    assert next_to_commit([4, 2**40], [(5, 2**40)], 4) == 2**40 + 1
    assert tracemalloc.get_traced_memory()[1] < 100_000
    tracemalloc.stop()


def test_faust_still_has_what_is_overridden() -> None:
    assert callable(Consumer._new_offset)

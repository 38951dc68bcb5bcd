"""Ranges of messages that were deleted unread: each message counts once, whatever the letters say of it."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from infra.operations.reconcile.records.records import MessagePlace
from infra.operations.reconcile.unread import UnreadRanges, merged, size, without
from schemas.dead_letters import Reason, Rejection
from schemas.images import Origin
from schemas.topics import IMAGE_REFERENCES, RECOGNITION_RESULTS
from tests.samples import START

NOTICED_MS = int(START.timestamp() * 1000)
RECOGNISE, STORE = "vedette-recognise", "vedette-store"


def unread(
    first: int, last: int | None, *, group: str = RECOGNISE, topic: str = IMAGE_REFERENCES, after_ms: int = 0
) -> Rejection:
    return Rejection(
        reason=Reason.EXPIRED_UNREAD,
        detail="Kafka deleted them.",
        origin=Origin(topic=topic, partition=0, offset=first, appended_at_ms=NOTICED_MS + after_ms),
        last_offset=last,
        group=group,
        topic_id="an-id",
        host="worker-1",
        rejected_at=START + timedelta(milliseconds=after_ms),
    )


def place(offset: int, appended_at_ms: int = NOTICED_MS - 1000) -> MessagePlace:
    return MessagePlace(0, 0, offset, appended_at_ms)


def test_every_message_of_a_range_is_lost() -> None:
    ranges = UnreadRanges()
    ranges.add(unread(10, 34))
    assert (ranges.lost(), ranges.put_away()) == (25, 0)


def test_a_letter_told_twice_counts_once_and_at_its_widest() -> None:
    ranges = UnreadRanges()
    for last in (34, 40, 30):
        ranges.add(unread(10, last))
    assert ranges.lost() == 31


def test_what_is_there_still_or_has_an_outcome_is_judged_by_that() -> None:
    ranges = UnreadRanges()
    ranges.add(unread(10, 34))
    for offset in (9, 10, 10, 34, 35):
        ranges.saw(place(offset))
    assert ranges.lost() == 23


def test_a_message_of_a_topic_made_anew_is_another() -> None:
    ranges = UnreadRanges()
    ranges.add(unread(10, 34))
    ranges.saw(place(12, NOTICED_MS + 1000))
    assert ranges.lost() == 25
    assert not ranges.count_for(place(12, NOTICED_MS + 1000))
    assert ranges.count_for(place(12))


def test_what_was_put_away_is_not_lost() -> None:
    ranges = UnreadRanges()
    ranges.discard(unread(10, 34))
    assert (ranges.lost(), ranges.put_away()) == (0, 25)
    ranges.add(unread(30, 44, after_ms=5))
    assert (ranges.lost(), ranges.put_away()) == (15, 20)
    assert [one.open for one in ranges.told()] == [False, True]


def test_what_was_put_away_stays_so_when_kafka_has_forgotten_its_letter() -> None:
    ranges = UnreadRanges(put_away_before=[unread(10, 34), unread(50, None)])
    assert (ranges.lost(), ranges.put_away()) == (0, 0)
    assert [ranges.have_put_away(place(offset)) for offset in (9, 10, 34, 35, 50, 99)] == [
        False, True, True, False, True, True,
    ]  # fmt: skip
    assert not ranges.have_put_away(place(12, NOTICED_MS + 1000))
    ranges.add(unread(30, 44, after_ms=5))
    assert not ranges.have_put_away(place(32))


def test_what_went_with_its_whole_topic_is_put_away_with_its_letter() -> None:
    ranges = UnreadRanges()
    ranges.add(unread(3, None))
    assert not ranges.have_put_away(place(7))
    ranges.discard(unread(3, None))
    assert [ranges.have_put_away(place(offset)) for offset in (2, 3, 7)] == [False, True, True]


def test_what_was_put_away_stays_so_when_its_topic_is_made_anew() -> None:
    ranges = UnreadRanges(put_away_before=[unread(10, 34)])
    ranges.add(unread(0, None, after_ms=5))
    assert [ranges.have_put_away(place(offset)) for offset in (9, 10, 34, 35)] == [False, True, True, False]


def test_what_a_sink_has_missed_is_told_and_counts_no_reference() -> None:
    ranges = UnreadRanges()
    ranges.add(unread(10, 34, group=STORE))
    ranges.add(unread(10, 34, group=STORE, topic=RECOGNITION_RESULTS))
    ranges.add(unread(10, 34, group="vedette-activity", topic="activity"))
    assert ranges.lost() == 0
    assert {(one.group, one.topic) for one in ranges.told()} == {
        (STORE, IMAGE_REFERENCES),
        (STORE, RECOGNITION_RESULTS),
    }


def test_two_groups_that_miss_the_same_are_two_letters() -> None:
    ranges = UnreadRanges()
    ranges.add(unread(10, 34, group=STORE))
    ranges.add(unread(10, 34))
    assert len(ranges.told()) == 2
    assert unread(10, 34).key != unread(10, 34, group=STORE).key


def test_how_much_a_whole_topic_held_is_not_known() -> None:
    ranges = UnreadRanges()
    ranges.add(unread(10, None))
    assert ranges.lost() == 0
    assert ranges.topics_made_anew_at == START
    ranges.discard(unread(10, None))
    assert ranges.topics_made_anew_at is None


def test_of_one_workspace_a_range_counts_nothing_as_a_whole() -> None:
    ranges = UnreadRanges(whole=False)
    ranges.add(unread(10, 34))
    ranges.discard(unread(50, 60, after_ms=5))
    assert (ranges.lost(), ranges.put_away()) == (0, 0)
    assert not ranges.count_for(place(12))
    assert (ranges.have_put_away(place(12)), ranges.have_put_away(place(52))) == (False, True)


def test_a_sink_that_has_missed_outcomes_is_known() -> None:
    ranges = UnreadRanges()
    ranges.add(unread(10, 34))
    assert not ranges.sinks_have_missed
    ranges.add(unread(10, 34, group="vedette-index", topic=RECOGNITION_RESULTS))
    assert ranges.sinks_have_missed


INTERVALS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 12)).map(lambda one: (one[0], sum(one))), max_size=8)


def offsets(intervals: list[tuple[int, int]]) -> set[int]:
    return {offset for first, last in intervals for offset in range(first, last + 1)}


@given(INTERVALS, INTERVALS)
def test_intervals_are_the_sets_of_their_offsets(some: list[tuple[int, int]], others: list[tuple[int, int]]) -> None:
    assert offsets(merged(some)) == offsets(some)
    assert size(merged(some)) == len(offsets(some))
    left = without(some, others)
    assert offsets(left) == offsets(some) - offsets(others)
    assert size(left) == len(offsets(left))


@given(INTERVALS, INTERVALS, st.sets(st.integers(0, 60)))
def test_each_offset_counts_once(opened: list[tuple[int, int]], away: list[tuple[int, int]], seen: set[int]) -> None:
    ranges = UnreadRanges()
    for number, (first, last) in enumerate(opened):
        ranges.add(unread(first, last, after_ms=number))
    for number, (first, last) in enumerate(away):
        ranges.discard(unread(first, last, after_ms=100 + number))
    for offset in seen:
        ranges.saw(place(offset))
    assert ranges.lost() == len(offsets(opened) - seen)
    assert ranges.put_away() == len(offsets(away) - offsets(opened) - seen)

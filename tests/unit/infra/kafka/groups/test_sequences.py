"""The numbers of references: by offset within a partition, by append time across, the same for whoever reads."""

import asyncio
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from infra.kafka.groups.sequences import STEP, PartitionSequence, lead_before
from schemas.images import Origin
from schemas.messages.commit_notes import CommitNote, CommittedOffset
from tests.logs import AT, Log, logs, origin_at


def numbers(log: Log, start: int = 0, begun: PartitionSequence | None = None) -> dict[int, int]:
    sequence = begun or PartitionSequence()
    return {offset: sequence.number(origin_at(offset, at_ms)) for offset, at_ms in log if offset >= start}


@given(logs())
def test_within_a_partition_the_offset_decides_whatever_the_clock_says(log: Log) -> None:
    given_numbers = list(numbers(log).items())
    for (before, smaller), (after, larger) in pairwise(given_numbers):
        assert larger >= smaller + STEP * (after - before)


@given(logs())
def test_a_number_is_no_less_than_append_time_and_offset_alone_gave(log: Log) -> None:
    assert all(numbers(log)[offset] >= origin_at(offset, at_ms).moment_us for offset, at_ms in log)


@given(logs(falling=False, burst=False))
def test_while_clocks_go_on_a_number_is_the_append_time_but_for_a_millisecond(log: Log) -> None:
    assert all(0 <= numbers(log)[offset] - at_ms * 1000 < 2000 for offset, at_ms in log)


@given(logs(), st.data())
def test_who_goes_on_with_a_note_gives_the_same_numbers(log: Log, data: st.DataObject) -> None:
    end = data.draw(st.sampled_from([offset for offset, _ in log]))
    reader = PartitionSequence()
    for offset, at_ms in log:
        reader.number(origin_at(offset, at_ms))
    note = CommitNote.parse(reader.note(end + 1, CommitNote()).text)
    went_on = PartitionSequence.after(CommittedOffset(end + 1, note))
    assert numbers(log, end + 1, went_on).items() <= numbers(log).items()
    # And who read on gives them again as well.
    assert numbers(log, end + 1, reader).items() <= numbers(log).items()


@given(logs(), st.data())
@settings(max_examples=300)
def test_who_goes_on_without_a_note_finds_in_the_partition_what_gives_the_same_numbers(
    log: Log, data: st.DataObject
) -> None:
    end = data.draw(st.integers(min_value=0, max_value=log[-1][0] + 2))
    lead = asyncio.run(lead_before(AT, end, log))
    leads = [origin_at(offset, at_ms).moment_us - STEP * offset for offset, at_ms in log if offset < end]
    assert lead == max(leads, default=None)
    assert numbers(log, end, PartitionSequence(lead, end)).items() <= numbers(log).items()


@given(logs(), logs())
def test_a_topic_made_anew_goes_on_above_the_one_before(old: Log, new: Log) -> None:
    reader = PartitionSequence()
    last = max(reader.number(origin_at(offset, at_ms)) for offset, at_ms in old)
    end = old[-1][0] + 1
    went_on = PartitionSequence.after(CommittedOffset(end, reader.note(end, CommitNote())))
    first, *_ = new
    for begun in (reader, went_on):
        if first[0] < end:
            assert begun.number(origin_at(*first)) > last


@given(logs(), st.data())
def test_what_was_forgotten_changes_no_number(log: Log, data: st.DataObject) -> None:
    reader, expected = PartitionSequence(), numbers(log)
    for offset, at_ms in log:
        assert reader.number(origin_at(offset, at_ms)) == expected[offset]
        if data.draw(st.booleans()):
            reader.forget_before(data.draw(st.integers(min_value=0, max_value=offset + 1)))


def test_the_pair_of_the_same_millisecond_whose_order_the_last_three_digits_told_wrongly() -> None:
    log = Log([(999, 1_700_000_000_000), (1000, 1_700_000_000_000)])
    older, newer = numbers(log).values()
    assert newer > older


def test_numbers_end_at_the_last_moment_that_can_be_told() -> None:
    last = Origin(topic="t", partition=0, offset=1_000_999, appended_at_ms=253_402_300_799_999)
    sequence = PartitionSequence()
    assert sequence.number(last) == last.moment_us
    assert sequence.number(last.model_copy(update={"offset": 1_001_000})) == last.moment_us

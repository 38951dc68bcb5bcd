"""The arithmetic of what was deleted unread, against a partition that is played through message by message."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.kafka.groups.gaps import Gap, Holding, Start, committed_before, find_start
from schemas.messages.commit_notes import CommitNote, CommittedOffset

NOTED = CommitNote(topic_id="a")


def holding(first: int, end: int, topic_id: str = "a") -> Holding:
    return Holding(topic_id, first, end)


def test_a_group_that_begins_has_missed_nothing() -> None:
    assert find_start(None, holding(7, 9)) == Start(7)


def test_nothing_is_missed_where_the_offset_is_still_held() -> None:
    assert find_start(CommittedOffset(5, NOTED), holding(5, 9)) == Start(5)
    assert find_start(CommittedOffset(9, NOTED), holding(5, 9)) == Start(9)


def test_what_was_deleted_since_is_missed() -> None:
    assert find_start(CommittedOffset(5, NOTED), holding(30, 40)) == Start(30, (Gap("a", 5, 29),))


def test_a_partition_that_was_emptied_goes_on_at_its_end() -> None:
    assert find_start(CommittedOffset(5, CommitNote()), holding(40, 40)) == Start(40, (Gap("a", 5, 39),))


@pytest.mark.parametrize("committed", [0, 3, 500])
def test_a_topic_made_anew_is_read_from_its_beginning(committed: int) -> None:
    gone = Gap("a", committed, None)
    assert find_start(CommittedOffset(committed, NOTED), holding(0, 3, "b")) == Start(0, (gone,))
    assert find_start(CommittedOffset(committed, NOTED), holding(2, 3, "b")) == Start(2, (gone, Gap("b", 0, 1)))


def test_an_offset_beyond_the_end_is_of_another_topic_even_where_no_id_was_noted() -> None:
    assert find_start(CommittedOffset(500, CommitNote()), holding(0, 3)) == Start(0, (Gap(None, 500, None),))


def test_what_kafka_forgets_of_a_deleted_topic_is_known_from_the_notes_beside_others() -> None:
    assert committed_before(None, holding(0, 3, "b"), {"a"}) == CommittedOffset(0, NOTED)
    assert committed_before(None, holding(0, 3, "b"), {"a", "b"}) is None
    assert committed_before(None, holding(0, 3, "b"), ()) is None
    assert committed_before(CommittedOffset(2, NOTED), holding(0, 3), {"b"}) == CommittedOffset(2, NOTED)


@dataclass
class Partition:
    """A partition and a group that reads it; every message has a number of its own, over all topics of the name."""

    topic: int = 0
    held: dict[int, int] = field(default_factory=dict)
    first: int = 0
    end: int = 0
    appended: int = 0
    committed: CommittedOffset | None = None
    read: set[int] = field(default_factory=set)
    unread_of_gone_topics: set[int] = field(default_factory=set)
    deleted_unread: set[int] = field(default_factory=set)
    told: list[Gap] = field(default_factory=list)

    @property
    def id(self) -> str:
        return f"id-{self.topic}"

    def append(self, count: int) -> None:
        for _ in range(count):
            self.held[self.end] = self.appended
            self.end, self.appended = self.end + 1, self.appended + 1

    def trim(self, count: int) -> None:
        upto = min(self.end, self.first + count)
        for offset in range(self.first, upto):
            if (number := self.held.pop(offset)) not in self.read:
                self.deleted_unread.add(number)
        self.first = upto

    def make_anew(self, *, forget: bool) -> None:
        """Kafka forgets the offset with the topic, but a worker may commit once more what it has read of it."""
        self.unread_of_gone_topics |= set(self.held.values()) - self.read
        self.topic, self.held, self.first, self.end = self.topic + 1, {}, 0, 0
        if forget:
            self.committed = None

    def settle(self, noted_ids: set[str]) -> None:
        stood = committed_before(self.committed, Holding(self.id, self.first, self.end), noted_ids)
        start = find_start(stood, Holding(self.id, self.first, self.end))
        self.told += start.gaps
        self.committed = CommittedOffset(start.offset, CommitNote(topic_id=self.id))

    def take(self, count: int) -> None:
        assert self.committed is not None
        offset = self.committed.offset
        taken = [self.held[at] for at in range(offset, min(self.end, offset + count))]
        assert not self.read & set(taken), "what was read is not read again"
        self.read |= set(taken)
        self.committed = CommittedOffset(offset + len(taken), CommitNote(topic_id=self.id))


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(1, 8)),
        st.tuples(st.just("trim"), st.integers(1, 8)),
        st.tuples(st.just("work"), st.integers(0, 8)),
        st.tuples(st.just("anew"), st.booleans()),
    ),
    max_size=30,
)


@given(STEPS)
def test_every_message_is_read_or_told(steps: list[tuple[str, int]]) -> None:
    partition = Partition()
    partition.settle(set())
    noted = partition.id
    for what, much in steps:
        if what == "append":
            partition.append(much)
        elif what == "trim":
            partition.trim(much)
        elif what == "anew":
            partition.make_anew(forget=bool(much))
        else:
            partition.settle({noted})
            noted = partition.id
            partition.take(much)
    partition.settle({noted})
    partition.take(1000)
    never_read = set(range(partition.appended)) - partition.read
    assert never_read == partition.deleted_unread | partition.unread_of_gone_topics
    counted = sum(gap.messages or 0 for gap in partition.told if gap.last is not None)
    whole_topics = sum(gap.last is None for gap in partition.told)
    # What a topic lost before it was deleted itself belongs to the letter of the whole topic.
    assert counted <= len(partition.deleted_unread)
    assert whole_topics <= partition.topic
    if partition.topic == 0:
        assert counted == len(partition.deleted_unread)
    if never_read:
        assert partition.told

"""What was fetched is handed out in turn: no partition waits for all that another one holds."""

from collections import Counter, OrderedDict
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.consumer import consumer, fetcher

from infra.kafka.batches.bounded_fetching import TurnTakingFetcher, read_within_bounds

CROWDED, QUIET = TopicPartition("object-created", 0), TopicPartition("image-references", 0)
RECORD = SimpleNamespace(key=None, value=b"tiny", headers=())


class FetchedRecords:
    """The records of one partition, as the client keeps them."""

    def __init__(self, count: int) -> None:
        self.next_fetch_offset = 0
        self._left = count

    def __iter__(self) -> Iterator[Any]:
        while self._left:
            self._left -= 1
            self.next_fetch_offset += 1
            yield RECORD


class Assignment:
    """Where the consumer stands in each partition; all of them are its own."""

    active = True

    def __init__(self) -> None:
        self._positions: Counter[TopicPartition] = Counter()

    def state_value(self, place: TopicPartition) -> Any:
        def consumed_to(position: int) -> None:
            self._positions[place] = position

        return SimpleNamespace(paused=False, position=self._positions[place], consumed_to=consumed_to)


@pytest.fixture(autouse=True)
def client(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the client be as it was once the test is over."""
    for module, name in ((fetcher, "MemoryRecords"), (fetcher, "FetchResult"), (consumer, "Fetcher")):
        monkeypatch.setattr(module, name, getattr(module, name))
    read_within_bounds(2**20)


def fetched(**records: int) -> TurnTakingFetcher:
    """Return a fetcher that has fetched so many records of each topic's first partition."""
    assignment = Assignment()
    taking = consumer.Fetcher.__new__(consumer.Fetcher)
    taking._subscriptions = SimpleNamespace(reassignment_in_progress=False)
    taking._wait_consume_future = None
    taking._records = OrderedDict()
    for topic, count in records.items():
        place = TopicPartition(topic.replace("_", "-"), 0)
        taking._records[place] = fetcher.FetchResult(
            place, assignment=assignment, partition_records=FetchedRecords(count), backoff=0
        )
    return taking  # type: ignore[no-any-return]


async def test_a_partition_with_few_records_does_not_wait_for_one_with_a_million() -> None:
    taking = fetched(object_created=1_000_000, image_references=3)
    both = {CROWDED, QUIET}
    first = await taking.fetched_records(both, max_records=64)
    second = await taking.fetched_records(both, max_records=64)
    assert [(place, len(records)) for place, records in first.items()] == [(CROWDED, 64)]
    assert {place: len(records) for place, records in second.items()} == {QUIET: 3, CROWDED: 61}


async def test_all_crowded_partitions_get_the_same() -> None:
    taking = fetched(a=1000, b=1000, c=1000)
    given: Counter[str] = Counter()
    for _ in range(30):
        for place, records in (await taking.fetched_records(set(), max_records=10)).items():
            given[place.topic] += len(records)
    assert given == {"a": 100, "b": 100, "c": 100}


async def test_each_record_comes_once() -> None:
    taking = fetched(a=25, b=7, c=100)
    given: Counter[str] = Counter()
    while found := await taking.fetched_records(set(), max_records=10):
        given.update({place.topic: len(records) for place, records in found.items()})
    assert given == {"a": 25, "b": 7, "c": 100}
    assert not taking._records

"""A replay asks the same of the same images, leaves none out when it is interrupted, and adds only what is missing."""

from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime

import pytest

from infra.cassandra.images.scan import StoredAnswers
from infra.kafka.event_bus import Record
from infra.operations.replay.replayer import AT_ONCE, Replayer, replay_of
from schemas.images import Feature, Origin
from schemas.messages.replays import History, ReplayState, ReplaySummary, decode_headers
from schemas.results import RecognitionResult
from schemas.topics import IMAGE_REFERENCES_BATCH
from schemas.wire import parse_reference
from tests.samples import origin, result

ALL = History()
NEXT = "next@1"


class FakeScan:
    """Images in the order of their places, which are their numbers."""

    def __init__(self, *images: Sequence[RecognitionResult]) -> None:
        self.answers = [list(image) for image in images]

    async def images(self, after: int | None = None) -> AsyncGenerator[StoredAnswers, None]:
        for place, answers in enumerate(self.answers):
            if after is None or place > after:
                yield StoredAnswers(place, {one.pipeline: one.model_dump_json().encode() for one in answers})


class FakeStates:
    def __init__(self) -> None:
        self.kept: dict[tuple[str, History], ReplayState] = {}

    async def find(self, pipeline: str, history: History) -> ReplayState | None:
        return self.kept.get((pipeline, history))

    async def save(self, pipeline: str, history: History, state: ReplayState) -> None:
        self.kept[pipeline, history] = state


class Killed(BaseException):
    """The process ends here."""


class FakeKafka:
    """Takes records, and lets the process be killed right after the ``last`` call, before anybody hears of it."""

    def __init__(self, last: int = 10**6) -> None:
        self.records: list[Record] = []
        self.rooms: list[int] = []
        self.last = last

    async def make_room(self, count: int) -> None:
        self.rooms.append(count)

    async def publish(self, records: Sequence[Record]) -> tuple[Origin, ...]:
        self.records += records
        self.last -= 1
        if self.last == 0:
            raise Killed
        return ()

    def names(self) -> list[str]:
        return [str(parse_reference(record.value).image_id) for record in self.records]


async def replay(
    scan: FakeScan, kafka: FakeKafka, states: FakeStates | None = None, history: History = ALL
) -> ReplaySummary:
    replayer = Replayer(scan, states or FakeStates(), kafka, kafka)
    return await replayer.run(NEXT, history, lambda _: None)


def test_a_replay_asks_the_same_of_the_same_image_and_names_the_reference() -> None:
    answered = result(
        "shop", metadata={"camera": 7}, correlation_id="c-1", submitted_at=datetime(2026, 3, 1, tzinfo=UTC)
    )
    record = replay_of(answered, NEXT)
    reference = parse_reference(record.value)
    assert (record.topic, reference.pipeline, reference.uri) == (IMAGE_REFERENCES_BATCH, NEXT, answered.uri)
    assert reference.identity.image_key == answered.image_key
    # Named, although they may be the workspace's default: that may change before the replay is answered.
    assert reference.features == (Feature.LABELS, Feature.EMBEDDING)
    assert (reference.metadata, reference.submitted_at) == (answered.metadata, answered.submitted_at)
    assert decode_headers(record.headers) == answered.origin
    assert ("correlation-id", b"c-1") in record.headers


async def test_every_image_is_replayed_once_for_its_newest_reference() -> None:
    newest = result("shop", "a", of=origin(60), pipeline="other@1")
    kafka = FakeKafka()
    done = await replay(FakeScan([result("shop", "a"), newest], [result("shop", "b")]), kafka)
    assert kafka.names() == ["a", "b"]
    assert decode_headers(kafka.records[0].headers) == newest.origin
    assert (done.images, done.published, done.answered_before, done.resumed) == (2, 2, 0, False)


async def test_what_the_pipeline_has_answered_is_passed_over_unless_a_newer_reference_came() -> None:
    same, newer = result("shop", "same"), result("shop", "newer", of=origin(60))
    kafka = FakeKafka()
    done = await replay(
        FakeScan(
            [same, result("shop", "same", of=same.origin, pipeline=NEXT)],
            [newer, result("shop", "newer", pipeline=NEXT)],
        ),
        kafka,
    )
    assert kafka.names() == ["newer"]
    assert (done.images, done.answered_before) == (2, 1)


@pytest.mark.parametrize("calls", [1, 2, 3])
async def test_a_replay_that_was_killed_goes_on_where_it_was(calls: int) -> None:
    scan = FakeScan(*([result("shop", f"image-{number:03}")] for number in range(2 * AT_ONCE + 5)))
    states, killed, resumed = FakeStates(), FakeKafka(last=calls), FakeKafka()
    with pytest.raises(Killed):
        await replay(scan, killed, states)
    done = await replay(scan, resumed, states)
    everything = [f"image-{number:03}" for number in range(2 * AT_ONCE + 5)]
    assert sorted({*killed.names(), *resumed.names()}) == everything
    assert len(killed.records) + len(resumed.records) <= len(everything) + AT_ONCE
    assert len(resumed.records) == len(everything) - (calls - 1) * AT_ONCE
    assert (done.images, done.resumed) == (len(everything), calls > 1)


async def test_a_replay_that_ended_begins_anew() -> None:
    states, scan = FakeStates(), FakeScan([result("shop", "a")])
    for kafka in (FakeKafka(), FakeKafka()):
        done = await replay(scan, kafka, states)
        assert (kafka.names(), done.resumed) == (["a"], False)


async def test_only_what_is_meant_is_replayed() -> None:
    scan = FakeScan(*([result(owner, f"{at}", of=origin(at))] for owner in ("shop", "bank") for at in (0, 60, 120)))
    kafka = FakeKafka()
    history = History(since=origin(60).appended_at, until=origin(120).appended_at, owner="shop")
    done = await replay(scan, kafka, history=history)
    assert kafka.names() == ["60"]
    assert done.images == 1


async def test_room_is_asked_for_before_each_batch() -> None:
    kafka = FakeKafka()
    await replay(FakeScan(*([result("shop", f"{number}")] for number in range(AT_ONCE + 1))), kafka)
    assert kafka.rooms == [AT_ONCE, 1]

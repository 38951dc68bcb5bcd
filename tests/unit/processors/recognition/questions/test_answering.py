"""Questions from their topic to their answers, on the real model: guarded as references are, and kept nowhere."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.errors import TransientError
from infra.kafka.batches.unread import Unread
from infra.kafka.confirmation import PublishFailed, RecordsTooLarge
from infra.kafka.event_bus import Record
from infra.kafka.topic_messages import TopicMessage
from infra.telemetry.metrics import QUESTIONS_TAKEN
from processors.pipelines.loaded import LoadedPipeline
from processors.recognition.intake import Intake
from processors.recognition.isolation import NoSuspects
from processors.recognition.journal import Journal
from processors.recognition.questions import answering
from processors.recognition.questions.answering import QuestionAnswering
from processors.recognition.questions.assembly import Assembly
from processors.recognition.questions.reading import QuestionReader
from processors.recognition.recogniser import Recogniser
from processors.recognition.workspaces import WorkspaceDirectory
from schemas.dead_letters import Reason
from schemas.images import Feature, Origin
from schemas.messages.questions import (
    ANSWER,
    PART_BYTES,
    Answered,
    Question,
    Refused,
    is_answer_to,
    question_headers,
    split_picture,
)
from schemas.messages.topic_owners import TopicOwners
from schemas.results import FeaturesFrom
from schemas.topics import ANSWERS
from tests.fakes.pictures import encoded, quarters
from tests.fakes.pipelines import FakePipelines
from tests.fakes.sources import FakeSource, FakeWorkspaces, workspace
from tests.fakes.topic_tail import FakeTopic, FakeTopicTail

PICTURE = encoded(quarters(64), "PNG")
ASKER = "b" * 32


class AnswerTopic:
    """Takes answers, as long as it is up, and of no size beyond what it allows."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.came = asyncio.Event()
        self.fails: list[Exception] = []

    async def publish(self, records: Sequence[Record]) -> tuple[Origin, ...]:
        if self.fails:
            raise self.fails.pop(0)
        self.records += records
        self.came.set()
        return ()

    async def until(self, count: int) -> list[Answered | Refused]:
        """Return the answers once so many have come."""
        async with asyncio.timeout(120):
            while len(self.records) < count:
                self.came.clear()
                await self.came.wait()
        return [ANSWER.validate_json(record.value or b"") for record in self.records]


class Desk:
    """A worker's answering of questions, and the topics around it."""

    def __init__(self, pipeline: Any, journal: Journal, topic_owners: Any = None, **changes: Any) -> None:
        self.questions, self.answers = FakeTopic("questions"), AnswerTopic()
        self.workspaces = FakeWorkspaces([workspace("shop", default_features=(Feature.HASH,)), workspace("bank")])
        self.recogniser = Recogniser(
            Intake(topic_owners or {}),
            FakeSource({}),
            WorkspaceDirectory(self.workspaces),
            FakePipelines(pipeline),
            decoding_threads=2,
            inference_threads=2,
            inference_batch=2,
            host="worker-1",
            **changes,
        )
        reader = QuestionReader(TopicOwners(topic_owners or {}), Assembly(16 * PART_BYTES))
        self.answering = QuestionAnswering(self.recogniser, reader, self.answers, journal, "worker-1")

    def ask(self, picture: bytes = PICTURE, **fields: Any) -> Question:
        question = asked(picture, **fields)
        for number, part in enumerate(split_picture(picture)):
            headers = question_headers(question, number, "vedette/api", datetime.now(UTC))
            self.questions.append(part, headers=headers)
        return question

    async def answered(self, count: int) -> list[Answered | Refused]:
        """Answer what has been asked, until so many answers have come."""
        async with FakeTopicTail(self.questions, {}) as tail:
            running = asyncio.create_task(self.answering.run(tail))
            try:
                return await self.answers.until(count)
            finally:
                await tail.close()
                await running


_numbers = iter(range(1, 10**9))


def asked(picture: bytes, **fields: Any) -> Question:
    known = {
        "id": f"{next(_numbers):032x}",
        "reply_to": ASKER,
        "owner": "shop",
        "deadline": datetime.now(UTC) + timedelta(seconds=120),
        "size_bytes": len(picture),
    }
    return Question(**{**known, **fields})


def taken(outcome: str) -> float:
    return QUESTIONS_TAKEN.labels(outcome)._value.get()


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "in-flight")


@pytest.fixture
async def desk(pipeline: LoadedPipeline, journal: Journal) -> AsyncIterator[Desk]:
    desk = Desk(pipeline, journal)
    yield desk
    desk.recogniser.close()


async def test_a_question_is_answered_to_whoever_asked(desk: Desk, pictures: Path) -> None:
    question = desk.ask((pictures / "chelsea.jpg").read_bytes(), features=(Feature.LABELS,))
    [answer] = await desk.answered(1)
    assert isinstance(answer, Answered)
    assert answer.features.labels is not None
    assert "cat" in answer.features.labels.labels[0].name  # type: ignore[union-attr]
    assert (answer.pipeline, answer.host, answer.features_from) == ("standard@3", "worker-1", FeaturesFrom.REFERENCE)
    [record] = desk.answers.records
    assert (record.topic, record.key) == (ANSWERS, question.id.encode())
    assert is_answer_to(ASKER, record.headers)
    assert dict(record.headers)["correlation-id"] == question.id.encode()


async def test_a_question_without_features_has_its_workspaces_default(desk: Desk) -> None:
    desk.ask()
    [answer] = await desk.answered(1)
    assert isinstance(answer, Answered)
    assert (answer.features.hash is not None, answer.features.labels) == (True, None)
    assert answer.features_from is FeaturesFrom.WORKSPACE


async def test_a_picture_of_many_parts_is_answered_whole(desk: Desk) -> None:
    large = PICTURE + bytes(3 * PART_BYTES)
    desk.ask(large, features=(Feature.HASH,))
    [answer] = await desk.answered(1)
    assert isinstance(answer, Answered)
    assert answer.image.size_bytes == len(large)


@pytest.mark.parametrize(
    ("picture", "fields", "reason"),
    [
        (b"\xff\xd8\xff\xe0 and no more", {}, Reason.CORRUPT_IMAGE),
        (b"no picture at all", {}, Reason.UNSUPPORTED_FORMAT),
        (PICTURE, {"owner": "nobody"}, Reason.UNKNOWN_WORKSPACE),
        (PICTURE, {"pipeline": "other@1"}, Reason.UNKNOWN_PIPELINE),
    ],
)
async def test_what_cannot_be_answered_says_why(
    desk: Desk, picture: bytes, fields: dict[str, Any], reason: Reason
) -> None:
    desk.ask(picture, **fields)
    [answer] = await desk.answered(1)
    assert isinstance(answer, Refused)
    assert answer.reason is reason


async def test_one_bad_question_costs_its_neighbours_nothing(desk: Desk) -> None:
    for picture in (PICTURE, b"no picture", PICTURE, PICTURE, b"none either"):
        desk.ask(picture, features=(Feature.HASH,))
    answers = await desk.answered(5)
    assert sorted(type(answer).__name__ for answer in answers) == ["Answered"] * 3 + ["Refused"] * 2


async def test_a_question_that_is_late_is_dropped_and_counted(desk: Desk) -> None:
    before = taken("late")
    desk.ask(PICTURE + bytes(2 * PART_BYTES), deadline=datetime.now(UTC) - timedelta(seconds=1))
    in_time = desk.ask()
    await desk.answered(1)
    assert taken("late") == before + 1, "once, of however many parts it is"
    assert [record.key for record in desk.answers.records] == [in_time.id.encode()]


async def test_a_topic_that_may_not_name_a_workspace_asks_nothing_for_it(
    pipeline: LoadedPipeline, journal: Journal
) -> None:
    desk, before = Desk(pipeline, journal, {"questions": ["shop"]}), taken("invalid")
    desk.ask(owner="bank")
    ours = desk.ask(owner="shop")
    await desk.answered(1)
    assert [record.key for record in desk.answers.records] == [ours.id.encode()]
    assert taken("invalid") == before + 1
    desk.recogniser.close()


async def test_what_is_no_question_is_dropped(desk: Desk) -> None:
    before = taken("invalid")
    desk.questions.append(b"", headers=())
    desk.questions.append(None, headers=[("question", b"{}"), ("question-part", b"0")])
    for deadline in (datetime.max.replace(tzinfo=UTC), datetime.now(UTC) + timedelta(days=1)):
        desk.ask(deadline=deadline)
    desk.questions.append(b"short", headers=question_headers(asked(PICTURE), 0, "x", datetime.now(UTC)))
    stands_for = Unread(Reason.OVERSIZED_BATCH, "too large", 3, 9)
    at = Origin(topic="questions", partition=0, offset=3, appended_at_ms=0)
    desk.questions.partitions[0].append(TopicMessage(at, unread=stands_for))
    desk.ask()
    await desk.answered(1)
    assert taken("invalid") == before + 6


@given(
    headers=st.lists(st.tuples(st.sampled_from(["question", "question-part", "x"]), st.binary() | st.none())),
    value=st.binary() | st.none(),
)
def test_no_message_makes_reading_fail(headers: list[tuple[str, bytes | None]], value: bytes | None) -> None:
    reader = QuestionReader(TopicOwners({}), Assembly(PART_BYTES))
    at = Origin(topic="questions", partition=0, offset=0, appended_at_ms=0)
    assert reader.read([TopicMessage(at, None, value, headers)]) == []


async def test_a_store_that_is_down_is_told_at_once(desk: Desk) -> None:
    desk.workspaces.down = True
    desk.ask()
    [answer] = await desk.answered(1)
    assert isinstance(answer, Refused)
    assert answer.reason is None


@pytest.mark.parametrize(
    "fails",
    [
        [TransientError("down"), TransientError("down")],
        [PublishFailed("no right to write there")],
    ],
    ids=["down", "refused"],
)
async def test_answers_that_cannot_be_published_end_no_worker(
    desk: Desk, fails: list[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "TOGETHER", 1)
    desk.answers.fails = fails
    desk.ask()
    desk.ask()
    await desk.answered(1)
    assert not desk.answers.fails


async def test_an_answer_that_is_too_large_for_its_topic_says_so(desk: Desk) -> None:
    desk.answers.fails = [RecordsTooLarge([0])]
    question = desk.ask()
    [answer] = await desk.answered(1)
    assert isinstance(answer, Refused)
    assert answer.reason is Reason.MESSAGE_TOO_LARGE
    assert desk.answers.records[0].key == question.id.encode()


async def test_no_more_are_answered_at_once_than_may_be(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """While all places are taken nothing more is read: the rest waits in Kafka, and goes late."""
    monkeypatch.setattr(answering, "TOGETHER", 1)
    held, at_once, most = asyncio.Event(), 0, 0

    async def slow(questions: Any) -> AsyncIterator[Any]:
        nonlocal at_once, most
        at_once += len(questions)
        most = max(most, at_once)
        if at_once == answering.MOST_AT_ONCE:
            held.set()
        await held.wait()
        at_once -= len(questions)
        async for part in Recogniser.answer(desk.recogniser, questions):
            yield part

    monkeypatch.setattr(desk.recogniser, "answer", slow)
    for _ in range(3 * answering.MOST_AT_ONCE):
        desk.ask()
    await desk.answered(3 * answering.MOST_AT_ONCE)
    assert most == answering.MOST_AT_ONCE


async def test_the_same_picture_asked_about_again_is_known_by_its_deaths(
    pipeline: LoadedPipeline, journal: Journal
) -> None:
    names: list[str] = []

    class Watched(NoSuspects):
        def is_suspect(self, name: str) -> bool:
            names.append(name)
            return False

    desk = Desk(pipeline, journal, suspects=Watched())
    for _ in range(2):
        desk.ask()
    await desk.answered(2)
    assert len(names) == 2
    assert len(set(names)) == 1
    assert names[0].startswith("picture:")
    desk.recogniser.close()

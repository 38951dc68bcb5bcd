"""Questions and their answers, as one API process among several tells and hears them."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest

from api.questions.asking import AskedQuestions
from infra.errors import OutsideSystem, TransientError
from infra.kafka.event_bus import Record
from infra.telemetry.metrics import ANSWERS_UNHEARD
from schemas.images import Origin
from schemas.messages.questions import Answered, Inquiry, Question, Refused, answer_headers, decode_question
from schemas.topics import QUESTIONS
from tests import samples
from tests.event_loop import turns_of_the_loop
from tests.fakes.topic_tail import FakeTopic, FakeTopicTail

pytestmark = pytest.mark.virtual_time

INQUIRY = Inquiry(owner="shop")
REFUSED = Refused(detail="Not now.")


class Line:
    """One topic of answers, and processes that ask."""

    def __init__(self) -> None:
        self.answers = FakeTopic("answers", partitions=2)
        self.asked: list[Question] = []
        self.stuck = False

    async def publish(self, records: Sequence[Record]) -> tuple[Origin, ...]:
        if self.stuck:
            await asyncio.Event().wait()
        assert {record.topic for record in records} == {QUESTIONS}
        assert len({record.key for record in records}) == 1
        self.asked.append(decode_question(records[0].headers)[0])
        return ()

    def answer(self, question: Question, value: bytes | None = None) -> None:
        headers = answer_headers(question, "vedette/recognise/w", datetime.now(UTC))
        self.answers.append(value or REFUSED.model_dump_json().encode(), partition=1, headers=headers)


@pytest.fixture
def line() -> Line:
    return Line()


async def heard() -> None:
    """Nothing is in the way of an answer."""


def ask(
    process: AskedQuestions, timeout_s: float = 5, accepted: Callable[[], None] = lambda: None
) -> "asyncio.Task[Answered | Refused]":
    return asyncio.create_task(process.ask(INQUIRY, b"picture", timeout_s, accepted))


def unheard(why: str) -> float:
    return ANSWERS_UNHEARD.labels(why)._value.get()


async def test_each_process_hears_the_answers_to_its_own_questions(line: Line) -> None:
    first, second = AskedQuestions(line, heard), AskedQuestions(line, heard)
    async with FakeTopicTail(line.answers) as one, FakeTopicTail(line.answers) as other:
        tasks = [asyncio.create_task(first.listen(one)), asyncio.create_task(second.listen(other))]
        answers = [ask(first), ask(second), ask(first)]
        await turns_of_the_loop()
        passed_by = unheard("late")
        seen = samples.answered(samples.result("shop").features)
        for question in line.asked:
            line.answer(question, seen.model_dump_json(exclude_none=True).encode())
        assert await asyncio.gather(*answers) == [seen] * 3
        assert unheard("late") == passed_by, "an answer to another process is nobody's here"
    await asyncio.gather(*tasks)


async def test_an_answer_that_comes_when_nobody_waits_is_dropped_and_counted(line: Line) -> None:
    process = AskedQuestions(line, heard)
    with pytest.raises(TransientError) as late:
        await process.ask(INQUIRY, b"picture", 0.1, lambda: None)
    assert late.value.part == OutsideSystem.RECOGNITION
    before = unheard("late")
    line.answer(line.asked[0])
    line.answer(line.asked[0])
    async with FakeTopicTail(line.answers, {}) as tail:
        process.hear(await anext(tail.batches()))
    assert unheard("late") == before + 2
    assert not process._waiting


async def test_kafka_is_blamed_while_it_has_not_taken_the_question(line: Line) -> None:
    line.stuck = True
    accepted: list[int] = []
    with pytest.raises(TransientError) as stuck:
        await AskedQuestions(line, heard).ask(INQUIRY, b"picture", 0.1, lambda: accepted.append(1))
    assert stuck.value.part == OutsideSystem.KAFKA
    assert not accepted


async def test_nothing_is_asked_before_its_answer_would_be_heard(line: Line) -> None:
    hears = asyncio.Event()
    process = AskedQuestions(line, hears.wait)
    answer = ask(process)
    await turns_of_the_loop()
    assert not line.asked
    hears.set()
    await turns_of_the_loop()
    assert len(line.asked) == 1
    answer.cancel()
    await asyncio.wait([answer])
    assert not process._waiting


@pytest.mark.parametrize("value", [b"{", b"null", b'{"event":"answered"}', b'{"event":"other"}', b"\xff"])
async def test_an_answer_that_cannot_be_read_ends_the_waiting(line: Line, value: bytes) -> None:
    process = AskedQuestions(line, heard)
    answer = ask(process)
    await turns_of_the_loop()
    line.answer(line.asked[0], value)
    async with FakeTopicTail(line.answers, {}) as tail:
        process.hear(await anext(tail.batches()))
    with pytest.raises(TransientError, match="could not be read"):
        await answer

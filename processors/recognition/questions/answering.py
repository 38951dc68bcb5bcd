"""Questions answered as they come, so many at once, before everything else; nothing of them is kept."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime

import structlog

from infra.errors import TransientError
from infra.kafka.confirmation import PublishFailed, RecordsTooLarge
from infra.kafka.event_bus import Publisher, Record
from infra.kafka.topic_tail import Tail
from infra.slices import in_slices
from infra.telemetry.metrics import QUESTIONS_TAKEN
from processors.recognition.intake import AcceptedReference
from processors.recognition.journal import Journal
from processors.recognition.questions.answers import answer_record, question_of
from processors.recognition.questions.reading import QuestionReader
from processors.recognition.recogniser import Recogniser
from processors.streams.endings import end_process_on_bug
from schemas.dead_letters import Reason
from schemas.messages.questions import Refused
from schemas.topics import ANSWERS

MOST_AT_ONCE = 16
# Questions that came together share a run of the model.
TOGETHER = 4

NOT_NOW = Refused(detail="The platform could not recognise the picture at that moment.")
TOO_LARGE = Refused(reason=Reason.MESSAGE_TOO_LARGE, detail=f"The answer is larger than the topic {ANSWERS} allows.")

log = structlog.get_logger(__name__)


class QuestionAnswering:
    """Answers the questions that a tail hands over; while ``MOST_AT_ONCE`` are being answered it takes no more."""

    def __init__(
        self, recogniser: Recogniser, reader: QuestionReader, publisher: Publisher, journal: Journal, host: str
    ) -> None:
        self._recogniser = recogniser
        self._reader = reader
        self._publisher = publisher
        self._journal = journal
        self._host = host
        self._places = asyncio.Semaphore(MOST_AT_ONCE)
        self._under_way: set[asyncio.Task[None]] = set()

    async def run(self, tail: Tail) -> None:
        """Answer what ``tail`` hands over until it is closed; what is being answered then is given up."""
        try:
            async with aclosing(tail.batches()) as batches:
                async for messages in batches:
                    for together in in_slices(self._reader.read(messages), TOGETHER):
                        await self._begin(together)
        finally:
            for task in self._under_way:
                task.cancel()

    async def _begin(self, questions: Sequence[AcceptedReference]) -> None:
        for _ in questions:
            await self._places.acquire()
        task = asyncio.create_task(self._answer(questions), name="answer-questions")
        self._under_way.add(task)
        task.add_done_callback(end_process_on_bug)
        task.add_done_callback(lambda ended: self._ended(ended, len(questions)))

    def _ended(self, task: "asyncio.Task[None]", questions: int) -> None:
        self._under_way.discard(task)
        for _ in range(questions):
            self._places.release()

    async def _answer(self, questions: Sequence[AcceptedReference]) -> None:
        """Answer, or let whoever asks know that there is none; a bug leaves the pictures in the journal."""
        names = [question.name for question in questions]
        self._journal.begin(names)
        try:
            async with asyncio.timeout(_patience_s(questions)):
                await self._recognise(questions)
        except TimeoutError:
            QUESTIONS_TAKEN.labels("late").inc(len(questions))
        except TransientError as error:
            QUESTIONS_TAKEN.labels("unanswered").inc(len(questions))
            log.warning("questions_not_answered", questions=len(questions), error=str(error), part=error.part)
            await self._apologise(questions)
        self._journal.end(names)

    async def _recognise(self, questions: Sequence[AcceptedReference]) -> None:
        async with aclosing(self._recogniser.answer(questions)) as parts:
            async for part in parts:
                await self._publish(part.records)

    async def _apologise(self, questions: Sequence[AcceptedReference]) -> None:
        records = [answer_record(question_of(question), NOT_NOW, self._host) for question in questions]
        try:
            await self._publish(records)
        except TransientError as error:
            # They learn it when their time is up.
            log.warning("questions_not_refused", questions=len(questions), error=str(error))

    async def _publish(self, records: Sequence[Record]) -> None:
        try:
            await self._publisher.publish(records)
        except RecordsTooLarge as refused:
            await self._publisher.publish([_smaller(records[number]) for number in refused.numbers])
        except PublishFailed as error:
            # Wrong rights on this topic must not end a worker that recognises everything else.
            log.error("answers_not_published", topic=ANSWERS, answers=len(records), error=str(error))


def _smaller(record: Record) -> Record:
    return replace(record, value=TOO_LARGE.model_dump_json(exclude_none=True).encode())


def _patience_s(questions: Sequence[AcceptedReference]) -> float:
    """Return for how long anybody waits for any of these."""
    return (max(question_of(each).deadline for each in questions) - datetime.now(UTC)).total_seconds()

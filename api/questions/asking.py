"""Questions that this process asks of the workers, and their answers as they come."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

import structlog

from infra.errors import OutsideSystem, TransientError
from infra.kafka.event_bus import Publisher, Record
from infra.kafka.topic_messages import TopicMessage
from infra.kafka.topic_tail import Tail
from infra.telemetry.metrics import ANSWERS_UNHEARD
from schemas.messages.cloud_events import API_SOURCE, correlation_id
from schemas.messages.questions import (
    ANSWER,
    Answered,
    Inquiry,
    Question,
    Refused,
    is_answer_to,
    question_headers,
    split_picture,
)
from schemas.topics import QUESTIONS

log = structlog.get_logger(__name__)


class AskedQuestions:
    """Asks questions, each with an id of its own, and hears the answers that are for this process.

    Nothing is looked up again and again: an answer wakes whoever waits for it. One that comes when nobody waits any
    more is dropped and counted. Use from one event loop.
    """

    def __init__(self, publisher: Publisher, hears: Callable[[], Awaitable[object]]) -> None:
        """``hears`` returns once answers that are published from then on are heard."""
        self._publisher = publisher
        self._hears = hears
        self._process = uuid.uuid4().hex
        self._waiting: dict[str, asyncio.Future[Answered | Refused]] = {}

    async def ask(
        self, inquiry: Inquiry, picture: bytes, timeout_s: float, accepted: Callable[[], None]
    ) -> Answered | Refused:
        """Return the answer of the workers; ``accepted`` is called once Kafka has the question.

        Raises ``TransientError`` where Kafka did not take it, or no answer came within ``timeout_s``.
        """
        question = Question(
            id=uuid.uuid4().hex,
            reply_to=self._process,
            deadline=datetime.now(UTC) + timedelta(seconds=timeout_s),
            size_bytes=len(picture),
            **inquiry.model_dump(),
        )
        blamed = [OutsideSystem.KAFKA]
        heard: asyncio.Future[Answered | Refused] = asyncio.get_running_loop().create_future()
        self._waiting[question.id] = heard
        try:
            async with asyncio.timeout(timeout_s):
                await self._hears()
                await self._publisher.publish(_records(question, picture))
                accepted()
                blamed.append(OutsideSystem.RECOGNITION)
                return await heard
        except TimeoutError:
            raise TransientError(f"a question had no answer within {timeout_s:.3g} s", part=blamed[-1]) from None
        finally:
            del self._waiting[question.id]

    async def listen(self, tail: Tail) -> None:
        """Hear what ``tail`` hands over, until it is closed."""
        async for messages in tail.batches():
            self.hear(messages)

    def hear(self, messages: Sequence[TopicMessage]) -> None:
        """Hand each answer to whoever waits for it in this process; answers to other processes are passed by."""
        for message in messages:
            if is_answer_to(self._process, message.headers):
                self._hear(message)

    def _hear(self, message: TopicMessage) -> None:
        heard = self._waiting.get(correlation_id(message.headers) or "")
        if heard is None or heard.done():
            ANSWERS_UNHEARD.labels("late").inc()
            return
        try:
            heard.set_result(ANSWER.validate_json(message.value or b""))
        except ValueError as error:
            ANSWERS_UNHEARD.labels("unreadable").inc()
            log.error("answer_unreadable", place=message.origin.name, error=type(error).__name__)
            detail = "an answer could not be read: run API and workers of one version"
            heard.set_exception(TransientError(detail, part=OutsideSystem.RECOGNITION))


def _records(question: Question, picture: bytes) -> list[Record]:
    now, key = datetime.now(UTC), question.id.encode()
    return [
        Record(QUESTIONS, part, key, question_headers(question, number, API_SOURCE, now))
        for number, part in enumerate(split_picture(picture))
    ]

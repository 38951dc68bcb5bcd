"""Questions read off their topic: whole ones, that are allowed, and that somebody still waits for."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

import structlog

from infra.kafka.topic_messages import TopicMessage
from infra.telemetry.metrics import QUESTIONS_TAKEN
from processors.recognition.intake import AcceptedReference
from processors.recognition.questions.assembly import Assembly
from processors.recognition.questions.carried import CarriedPicture
from processors.streams.delivery import of_topic
from schemas.messages.questions import decode_question
from schemas.messages.topic_owners import TopicOwners
from schemas.topics import QUESTIONS

# Longer than any setting lets a caller wait, whatever the clocks say: a question must not be held for ever.
LONGEST_WAIT = timedelta(minutes=10)

log = structlog.get_logger(__name__)


class QuestionReader:
    """Turns messages into questions; what is none, or comes too late, is dropped and counted: nobody is to keep it."""

    def __init__(
        self, owners: TopicOwners, assembly: Assembly, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._owners = owners
        self._assembly = assembly
        self._now = now

    def read(self, messages: Sequence[TopicMessage]) -> list[AcceptedReference]:
        """Return the questions whose last part is among ``messages``, in their order."""
        if incomplete := self._assembly.forget_late(self._now()):
            QUESTIONS_TAKEN.labels("incomplete").inc(incomplete)
        return list(self._read(messages))

    def _read(self, messages: Sequence[TopicMessage]) -> Iterator[AcceptedReference]:
        for message in messages:
            try:
                question = self._accept(message)
            except ValueError as error:
                # Whoever asked is told nothing: an address to answer to may be made up as well.
                log.warning("question_dropped", place=message.origin.name, error=type(error).__name__)
                QUESTIONS_TAKEN.labels("invalid").inc()
                continue
            if question is not None:
                yield question

    def _accept(self, message: TopicMessage) -> AcceptedReference | None:
        """Return a whole question, None for a part of one or one that is late; raises ``ValueError``."""
        if message.unread is not None:
            raise ValueError(message.unread.detail)
        question, part = decode_question(message.headers)
        if not self._owners.may_name(QUESTIONS, question.owner):
            raise ValueError("the topic may not name this workspace")
        taken_at = self._now()
        if question.deadline > taken_at + LONGEST_WAIT:
            raise ValueError("nobody waits for so long")
        if question.deadline <= taken_at:
            if part == 0:
                QUESTIONS_TAKEN.labels("late").inc()
            return None
        picture = self._assembly.add(question, part, message.value or b"")
        if picture is None:
            return None
        reference = question.reference
        carried = CarriedPicture(question, picture, hashlib.sha256(picture).hexdigest())
        # The picture is held once: of the message itself only the headers are needed.
        return AcceptedReference(
            of_topic(TopicMessage(message.origin, message.key, None, message.headers)),
            reference,
            reference.identity,
            taken_at,
            carried=carried,
        )

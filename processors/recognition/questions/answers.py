"""What recognition publishes for a question: its answer, or why there is none."""

from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import BaseModel

from infra.kafka.event_bus import Record
from infra.telemetry.metrics import QUESTIONS_TAKEN
from processors.recognition.intake import AcceptedReference
from processors.recognition.workspaces import Asked
from schemas.answers import FeatureAnswers
from schemas.dead_letters import Reason
from schemas.messages.questions import Answered, Question, Refused, answer_headers
from schemas.results import ImageFacts, ResultWarning, StageTimings
from schemas.topics import ANSWERS


@dataclass(frozen=True, slots=True)
class AnswerWriter:
    """Writes records for ``answers`` in the name of one worker and its pipeline, as ``OutcomeWriter`` does for others.

    Every reference that it is given carries its picture.
    """

    pipeline: str
    host: str
    promoted: bool

    def result(
        self,
        asked: Asked,
        image: ImageFacts,
        features: FeatureAnswers,
        timings: StageTimings,
        warnings: tuple[ResultWarning, ...] = (),
    ) -> Record:
        """Return the record of an answer."""
        QUESTIONS_TAKEN.labels("answered").inc()
        answer = Answered(
            pipeline=self.pipeline,
            image=asked.shown(image),
            warnings=warnings,
            features=features,
            features_from=asked.features_from,
            promoted=self.promoted,
            recognised_at=datetime.now(UTC),
            host=self.host,
            timings=timings,
        )
        return answer_record(question_of(asked.accepted), answer, self.host)

    def rejection(self, accepted: AcceptedReference, reason: Reason, detail: str) -> Record:
        """Return the record that says why there is no answer."""
        QUESTIONS_TAKEN.labels("refused").inc()
        return answer_record(question_of(accepted), Refused(reason=reason, detail=detail), self.host)


def question_of(accepted: AcceptedReference) -> Question:
    """Return the question that a reference stands for."""
    if accepted.carried is None:
        raise ValueError(f"{accepted.message.origin.name} is no question")
    return accepted.carried.question


def answer_record(question: Question, answer: BaseModel, host: str) -> Record:
    """Return the record that brings ``answer`` to whoever asked."""
    headers = answer_headers(question, f"vedette/recognise/{host}", datetime.now(UTC))
    return Record(ANSWERS, answer.model_dump_json(exclude_none=True).encode(), question.id.encode(), headers)

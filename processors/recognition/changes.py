"""What a batch of messages changes in a store: both sinks read the topics through this."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from infra.kafka.batches.unread import Unread
from processors.recognition.intake import AcceptedReference, Intake
from processors.recognition.outcomes import last_offset_of
from processors.streams.delivery import Message
from schemas.dead_letters import Reason, Rejection, Resolved
from schemas.images import Origin
from schemas.messages.outcomes import read_outcome
from schemas.results import ImageDeleted, RecognitionResult
from schemas.topics import DEAD_LETTERS, RECOGNITION_RESULTS
from schemas.wire import InvalidReference

NOT_READABLE = {RECOGNITION_RESULTS: Reason.INVALID_RESULT, DEAD_LETTERS: Reason.INVALID_DEAD_LETTER}
"""The topics of outcomes, each with the reason of what stands there and is none."""


@dataclass(frozen=True, slots=True)
class Changes:
    """References accepted, images recognised, rejected and deleted, and what was done about rejections."""

    accepted: list[AcceptedReference] = field(default_factory=list)
    results: list[RecognitionResult] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    resolutions: list[Resolved] = field(default_factory=list)
    deletions: list[tuple[ImageDeleted, Origin]] = field(default_factory=list)


class ChangeReader:
    """Sorts messages by what they change."""

    def __init__(self, intake: Intake, host: str) -> None:
        self._intake = intake
        self._host = host

    def read(self, messages: Sequence[Message]) -> Changes:
        """Return what ``messages`` change.

        A message on our own topics that is not one of ours, or names a workspace that the topic of the message it
        answers may not name, becomes a rejection without identity, the same in every store, and shows in the
        administrators' list. An invalid reference changes nothing here: recognition turns it
        into a dead letter.
        """
        changes = Changes()
        for message in messages:
            if message.unread is not None:
                self._read_nothing(message, message.unread, changes)
            elif message.origin.topic in NOT_READABLE:
                self._read_outcome(message, changes)
            else:
                self._read_reference(message, changes)
        return changes

    def _read_nothing(self, message: Message, unread: Unread, changes: Changes) -> None:
        """What could not be read on our own topics is told by both stores; of references recognition tells it."""
        if message.origin.topic in NOT_READABLE:
            told = {"detail": unread.detail, "last_offset": last_offset_of(message), "cut": unread.cut}
            changes.rejections.append(self._unreadable(message, unread.reason).model_copy(update=told))

    def _read_outcome(self, message: Message, changes: Changes) -> None:
        try:
            told = read_outcome(message.origin.topic, message.value, message.headers, self._intake.owners)
        except ValueError:
            changes.rejections.append(self._unreadable(message, NOT_READABLE[message.origin.topic]))
            return
        if isinstance(told, ImageDeleted):
            changes.deletions.append((told, told.numbered(message.origin)))
        elif isinstance(told, RecognitionResult):
            changes.results.append(told)
        elif isinstance(told, Resolved):
            changes.resolutions.append(told)
        else:
            changes.rejections.append(told.model_copy(update={"letter": message.origin}))

    def _read_reference(self, message: Message, changes: Changes) -> None:
        try:
            accepted = self._intake.accept(message)
        except InvalidReference:
            return
        # A replay is about a reference that was accepted before: how far its image has come is not told anew.
        if accepted.replay is None:
            changes.accepted.append(accepted)

    def _unreadable(self, message: Message, reason: Reason) -> Rejection:
        return Rejection(
            reason=reason,
            detail=f"topic {message.origin.topic}: the message does not follow the event contract",
            origin=message.origin,
            host=self._host,
            rejected_at=message.origin.appended_at,
        )

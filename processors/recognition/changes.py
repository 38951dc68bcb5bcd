"""What a batch of messages changes in a store: both sinks read the topics through this."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from infra.kafka.batches.unread import Unread
from processors.recognition.intake import AcceptedReference, Intake
from processors.recognition.outcomes import last_offset_of
from processors.streams.delivery import Message
from schemas.dead_letters import Reason, Rejection, Resolved, decode_event
from schemas.images import Origin
from schemas.results import ImageDeleted, RecognitionResult, parse_result_event
from schemas.topics import DEAD_LETTERS, RECOGNITION_RESULTS, TOPICS
from schemas.wire import InvalidReference

TOPIC_NAMES = frozenset(topic.name for topic in TOPICS)


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
            elif message.origin.topic == RECOGNITION_RESULTS:
                self._read_result(message, changes)
            elif message.origin.topic == DEAD_LETTERS:
                self._read_dead_letter(message, changes)
            else:
                self._read_reference(message, changes)
        return changes

    def _read_nothing(self, message: Message, unread: Unread, changes: Changes) -> None:
        """What could not be read on our own topics is told by both stores; of references recognition tells it."""
        if message.origin.topic in (RECOGNITION_RESULTS, DEAD_LETTERS):
            told = {"detail": unread.detail, "last_offset": last_offset_of(message), "cut": unread.cut}
            changes.rejections.append(self._unreadable(message, unread.reason).model_copy(update=told))

    def _read_result(self, message: Message, changes: Changes) -> None:
        try:
            event = parse_result_event(message.value or b"")
            self._require_right(event)
        except ValueError:
            changes.rejections.append(self._unreadable(message, Reason.INVALID_RESULT))
            return
        if isinstance(event, ImageDeleted):
            changes.deletions.append((event, event.numbered(message.origin)))
        else:
            changes.results.append(event)

    def _read_dead_letter(self, message: Message, changes: Changes) -> None:
        try:
            event = decode_event(message.headers)
            self._require_right(event.rejection if isinstance(event, Resolved) else event)
        except ValueError:
            changes.rejections.append(self._unreadable(message, Reason.INVALID_DEAD_LETTER))
            return
        if isinstance(event, Resolved):
            changes.resolutions.append(event)
        else:
            changes.rejections.append(event.model_copy(update={"letter": message.origin}))

    def _read_reference(self, message: Message, changes: Changes) -> None:
        try:
            accepted = self._intake.accept(message)
        except InvalidReference:
            return
        # A replay is about a reference that was accepted before: how far its image has come is not told anew.
        if accepted.replay is None:
            changes.accepted.append(accepted)

    def _require_right(self, event: RecognitionResult | ImageDeleted | Rejection) -> None:
        """Raise ``ValueError`` where the message that was answered may not have been about the workspace named.

        One that names none must stand on a topic of the platform's, to be looked at there.
        """
        if isinstance(event, ImageDeleted):
            return
        for stood in (event.origin, event.replay):
            if stood is None:
                continue
            if event.owner is None and stood.topic not in TOPIC_NAMES:
                raise ValueError(f"{stood.topic} is not a topic of the platform")
            if event.owner is not None and not self._intake.may_answer(stood, event.owner):
                raise ValueError(f"topic {stood.topic} may not name this workspace")

    def _unreadable(self, message: Message, reason: Reason) -> Rejection:
        return Rejection(
            reason=reason,
            detail=f"topic {message.origin.topic}: the message does not follow the event contract",
            origin=message.origin,
            host=self._host,
            rejected_at=message.origin.appended_at,
        )

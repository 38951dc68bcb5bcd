"""What a message on ``recognition-results`` or ``dead-letters`` says, to everyone who reads these topics."""

from schemas.dead_letters import Headers, Rejection, Resolved, decode_event
from schemas.messages.topic_owners import TopicOwners
from schemas.results import ImageDeleted, RecognitionResult, parse_result_event
from schemas.topics import RECOGNITION_RESULTS, TOPICS

TOPIC_NAMES = frozenset(topic.name for topic in TOPICS)

ToldOutcome = RecognitionResult | ImageDeleted | Rejection | Resolved


def read_outcome(topic: str, value: bytes | None, headers: Headers, owners: TopicOwners) -> ToldOutcome:
    """Return what the message says; raises ``ValueError`` where it is none of ours.

    It is none either where the message that was answered may not have been about the workspace named. One that names
    none must stand on a topic of the platform's, to be looked at there.
    """
    told = parse_result_event(value or b"") if topic == RECOGNITION_RESULTS else decode_event(headers)
    _require_right(told.rejection if isinstance(told, Resolved) else told, owners)
    return told


def _require_right(told: RecognitionResult | ImageDeleted | Rejection, owners: TopicOwners) -> None:
    if isinstance(told, ImageDeleted):
        return
    for stood in (told.origin, told.replay):
        if stood is None:
            continue
        if told.owner is None and stood.topic not in TOPIC_NAMES:
            raise ValueError(f"{stood.topic} is not a topic of the platform")
        if told.owner is not None and not owners.may_answer(stood, told.owner):
            raise ValueError(f"topic {stood.topic} may not name this workspace")

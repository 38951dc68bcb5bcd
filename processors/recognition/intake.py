"""What a message on a reference topic asks for, and whether its topic may ask it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from processors.recognition.questions.carried import CarriedPicture
from processors.streams.delivery import Message
from schemas.dead_letters import Reason
from schemas.images import ImageIdentity, ImageReference, Origin
from schemas.messages.replays import REPLAY_OF, decode_headers
from schemas.messages.topic_owners import TopicOwners
from schemas.topics import REFERENCE_TOPICS, RETRY_TOPICS
from schemas.wire import InvalidReference, parse_reference

CLOCKS_DIFFER_US = 600_000_000


@dataclass(frozen=True, slots=True)
class AcceptedReference:
    """A message that holds a valid reference; ``carried`` is its picture, where it came with a question."""

    message: Message
    reference: ImageReference
    identity: ImageIdentity
    taken_at: datetime
    replay_of: Origin | None = None
    carried: CarriedPicture | None = None

    @property
    def name(self) -> str:
        """By what name the deaths of workers are counted that held it."""
        return self.message.origin.name if self.carried is None else self.carried.name

    @property
    def origin(self) -> Origin:
        """Where the reference stood that is answered: not the message itself, where that is a replay."""
        return self.replay_of or self.message.origin

    @property
    def replay(self) -> Origin | None:
        """Where the message stood, if it is a replay."""
        return self.message.origin if self.replay_of else None

    @property
    def queue_ms(self) -> float:
        """How long the message waited in Kafka, in milliseconds; no less than 0, whatever the clocks say."""
        return max(0.0, round((self.taken_at - self.message.origin.appended_at).total_seconds() * 1000, 3))


class Intake:
    """Reads references; knows which owners each topic may name (a topic not listed may name any)."""

    def __init__(self, topic_owners: Mapping[str, Sequence[str]]) -> None:
        self.owners = TopicOwners(topic_owners)

    def accept(self, message: Message) -> AcceptedReference:
        """Return the reference that ``message`` holds.

        Raises ``InvalidReference``. Its identity is empty where the topic may not name the owner: whoever may not
        publish for a workspace must not mark that workspace's images as rejected either.
        """
        if message.unread is not None:
            raise InvalidReference(message.unread.reason, message.unread.detail, None)
        if message.origin.topic in RETRY_TOPICS:
            detail = "the headers do not say where the first message was"
            raise InvalidReference(Reason.INVALID_RETRY, detail, None)
        taken_at = datetime.now(UTC)
        try:
            reference = parse_reference(message.value or b"")
        except InvalidReference as error:
            allowed = error.identity is not None and self.owners.may_name(message.origin.topic, error.identity.owner)
            raise InvalidReference(error.reason, error.detail, error.identity if allowed else None) from None
        replay_of = _replay_of(message)
        for stood in (message.origin, replay_of):
            if stood is not None and not self.owners.may_name(stood.topic, reference.owner):
                detail = f"owner: topic {stood.topic} may not name this workspace"
                raise InvalidReference(Reason.OWNER_NOT_ALLOWED, detail, None)
        return AcceptedReference(message, reference, reference.identity, taken_at, replay_of)


def _replay_of(message: Message) -> Origin | None:
    """Return where the reference stood that ``message`` replays.

    One from the future would outlive every answer to come: it is refused, and names no image to be marked rejected.
    """
    try:
        origin = decode_headers(message.headers)
    except ValueError:
        raise InvalidReference(Reason.INVALID_REFERENCE, f"header {REPLAY_OF}: names no message") from None
    if origin is not None and (origin.topic not in REFERENCE_TOPICS or _is_newer(origin, message.origin)):
        raise InvalidReference(Reason.INVALID_REFERENCE, f"header {REPLAY_OF}: names no older reference")
    return origin


def _is_newer(reference: Origin, message: Origin) -> bool:
    """Whether a reference cannot have been read by the time at which ``message`` was appended.

    On another partition numbers may be ahead of the clock, by as much as a clock went back there.
    """
    return reference.moment_us > message.moment_us or reference.version > message.version + CLOCKS_DIFFER_US

"""Messages of the topics of outcomes as streams hold them: read at most once, when somebody first wants to know."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from api.live.cursors import Position
from infra.elasticsearch.matching.outcomes import NoOutcome, ReadOutcome
from infra.kafka.topic_messages import TopicMessage
from schemas.messages.commit_notes import Place
from schemas.messages.live import LiveOutcome
from schemas.messages.topic_owners import TopicOwners

# What the filters of results look at; the rest of a document would only take room.
FILTERED = frozenset(
    {
        *("@timestamp", "status", "owner", "image_id", "pipeline", "reason", "camera", "taken_at", "metadata"),
        *("labels", "labels_50", "labels_90", "top_confidence", "predictions", "known"),
        *("label_tree", "label_tree_scores", "categories", "category_scores"),
        *("objects", "objects_50", "detections", "face_count", "moderation", "moderation_scores"),
    }
)
CursorOf = Callable[[Position], str]


class Entry:
    """One message, and where a stream stands that has told it."""

    def __init__(self, message: TopicMessage, position: Position, owners: TopicOwners) -> None:
        self.position = position
        self.place: Place = (message.origin.topic, message.origin.partition)
        self.offset = message.origin.offset
        self.size = message.size
        # What is known of whether its image was deleted since, and from when that is.
        self.is_gone = False
        self.looked_up_at: float | None = None
        self._read = ReadOutcome(message.origin, message.value, message.headers, owners)
        self._is_whole = message.unread is None
        self._frames: dict[str, bytes] = {}

    @cached_property
    def outcome(self) -> LiveOutcome | None:
        """What streams tell of the message; None where it is nothing for them."""
        return self._read.outcome if self._is_whole else None

    @cached_property
    def document(self) -> Mapping[str, Any]:
        """What the index would keep of it, as far as filters look at that."""
        source = self._read.make_document()
        return {name: source[name] for name in FILTERED & source.keys()}

    @cached_property
    def json(self) -> bytes:
        """The outcome as it is sent."""
        return self._outcome().model_dump_json(exclude_none=True).encode()

    def framed(self, form: str, frame: Callable[[str, str, bytes], bytes], cursor_of: CursorOf) -> bytes:
        """Return the outcome as one kind of stream sends it, worked out once for all streams of the kind."""
        if form not in self._frames:
            self._frames[form] = frame(self._outcome().event.value, cursor_of(self.position), self.json)
        return self._frames[form]

    def _outcome(self) -> LiveOutcome:
        if self.outcome is None:
            raise NoOutcome(self._read.origin.name)
        return self.outcome

"""Which workspaces each topic may name: what stands elsewhere must not be about them."""

from collections.abc import Mapping, Sequence

from schemas.images import Origin
from schemas.topics import REFERENCE_TOPICS


class TopicOwners:
    """Knows which workspaces each topic may name; a topic that is not listed may name any."""

    def __init__(self, topic_owners: Mapping[str, Sequence[str]]) -> None:
        self._topic_owners = {topic: frozenset(owners) for topic, owners in topic_owners.items()}

    def may_name(self, topic: str, owner: str) -> bool:
        """Whether what stands, or is said to stand, on ``topic`` may be about this workspace."""
        owners = self._topic_owners.get(topic)
        return owners is None or owner in owners

    def may_answer(self, stood: Origin, owner: str) -> bool:
        """Whether an outcome may say that a message at ``stood`` was about an image of this workspace."""
        return stood.topic in REFERENCE_TOPICS and self.may_name(stood.topic, owner)

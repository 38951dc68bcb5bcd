"""What a message on the topics of outcomes tells, and what the index would keep of it for filters to look at."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import structlog

from infra.elasticsearch.result_documents import deletion_document, rejection_document, result_document
from schemas.dead_letters import Headers, Rejection, Resolved
from schemas.images import Origin
from schemas.messages.live import LiveOutcome, outcome_of
from schemas.messages.outcomes import read_outcome
from schemas.messages.topic_owners import TopicOwners
from schemas.results import ImageDeleted, RecognitionResult

Told = RecognitionResult | ImageDeleted | Rejection

log = structlog.get_logger(__name__)


class NoOutcome(Exception):
    """A bug: a message that tells no outcome was asked what it tells."""


class ReadOutcome:
    """One message, read when it is first asked what it tells."""

    def __init__(self, origin: Origin, value: bytes | None, headers: Headers, owners: TopicOwners) -> None:
        self.origin = origin
        self._value = value
        self._headers = headers
        self._owners = owners

    @cached_property
    def outcome(self) -> LiveOutcome | None:
        """The outcome; None where the message tells none, which both stores tell administrators of."""
        told = self._told()
        return None if told is None else outcome_of(told, self.origin)

    @cached_property
    def document(self) -> Mapping[str, Any]:
        """The same as ``make_document`` returns, made once."""
        return self.make_document()

    def make_document(self) -> Mapping[str, Any]:
        """Return what the index would keep of it; raises ``NoOutcome`` where there is none."""
        told = self._told()
        if told is None:
            raise NoOutcome(self.origin.name)
        if isinstance(told, RecognitionResult):
            return result_document(told).source
        if isinstance(told, ImageDeleted):
            return deletion_document(told, self.origin).source
        return rejection_document(told).source

    def _told(self) -> Told | None:
        try:
            told = read_outcome(self.origin.topic, self._value, self._headers, self._owners)
        except ValueError:
            log.debug("no_outcome", topic=self.origin.topic, at=self.origin.name)
            return None
        return None if isinstance(told, Resolved) else told

"""Which references are judged, and what of the topics has to be read for them."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from infra.kafka.topic_log import TopicLog
from infra.kafka.topic_reader import Partition, Span

# Brokers' clocks may differ: an outcome may seem a little older than its reference.
CLOCKS_DIFFER = timedelta(minutes=10)

Spans = dict[Partition, Span]


@dataclass(frozen=True)
class Window:
    """References by append time, and by the workspace that they name."""

    since: datetime | None = None
    until: datetime | None = None
    owner: str | None = None

    def not_before(self, moment: datetime | None) -> "Window":
        """Return the window without what is older than ``moment``."""
        if moment is None or (self.since is not None and self.since >= moment):
            return self
        return replace(self, since=moment)

    def of_references(self, spans: Spans, log: TopicLog) -> Spans:
        """Cut the spans of reference topics to the window."""
        starts = log.offsets_at(self.since, list(spans)) if self.since else {}
        ends = log.offsets_at(self.until, list(spans)) if self.until else {}
        return {
            at: Span(max(span.start, starts.get(at, 0)), min(span.end, ends.get(at, span.end)))
            for at, span in spans.items()
        }

    def of_outcomes(self, spans: Spans, log: TopicLog) -> Spans:
        """Leave out what is older than the window: outcomes follow their references, at any distance."""
        if self.since is None:
            return spans
        starts = log.offsets_at(self.since - CLOCKS_DIFFER, list(spans))
        return {at: Span(max(span.start, starts[at]), span.end) for at, span in spans.items()}

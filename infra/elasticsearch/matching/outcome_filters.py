"""Which outcomes somebody who listens is told: a live stream, or an endpoint of webhooks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from infra.elasticsearch.matching.matcher import Test, matcher_of
from infra.elasticsearch.result_queries import content_filters
from schemas.messages.live import LiveOutcome, OutcomeKind
from schemas.queries import ResultQuery

EVERYTHING = frozenset(OutcomeKind)


class TellsOutcome(Protocol):
    """A message that may tell an outcome."""

    @property
    def outcome(self) -> LiveOutcome | None: ...
    @property
    def document(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class OutcomeFilter:
    """What one listener is told. Filters that are equal are one to those who look at outcomes.

    ``query`` holds the filters of results, and in ``owners`` the workspaces of which it may be told, None for all.
    """

    query: ResultQuery
    kinds: frozenset[OutcomeKind] = EVERYTHING
    replayed: bool = False
    unpromoted: bool = False
    _test: Test | None = field(init=False, compare=False, repr=False, default=None)

    def __post_init__(self) -> None:
        """Understand the filters now, so that one that cannot be understood is no surprise later."""
        if clauses := content_filters(self.query):
            object.__setattr__(self, "_test", matcher_of(clauses))

    @property
    def owners(self) -> frozenset[str] | None:
        return self.query.owners

    def wants(self, entry: TellsOutcome) -> bool:
        """Whether the listener is told this outcome."""
        outcome = entry.outcome
        return (
            outcome is not None
            and (self.owners is None or outcome.owner in self.owners)
            and outcome.event in self.kinds
            and (self.replayed or not outcome.replayed)
            and (self.unpromoted or outcome.promoted)
            and (self._test is None or self._test(entry.document))
        )

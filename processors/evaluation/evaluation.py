"""An evaluation as a whole: what was measured, on what, with what."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from processors.evaluation.metrics import Metrics
from processors.evaluation.run import Measured, Unreadable


class Evaluated(Protocol):
    """What every evaluation tells, whatever it measured; ``metrics`` is a dataclass."""

    @property
    def pipeline(self) -> str: ...
    @property
    def model(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def evaluated_at(self) -> str: ...
    @property
    def metrics(self) -> Any: ...
    @property
    def unreadable(self) -> Sequence[Unreadable]: ...


@dataclass(frozen=True, slots=True)
class Evaluation:
    """``evaluated_at`` is ISO 8601; ``ignored_unknown`` counts pictures left out for a label the model lacks."""

    pipeline: str
    model: str
    source: str
    evaluated_at: str
    metrics: Metrics
    rows: Sequence[Measured]
    unreadable: Sequence[Unreadable]
    ignored_unknown: int

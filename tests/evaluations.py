"""Five outcomes whose metrics are worked out by hand."""

from collections.abc import Sequence

from processors.evaluation.evaluation import Evaluation
from processors.evaluation.metrics import metrics_of
from processors.evaluation.run import Measured, Unreadable


def measured(
    label: str, predicted: str, confidence: float, accuracy: float, *, in_top5: bool = True, seconds: float = 0.01
) -> Measured:
    """Return one outcome of a model that has no temperature; its image is named by label and prediction."""
    return Measured(f"{label}-{predicted}.jpg", label, predicted, confidence, accuracy, in_top5, seconds, confidence)


ROWS = (
    measured("cat", "cat", 0.9, 0.9, seconds=0.010),
    measured("cat", "dog", 0.6, 0.3, seconds=0.020),
    measured("cat", "dog", 0.5, 0.1, in_top5=False, seconds=0.030),
    measured("dog", "dog", 0.8, 0.8, seconds=0.040),
    measured("owl", "cat", 0.7, 0.2, seconds=0.100),
)


def evaluation(
    *, unreadable: tuple[Unreadable, ...] = (), source: str = "pictures", rows: Sequence[Measured] = ROWS
) -> Evaluation:
    """Return an evaluation of ``rows``."""
    return Evaluation(
        pipeline="standard@1",
        model="lite0@1",
        source=source,
        evaluated_at="2026-01-02T03:04:05+00:00",
        metrics=metrics_of(rows),
        rows=rows,
        unreadable=unreadable,
        ignored_unknown=4,
    )

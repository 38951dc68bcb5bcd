"""The report for spreadsheets: a row a picture, the means in the last."""

import csv
import io
from collections.abc import Sequence

from processors.evaluation.metrics import Metrics
from processors.evaluation.run import Measured

HEADER = ("Image_ID", "Processing_Time", "Accuracy", "Label", "Predicted", "Confidence")
MEAN = "Mean"
# OWASP, CSV Injection.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def csv_report(rows: Sequence[Measured], metrics: Metrics) -> str:
    """Return CSV; times are in seconds, ``Accuracy`` is the confidence given to the true label."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(_cells(row) for row in rows)
    writer.writerow((MEAN, *_numbers(metrics.mean_processing_time_s, metrics.mean_accuracy), "", "", ""))
    return written.getvalue()


def _cells(row: Measured) -> tuple[str, ...]:
    numbers = _numbers(row.processing_time_s, row.accuracy)
    return (_text(row.image_id), *numbers, _text(row.label), _text(row.predicted), f"{row.confidence:.6f}")


def _text(cell: str) -> str:
    """Return text that a spreadsheet does not take for a formula, whatever a file or a label is called."""
    return f"'{cell}" if cell.startswith(FORMULA_SIGNS) else cell


def _numbers(seconds: float, accuracy: float) -> tuple[str, str]:
    return f"{seconds:.6f}", f"{accuracy:.6f}"

"""Write an evaluation for people, spreadsheets and programs."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import orjson

from infra.errors import ConfigurationError
from processors.evaluation.evaluation import Evaluated, Evaluation
from processors.evaluation.reports.csv_report import csv_report
from processors.evaluation.reports.html_report import html_report
from processors.evaluation.reports.markdown_report import markdown_report


def write_reports(evaluation: Evaluation, folder: Path) -> None:
    """Write ``report.{md,json,csv,html}`` into ``folder``, in place of older ones.

    Raises ``ConfigurationError`` where the folder cannot be written to.
    """
    texts = {
        "report.md": markdown_report(evaluation),
        "report.json": json_report(evaluation, ignored_unknown=evaluation.ignored_unknown),
        "report.csv": csv_report(evaluation.rows, evaluation.metrics),
        "report.html": html_report(evaluation),
    }
    write_files(texts, folder)


def write_files(texts: Mapping[str, str], folder: Path) -> None:
    """Write each text under its name, in place of an older one; raises ``ConfigurationError``."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise ConfigurationError(f"{folder}: {error.strerror}: name another folder with --output") from None


def json_report(evaluation: Evaluated, **left_out: int) -> str:
    """Return one object: the metrics at its top level, then what was left out, and where it all came from."""
    content = {
        **asdict(evaluation.metrics),
        "unreadable": [asdict(one) for one in evaluation.unreadable],
        **left_out,
        "pipeline": evaluation.pipeline,
        "model": evaluation.model,
        "source": evaluation.source,
        "evaluated_at": evaluation.evaluated_at,
    }
    return orjson.dumps(content, option=orjson.OPT_INDENT_2).decode() + "\n"

"""Exports: all that a search finds, or a job has done, as one file or stream that tells whether it is whole."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from schemas.answers import DetectedObject
from schemas.features import Frozen
from schemas.queries import ResultSummary


class ExportFormat(StrEnum):
    """The format of an export."""

    JSON_LINES = "jsonl"
    CSV = "csv"
    COCO = "coco"


MEDIA_TYPES = {
    ExportFormat.JSON_LINES: "application/jsonl",
    ExportFormat.CSV: "text/csv; charset=utf-8; header=present",
    ExportFormat.COCO: "application/json",
}
FILE_ENDINGS = {ExportFormat.JSON_LINES: "jsonl", ExportFormat.CSV: "csv", ExportFormat.COCO: "json"}


class ExportedImage(Frozen):
    """What an export may tell of one image: its summary, and where which objects are in a picture of which size."""

    summary: ResultSummary
    width: int | None = None
    height: int | None = None
    objects: tuple[DetectedObject, ...] = ()


class ExportEnd(Frozen):
    """The last line of an export in JSON Lines. An export without it was cut off."""

    end: Literal[True] = True
    items: int = Field(ge=0, description="The number of lines before this one.")

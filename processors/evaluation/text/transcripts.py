"""Pictures whose text is known: a CSV file or JSON Lines, with the name of each picture and what is written in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ValidationError

from infra.errors import ConfigurationError
from processors.evaluation.pictures import within
from processors.models.calibration.labelled import IMAGE, read_columns
from processors.models.card import describe_problems

TEXT = "text"
JSON_LINES = (".jsonl", ".ndjson")


@dataclass(frozen=True, slots=True)
class Transcript:
    """A picture, and what is written in it from top to bottom; ``image_id`` is its name in the file."""

    image_id: str
    path: Path
    text: str


class TranscriptLine(BaseModel):
    """One line of a file of JSON Lines."""

    image: str
    text: str


def read_transcripts(file: Path, folder: Path) -> tuple[Transcript, ...]:
    """Return the pictures that ``file`` names, which lie in ``folder``.

    A CSV file has the columns ``image`` and ``text``; each line of a file that ends in ``.jsonl`` or ``.ndjson`` is an
    object with both. Raises ``ConfigurationError`` that names the file and the line where it cannot be read, and where
    no picture has any text.
    """
    rows = list(_json_lines(file) if file.suffix.lower() in JSON_LINES else read_columns(file, IMAGE, TEXT))
    found = tuple(Transcript(image, within(folder, image, str(file)), text) for image, text in rows)
    if not any(one.text.strip() for one in found):
        raise ConfigurationError(f"{file}: no picture has any text: it needs the columns {IMAGE} and {TEXT}")
    return found


def _json_lines(file: Path) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(file.read_bytes().splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = TranscriptLine.model_validate_json(line)
        except ValidationError as error:
            raise ConfigurationError(f"{file}, line {number}: {describe_problems(error)}") from None
        yield row.image, row.text

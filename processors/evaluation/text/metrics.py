"""What the transcripts of pictures come to: how many characters and words were read wrong."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from processors.evaluation.metrics import Percentiles, percentiles
from processors.evaluation.text.edit_distance import edit_distance
from processors.evaluation.text.transcripts import Transcript
from schemas.answers import TextLine


@dataclass(frozen=True, slots=True)
class ReadPicture:
    """One picture: what is written in it, and what was read."""

    transcript: Transcript
    text: str
    lines: tuple[TextLine, ...]
    processing_time_s: float


@dataclass(frozen=True, slots=True)
class PictureErrors:
    """How one picture was read; a rate is ``None`` where nothing is written, and exceeds 1 where far too much was read.

    Errors are insertions, deletions and substitutions.
    """

    image_id: str
    characters: int
    character_errors: int
    character_error_rate: float | None
    words: int
    word_errors: int
    word_error_rate: float | None


@dataclass(frozen=True, slots=True)
class TextMetrics:
    """The rates are all errors by all that is written; ``by_picture`` has the pictures with most errors first."""

    pictures: int
    characters: int
    character_errors: int
    character_error_rate: float
    words: int
    word_errors: int
    word_error_rate: float
    mean_processing_time_s: float
    processing_time_s: Percentiles
    by_picture: tuple[PictureErrors, ...]

    @property
    def worst(self) -> tuple[PictureErrors, ...]:
        """The pictures in which something was read wrong, the worst first."""
        return tuple(one for one in self.by_picture if one.character_errors)


def text_metrics(pictures: Sequence[ReadPicture]) -> TextMetrics:
    """Return the metrics of pictures, in at least one of which something is written."""
    each = [_errors_of(picture) for picture in pictures]
    characters, words = sum(one.characters for one in each), sum(one.words for one in each)
    character_errors, word_errors = sum(one.character_errors for one in each), sum(one.word_errors for one in each)
    seconds = [picture.processing_time_s for picture in pictures]
    return TextMetrics(
        pictures=len(each),
        characters=characters,
        character_errors=character_errors,
        character_error_rate=character_errors / characters,
        words=words,
        word_errors=word_errors,
        word_error_rate=word_errors / words,
        mean_processing_time_s=fmean(seconds),
        processing_time_s=percentiles(seconds),
        by_picture=tuple(sorted(each, key=lambda one: (-one.character_errors, -one.word_errors, one.image_id))),
    )


def normalised(text: str) -> str:
    """Return text as it is compared: composed (NFC), and any white space, line breaks as well, as one space."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _errors_of(picture: ReadPicture) -> PictureErrors:
    written, read = normalised(picture.transcript.text), normalised(picture.text)
    words = written.split()
    character_errors, word_errors = edit_distance(written, read), edit_distance(words, read.split())
    return PictureErrors(
        image_id=picture.transcript.image_id,
        characters=len(written),
        character_errors=character_errors,
        character_error_rate=_rate(character_errors, len(written)),
        words=len(words),
        word_errors=word_errors,
        word_error_rate=_rate(word_errors, len(words)),
    )


def _rate(errors: int, of: int) -> float | None:
    return errors / of if of else None

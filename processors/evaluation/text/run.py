"""Run pictures whose text is known through a pipeline, one at a time."""

from collections.abc import Iterator, Sequence

from processors.evaluation.run import Unreadable, ask, run_warm
from processors.evaluation.text.metrics import ReadPicture
from processors.evaluation.text.transcripts import Transcript
from processors.models.feature_model import FeatureRequest
from processors.pipelines.loaded import LoadedPipeline
from schemas.answers import TextAnswer
from schemas.images import Feature

ALL_TEXT = FeatureRequest((Feature.TEXT,))


class TextEvaluator:
    """Let a pipeline read pictures whose text is known; one that cannot be read costs no other."""

    def __init__(self, pipeline: LoadedPipeline, max_bytes: int) -> None:
        self._pipeline = pipeline
        self._max_bytes = max_bytes

    def read_all(self, pictures: Sequence[Transcript]) -> Iterator[ReadPicture | Unreadable]:
        """Yield each picture's outcome."""
        return run_warm(self.read, pictures)

    def read(self, picture: Transcript) -> ReadPicture | Unreadable:
        """Return one picture's outcome; its time is that of reading the file, decoding and inference."""
        outcome = ask(self._pipeline, picture.image_id, picture.path, ALL_TEXT, TextAnswer, self._max_bytes)
        if isinstance(outcome, Unreadable):
            return outcome
        return ReadPicture(picture, outcome.answer.text, outcome.answer.lines, outcome.seconds)

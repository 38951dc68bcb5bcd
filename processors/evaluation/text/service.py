"""What ``vedette evaluate --text`` does: find the pictures, let them be read, count what was read wrong."""

from datetime import UTC, datetime
from pathlib import Path

from rich.progress import Progress

from infra.settings.settings import Settings
from processors.evaluation.pictures import DRAWN, upright
from processors.evaluation.run import Unreadable
from processors.evaluation.service import NothingReadable, describe_unreadable
from processors.evaluation.text.metrics import ReadPicture, text_metrics
from processors.evaluation.text.report import TextEvaluation
from processors.evaluation.text.run import TextEvaluator
from processors.evaluation.text.transcripts import read_transcripts
from processors.imaging.views import Within
from processors.pipelines.loaded import LoadedPipeline

# Large enough to see what was missed.
DRAWN_SIZE = Within(720)


def evaluate_text(
    pipeline: LoadedPipeline, source: Path, transcripts: Path, settings: Settings, *, progress: Progress
) -> TextEvaluation:
    """Run the pictures of the folder ``source`` that ``transcripts`` names.

    Raises ``NothingReadable`` where none could be recognised in which anything is written, and ``ConfigurationError``
    where the transcripts cannot be read, or where the pipeline reads no text.
    """
    model = pipeline.text_reader.id
    pictures = read_transcripts(transcripts, source)
    outcomes = TextEvaluator(pipeline, settings.sources.max_bytes).read_all(pictures)
    tracked = list(progress.track(outcomes, len(pictures), description="evaluating"))
    read = [one for one in tracked if isinstance(one, ReadPicture)]
    unreadable = [one for one in tracked if isinstance(one, Unreadable)]
    if not any(one.transcript.text.strip() for one in read):
        raise NothingReadable(describe_unreadable(unreadable))
    metrics = text_metrics(read)
    paths = {picture.image_id: picture.path for picture in pictures}
    worst = [one.image_id for one in metrics.worst[:DRAWN]]
    return TextEvaluation(
        pipeline=pipeline.name,
        model=model,
        source=source.resolve().name,
        evaluated_at=datetime.now(UTC).isoformat(timespec="seconds"),
        metrics=metrics,
        read=read,
        drawn=upright(paths, worst, DRAWN_SIZE, settings.models.max_pixels),
        unreadable=unreadable,
    )

"""What ``vedette evaluate --boxes`` does: find the pictures, run them, write the reports, tell the main figures."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.progress import Progress

from infra.settings.settings import Settings
from processors.evaluation.objects.annotations import AnnotatedPicture, read_annotations
from processors.evaluation.objects.metrics import Inspected, ObjectMetrics, object_metrics
from processors.evaluation.objects.report import ObjectEvaluation
from processors.evaluation.objects.run import ObjectEvaluator
from processors.evaluation.pictures import DRAWN, upright
from processors.evaluation.run import Unreadable
from processors.evaluation.service import NothingReadable, describe_unreadable
from processors.imaging.views import Pixels, Within
from processors.models.calibration.label_names import LabelNames
from processors.pipelines.loaded import LoadedPipeline

# Large enough to see what was missed.
DRAWN_SIZE = Within(480)


def evaluate_objects(
    pipeline: LoadedPipeline,
    source: Path,
    boxes: Path,
    settings: Settings,
    *,
    ignore_unknown: bool,
    progress: Progress,
) -> ObjectEvaluation:
    """Run the pictures of the folder ``source``, whose objects ``boxes`` tells.

    Raises ``NothingReadable`` if none could be recognised, and ``ConfigurationError`` where the annotations cannot be
    read, or where the pipeline has no detector.
    """
    detector = pipeline.detector
    annotated = read_annotations(boxes, source, LabelNames(detector.labels), ignore_unknown=ignore_unknown)
    outcomes = _run(ObjectEvaluator(pipeline, settings.sources.max_bytes), annotated.pictures, progress)
    inspected = [one for one in outcomes if isinstance(one, Inspected)]
    unreadable = [one for one in outcomes if isinstance(one, Unreadable)]
    if not any(each.picture.objects for each in inspected):
        raise NothingReadable(describe_unreadable(unreadable))
    metrics = object_metrics(inspected, detector.least_confidence)
    return ObjectEvaluation(
        pipeline=pipeline.name,
        model=detector.id,
        source=source.resolve().name,
        evaluated_at=datetime.now(UTC).isoformat(timespec="seconds"),
        metrics=metrics,
        inspected=inspected,
        drawn=_draw(metrics, annotated.pictures, settings.models.max_pixels),
        unreadable=unreadable,
        ignored_unknown=annotated.ignored_unknown,
    )


def _run(
    evaluator: ObjectEvaluator, pictures: Sequence[AnnotatedPicture], progress: Progress
) -> list[Inspected | Unreadable]:
    return list(progress.track(evaluator.inspect_all(pictures), len(pictures), description="evaluating"))


def _draw(metrics: ObjectMetrics, pictures: Sequence[AnnotatedPicture], max_pixels: int) -> dict[str, Pixels]:
    """Return the pixels of the worst pictures, upright."""
    paths = {picture.image_id: picture.path for picture in pictures}
    worst = [score.image_id for score in metrics.worst[:DRAWN]]
    return upright(paths, worst, DRAWN_SIZE, max_pixels)

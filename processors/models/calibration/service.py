"""``vedette models calibrate``: a model's confidence held against labelled pictures, and a card that mends it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import structlog
from rich.progress import Progress
from rich.table import Table

from infra.errors import ConfigurationError, Rejected
from infra.settings.settings import Settings
from infra.terminal import Console
from processors.imaging.decoding.decode import DecodedImage, decode
from processors.models.adding.adding import OWN_FIELDS, NewModel, add_model, labels_file
from processors.models.calibration.card import CardCalibration
from processors.models.calibration.known import STRANGE, KnownFit, fit_known
from processors.models.calibration.label_names import LabelNames
from processors.models.calibration.labelled import LabelledPicture, find_labelled
from processors.models.calibration.temperature import FOLDS, Fit, fit
from processors.models.card import ModelCard
from processors.models.repository.repository import ModelFiles, Repository
from processors.models.runtime.session import OnnxSession, Tensor
from processors.models.tasks.classifier import Classifier
from schemas.records.pipelines import split_id
from schemas.results import VersionedName

# With fewer the temperature is that of chance.
LEAST_PICTURES = 50
DIGITS = 4

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What was found of a model, and the card of the model that was made of it, None where none was wanted."""

    model: VersionedName
    fit: Fit
    known: KnownFit
    card: ModelCard | None


def calibrate(
    settings: Settings,
    repository: Repository,
    model: VersionedName,
    source: Path,
    *,
    name: VersionedName | None,
    ignore_unknown: bool,
    progress: Progress,
) -> Calibrated:
    """Fit the temperature of a classifier, and what tells known pictures, on the labelled pictures of ``source``.

    Where ``name`` is given, the same graph is added as that model, with both in its card. Raises
    ``ConfigurationError`` where ``model`` is no classifier, or where there are too few pictures, and whatever
    ``add_model`` raises.
    """
    files = repository.load(*split_id(model))
    if files.card.task != "classification":
        raise ConfigurationError(f"model {model} is no classifier: only labels have a confidence to calibrate")
    classifier = Classifier(files, OnnxSession(files.onnx, settings.models), settings.models)
    labelled = find_labelled(source, LabelNames(classifier.labels), ignore_unknown=ignore_unknown)
    pictures = list(_read(labelled.pictures, classifier, settings.models.max_pixels, progress))
    if len(pictures) < LEAST_PICTURES:
        raise ConfigurationError(
            f"{source}: {len(pictures)} labelled pictures can be read: a temperature needs {LEAST_PICTURES} or more"
        )
    scores = np.stack([scores for _, scores in pictures])
    places = [_place(classifier.labels, picture.label, own) for picture, own in pictures]
    found = fit(scores, places, files.card.temperature)
    known = fit_known(scores, places)
    card = None if name is None else _add(files, name, found, known, repository)
    return Calibrated(model, found, known, card)


def print_calibrated(calibrated: Calibrated, console: Console) -> None:
    """Print what the confidence was worth before, and what it is after."""
    fit = calibrated.fit
    table = Table("", "before", "after, on pictures that it was not fitted on")
    rows = {
        "expected calibration error": (fit.before.calibration.ece, fit.after.calibration.ece),
        "mean confidence": (fit.before.mean_confidence, fit.after.mean_confidence),
        "log loss of the true label": (fit.before.log_loss, fit.after.log_loss),
        "first label right": (fit.top1, fit.top1),
    }
    for what, (before, after) in rows.items():
        table.add_row(what, f"{before:.4f}", f"{after:.4f}")
    console.print(table)
    console.print(f"temperature {fit.temperature}, of {fit.pictures} pictures in {FOLDS} folds", soft_wrap=True)
    console.print(
        f"pictures whose `known` is {STRANGE} or more, by what the others tell: {calibrated.known.passed:.1%}",
        soft_wrap=True,
        markup=False,
    )
    if calibrated.card is None:
        console.print("nothing was added: --as NAME@VERSION adds the model with this temperature", soft_wrap=True)
    else:
        console.print(f"model {calibrated.card.id} is added: {calibrated.model} with this temperature", soft_wrap=True)


def _read(
    pictures: Sequence[LabelledPicture], classifier: Classifier, max_pixels: int, progress: Progress
) -> Iterator[tuple[LabelledPicture, Tensor]]:
    """Yield each picture that can be read, and its scores."""
    for picture in progress.track(pictures, description="calibrating"):
        try:
            image: DecodedImage = decode(picture.path.read_bytes(), {classifier.view}, max_pixels)
        except (Rejected, OSError) as error:
            log.warning("picture_unreadable", picture=picture.image_id, reason=str(error))
            continue
        yield picture, classifier.scores([image])[0]


def _place(labels: Sequence[str], label: str, scores: Tensor) -> int:
    """Return the class of a label; where several classes bear its name, the one that the model finds likeliest."""
    return max((place for place, name in enumerate(labels) if name == label), key=lambda place: float(scores[place]))


def _add(files: ModelFiles, name: VersionedName, found: Fit, known: KnownFit, repository: Repository) -> ModelCard:
    """Add the same graph with the temperature that was found, and with what tells known pictures."""
    calibration = CardCalibration(
        temperature=found.temperature,
        pictures=found.pictures,
        error_before=round(found.before.calibration.ece, DIGITS),
        error_after=round(found.after.calibration.ece, DIGITS),
    )
    new, version = split_id(name)
    # Its answers differ from those of a model that it was made of, and that is what it is for.
    own = files.card.model_dump(mode="json", exclude_none=True, exclude={*OWN_FIELDS, "reference"})
    fitted = {"calibration": calibration.model_dump(mode="json"), "known": known.card.model_dump(mode="json")}
    fields = {**own, "name": new, "version": version, **fitted}
    with labels_file(files.labels) as labels:
        return add_model(NewModel(files.onnx, labels, fields, files.tree), repository)

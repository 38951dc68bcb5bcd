"""Run a model in every way that this machine knows, on the same pictures, and compare the answers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import structlog

from infra.errors import ConfigurationError, Rejected
from infra.settings.recognition import ModelSettings
from infra.settings.settings import Settings
from processors.imaging.decoding.decode import DecodedImage, decode, quiet_parsers
from processors.imaging.picture_folder import find_pictures
from processors.imaging.views import View
from processors.models.card import ModelCard
from processors.models.feature_model import Answers, FeatureModel, FeatureRequest, model_failed
from processors.models.loading import load_model
from processors.models.repository.repository import Repository
from processors.models.runtime.providers import why_no_gpu
from processors.models.runtime.session import ModelFailed
from processors.models.verification.likeness import Tally
from processors.models.verification.verdict import FILE, Verdict
from processors.pictures import DEMO_PICTURES
from schemas.images import MAX_ANSWERS, FeatureOptions, LabelOptions, ObjectOptions
from schemas.records.pipelines import split_id
from schemas.results import VersionedName

BATCH = 8
# Every confidence is to be compared, not only those that a caller would be told.
EVERYTHING = FeatureOptions(
    labels=LabelOptions(min_confidence=0, max_labels=MAX_ANSWERS),
    objects=ObjectOptions(min_confidence=0.05, max_objects=MAX_ANSWERS),
)

log = structlog.get_logger(__name__)


class FailedVerification(ConfigurationError):
    """A model's answers differ more than its card allows, so it must not count."""


@dataclass(frozen=True)
class _Way:
    """One way of running a model, to be compared with running it picture by picture on the processors."""

    model: FeatureModel
    batch: int
    tally: Tally


def verify(repository: Repository, model: VersionedName, folder: Path, settings: Settings) -> Verdict:
    """Return what comparing the model's answers to the pictures in ``folder`` gave, and note it beside the model.

    Batches against single pictures; a GPU against the processors, where there is one; and the model against the one
    that it was made of, where its card names that. Raises ``ConfigurationError`` where no picture can be read.
    """
    quiet_parsers()
    name, version = split_id(model)
    card = repository.read_card(name, version)
    on_cpu = settings.models.model_copy(update={"provider": "cpu"})
    alone = load_model(model, repository, on_cpu)
    ways, left_out = _ways(repository, card, alone, settings.models)
    pictures, unreadable = 0, 0
    for batch in _batches(find_pictures(folder)):
        images = _decode(batch, {alone.view, *(way.model.view for way in ways)}, settings.models.max_pixels)
        unreadable += len(batch) - len(images)
        pictures += len(images)
        _compare(images, alone, ways)
    if not pictures:
        raise ConfigurationError(f"none of the {unreadable} pictures in {folder} can be read")
    verdict = Verdict(
        model=model,
        sha256=card.sha256,
        verified_at=datetime.now(UTC).replace(microsecond=0),
        pictures=pictures,
        unreadable=unreadable,
        comparisons=tuple(way.tally.close() for way in ways),
        left_out=left_out,
    )
    repository.write_note(name, version, FILE, verdict.model_dump_json(indent=2).encode())
    return verdict


def require_verified(repository: Repository, model: VersionedName, settings: Settings) -> Verdict:
    """Return the verdict on the model as it is; the bundled pictures give one where none is noted.

    Raises ``FailedVerification`` where the model failed.
    """
    verdict = read_verdict(repository, model) or verify(repository, model, DEMO_PICTURES, settings)
    if not verdict.passed:
        failed = ", ".join(comparison.what for comparison in verdict.comparisons if not comparison.passed)
        raise FailedVerification(
            f"model {model} failed its verification of {verdict.verified_at:%Y-%m-%d %H:%M} ({failed}): "
            f"see `vedette models verify {model} FOLDER`"
        )
    return verdict


def read_verdict(repository: Repository, model: VersionedName) -> Verdict | None:
    """Return what was noted of the very file that the model is now; ``None`` where nothing was."""
    name, version = split_id(model)
    note = repository.read_note(name, version, FILE)
    if note is None:
        return None
    try:
        verdict = Verdict.model_validate_json(note)
    except ValueError:
        log.warning("verification_unreadable", model=model)
        return None
    return verdict if verdict.sha256 == repository.read_card(name, version).sha256 else None


def _ways(
    repository: Repository, card: ModelCard, alone: FeatureModel, settings: ModelSettings
) -> tuple[list[_Way], tuple[str, ...]]:
    ways = [_Way(alone, BATCH, Tally(f"batches of {BATCH} against single pictures", card.tolerance))]
    left_out: list[str] = []
    if (missing := why_no_gpu(settings)) is None:
        on_gpu = load_model(card.id, repository, settings)
        ways.append(_Way(on_gpu, BATCH, Tally("GPU against CPU", card.tolerance)))
    else:
        left_out.append(f"GPU against CPU: there is no GPU here to compare with: {missing}")
    if card.reference is not None:
        on_cpu = settings.model_copy(update={"provider": "cpu"})
        reference = load_model(card.reference, repository, on_cpu)
        ways.append(_Way(reference, 1, Tally(f"{card.precision} against {card.reference}", card.tolerance)))
    return ways, tuple(left_out)


def _compare(images: Sequence[DecodedImage], alone: FeatureModel, ways: Sequence[_Way]) -> None:
    expected = _answer(alone, images, 1)
    for way in ways:
        for theirs, ours in zip(_answer(way.model, images, way.batch), expected, strict=True):
            way.tally.add(ours, theirs)


def _answer(model: FeatureModel, images: Sequence[DecodedImage], batch: int) -> list[Answers]:
    answers: list[Answers] = []
    request = FeatureRequest(sorted(model.features), EVERYTHING)
    for start in range(0, len(images), batch):
        part = images[start : start + batch]
        try:
            answers += model.answer(part, [request] * len(part))
        except ModelFailed as error:
            answers += [dict.fromkeys(request.features, model_failed(model.id, str(error)))] * len(part)
    return answers


def read_pictures(folder: Path, view: View, max_pixels: int) -> list[DecodedImage]:
    """Return the pictures in ``folder`` that can be read, as ``view`` shows them; raises ``ConfigurationError``."""
    quiet_parsers()
    return _decode(find_pictures(folder), {view}, max_pixels)


def _batches(pictures: Sequence[Path]) -> Iterator[list[Path]]:
    waiting = iter(pictures)
    while batch := list(islice(waiting, BATCH)):
        yield batch


def _decode(pictures: Sequence[Path], views: set[View], max_pixels: int) -> list[DecodedImage]:
    """Return those that can be read."""
    images = []
    for picture in pictures:
        try:
            images.append(decode(picture.read_bytes(), views, max_pixels))
        except (Rejected, OSError) as error:
            log.warning("picture_unreadable", picture=picture.name, reason=str(error))
    return images

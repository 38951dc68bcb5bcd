"""A classifier calibrated on labelled pictures: a card of its own on the same graph."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from infra.errors import AlreadyExists, ConfigurationError
from infra.progress import WorkProgress
from infra.settings.recognition import ModelSettings
from infra.settings.settings import Settings
from infra.terminal import Console
from processors.imaging.decoding.decode import DecodedImage, decode
from processors.models.calibration.service import LEAST_PICTURES, Calibrated, calibrate, print_calibrated
from processors.models.card import ModelCard
from processors.models.repository.repository import ModelRepository
from processors.models.runtime.session import OnnxSession
from processors.models.tasks.classifier import Classifier
from schemas.records.pipelines import split_id
from tests.fakes.models import COLOURS, SIDE, add_colours, run

PICTURES = 60


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """Pictures of one colour each, of which every fifth is filed under another; and one that cannot be read."""
    random = np.random.default_rng(7)
    for number in range(PICTURES):
        colour = COLOURS[number % 3]
        filed = COLOURS[(number + 1) % 3] if number % 5 == 0 else colour
        pixels = random.integers(90, 130, (SIDE, SIDE, 3), dtype=np.uint8)
        pixels[:, :, ("red", "green", "blue").index(colour)] += 60
        folder = tmp_path / "labelled" / filed
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    return tmp_path / "labelled"


@pytest.fixture
def repository(tmp_path: Path) -> ModelRepository:
    return add_colours(tmp_path / "models", reference="older@1")


def calibrated(
    repository: ModelRepository, source: Path, name: str | None, model: str = "colours@2", *, ignore: bool = False
) -> Calibrated:
    with WorkProgress(console=Console(file=io.StringIO())) as progress:
        return calibrate(Settings(), repository, model, source, name=name, ignore_unknown=ignore, progress=progress)


def open_classifier(repository: ModelRepository, model: str) -> Classifier:
    files = repository.load(*split_id(model))
    return Classifier(files, OnnxSession(files.onnx), ModelSettings())


def test_the_same_graph_is_added_with_the_temperature_in_its_card(repository: ModelRepository, labelled: Path) -> None:
    done = calibrated(repository, labelled, "colours@3")
    card = repository.read_card("colours", 3)
    assert done.card == card
    assert card.calibration is not None
    assert (card.calibration.pictures, card.calibration.temperature) == (PICTURES, done.fit.temperature)
    assert card.calibration.error_after < card.calibration.error_before
    before = repository.read_card("colours", 2)
    assert card.known == done.known.card
    assert card.known.pictures == PICTURES
    fitted = {"calibration": card.calibration, "known": card.known}
    assert card == before.model_copy(update={**fitted, "version": 3, "labels": card.labels, "reference": None})
    assert repository.load("colours", 3).labels == repository.load("colours", 2).labels


def test_its_labels_are_the_same_and_its_confidence_is_divided(repository: ModelRepository, labelled: Path) -> None:
    temperature = calibrated(repository, labelled, "colours@3").fit.temperature
    old, new = (open_classifier(repository, model) for model in ("colours@2", "colours@3"))
    picture = decode(next(labelled.glob("red/*[0-9].png")).read_bytes(), [old.view], 10_000)
    assert np.allclose(new.scores([picture]), old.scores([picture]))
    wanted = np.exp(old.scores([picture])[0] / temperature)
    assert np.allclose(new.probabilities([picture])[0], wanted / wanted.sum(), atol=1e-6)
    assert temperature < 0.9, "it is right more often than its confidence says"


def test_its_answers_say_how_well_it_knows_the_picture_and_those_of_the_first_do_not(
    repository: ModelRepository, labelled: Path
) -> None:
    calibrated(repository, labelled, "colours@3")
    old, new = (open_classifier(repository, model) for model in ("colours@2", "colours@3"))
    grey, vivid = (np.full((SIDE, SIDE, 3), colour, np.uint8) for colour in ((135, 110, 85), (255, 20, 20)))
    images = [DecodedImage({old.view: pixels}, SIDE, SIDE, "PNG") for pixels in (grey, vivid)]
    (strange, _), (usual, _) = run(new, images)
    assert strange.known < 0.05 < usual.known
    assert [labels.known for labels, _ in run(old, images)] == [None, None]
    assert "known" not in run(old, images)[0][0].model_dump(exclude_none=True)


def test_without_a_name_it_is_only_shown(repository: ModelRepository, labelled: Path) -> None:
    done = calibrated(repository, labelled, None)
    written = io.StringIO()
    print_calibrated(done, Console(file=written, width=100))
    assert repository.list_models() == [("colours", 2)]
    told_of = ("expected calibration error", f"temperature {done.fit.temperature}", "--as NAME@VERSION", "`known` is")
    for told in told_of:
        assert told in written.getvalue()


def test_a_calibrated_model_is_calibrated_again_from_its_own_scores(
    repository: ModelRepository, labelled: Path
) -> None:
    first = calibrated(repository, labelled, "colours@3")
    second = calibrated(repository, labelled, "colours@4", "colours@3")
    assert second.fit.temperature == first.fit.temperature
    assert second.fit.before.log_loss == pytest.approx(first.fit.after.log_loss, abs=0.1)


def test_what_cannot_be_calibrated_is_refused_and_adds_nothing(
    repository: ModelRepository, labelled: Path, tmp_path: Path
) -> None:
    few = tmp_path / "few" / "red"
    few.mkdir(parents=True)
    for picture in list(labelled.glob("red/*[0-9].png"))[:9]:
        (few / picture.name).write_bytes(picture.read_bytes())
    with pytest.raises(ConfigurationError, match=f"9 labelled pictures can be read: .* needs {LEAST_PICTURES}"):
        calibrated(repository, few.parent, "colours@3")
    (labelled / "mauve").mkdir()
    (labelled / "mauve" / "1.png").write_bytes(picture.read_bytes())
    with pytest.raises(ConfigurationError, match="a label that the model does not know"):
        calibrated(repository, labelled, "colours@3")
    assert calibrated(repository, labelled, None, ignore=True).fit.pictures == PICTURES
    with pytest.raises(AlreadyExists, match="colours@2"):
        calibrated(repository, labelled, "colours@2", ignore=True)
    assert repository.list_models() == [("colours", 2)]


def test_a_card_calibrates_classifiers_alone(repository: ModelRepository, labelled: Path) -> None:
    card = calibrated(repository, labelled, "colours@3").card
    assert card is not None
    fields = card.model_dump(mode="json", exclude_none=True)
    embedder = {**fields, "task": "embedding", "outputs": {"embedding": "pooled"}}
    with pytest.raises(ValueError, match="calibration: only a classifier"):
        ModelCard.model_validate(embedder)
    with pytest.raises(ValueError, match="known: only a classifier"):
        ModelCard.model_validate({name: value for name, value in embedder.items() if name != "calibration"})
    for temperature in (0, -1):
        with pytest.raises(ValueError, match=r"calibration\.temperature"):
            ModelCard.model_validate({**fields, "calibration": {**fields["calibration"], "temperature": temperature}})

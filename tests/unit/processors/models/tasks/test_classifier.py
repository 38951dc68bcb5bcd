"""Anyone's own classifier, described by its card alone: small real graphs of every shape that people export."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import yaml
from onnx import TensorProto, helper, numpy_helper

from infra.errors import ConfigurationError
from infra.settings.recognition import ModelSettings
from processors.imaging.decoding.decode import DecodedImage
from processors.imaging.photometric import even_exposure
from processors.imaging.views import Crop
from processors.models.card import CardInput, ModelCard
from processors.models.feature_model import FeatureRequest
from processors.models.repository.repository import ModelRepository
from processors.models.runtime.session import OnnxSession
from processors.models.tasks.classifier import Classifier
from schemas.answers import FailedFeature, FailureCode
from schemas.images import Feature, FeatureOptions, LabelOptions
from tests.fakes.models import run

COLOURS = ("red", "green", "blue")
SIDE = 32
GAIN = 4.0

Build = Callable[..., Path]


def graph(layout: str, *, softmax: bool, batch: int | str = "batch", four_dimensions: bool = False) -> bytes:
    """A graph that scores each colour by its channel's mean, in the input's own units, times ``GAIN``."""
    channels_first = layout == "NCHW"
    shape = [batch, 3, SIDE, SIDE] if channels_first else [batch, SIDE, SIDE, 3]
    nodes = [
        helper.make_node("ReduceMean", ["x"], ["mean"], axes=[2, 3] if channels_first else [1, 2], keepdims=0),
        helper.make_node("Mul", ["mean", "gain"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
        helper.make_node("Unsqueeze", ["logits", "trailing"], ["logits_4d"]),
    ]
    constants = [
        numpy_helper.from_array(np.array(GAIN, np.float32), "gain"),
        numpy_helper.from_array(np.array([2, 3]), "trailing"),
    ]
    name = "probabilities" if softmax else "logits_4d" if four_dimensions else "logits"
    result_shape = [batch, 3, 1, 1] if four_dimensions else [batch, 3]
    built = helper.make_graph(
        nodes,
        "colours",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, result_shape),
            helper.make_tensor_value_info("mean", TensorProto.FLOAT, [batch, 3]),
        ],
        constants,
    )
    model = helper.make_model(built, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def card(layout: str = "NCHW", **changes: Any) -> dict[str, Any]:
    card: dict[str, Any] = {
        "name": "colours",
        "version": 2,
        "task": "classification",
        "input": {"name": "x", "layout": layout, "dtype": "float32", "resize_shorter_side": SIDE, "crop": SIDE},
        "outputs": {"logits": "logits"},
        "labels": "colours.txt",
        "licence": "CC0-1.0",
        "source": "made for this test",
    }
    card["input"] |= {"mean": [127.5] * 3, "deviation": [127.5] * 3} | changes.pop("input", {})
    return card | changes


@pytest.fixture
def install(tmp_path: Path) -> Build:
    def install(model: bytes, card: dict[str, Any], labels: tuple[str, ...] = COLOURS) -> Path:
        folder = tmp_path / "colours" / "2"
        folder.mkdir(parents=True)
        (folder / "model.onnx").write_bytes(model)
        (folder / "colours.txt").write_text("\n".join(labels) + "\n")
        sha256 = hashlib.sha256(model).hexdigest()
        (folder / "card.yaml").write_text(yaml.safe_dump({"sha256": sha256} | card))
        return tmp_path

    return install


def load(repository: Path, **settings: Any) -> Classifier:
    files = ModelRepository(repository).load("colours", 2)
    return Classifier(files, OnnxSession(files.onnx), ModelSettings(**settings))


def picture(colour: tuple[int, int, int]) -> DecodedImage:
    return DecodedImage({Crop(SIDE, SIDE): np.full((SIDE, SIDE, 3), colour, np.uint8)}, SIDE, SIDE, "PNG")


RED, GREEN, BLUE = picture((255, 0, 0)), picture((0, 255, 0)), picture((0, 0, 255))


def top(classifier: Classifier, *images: DecodedImage) -> list[str]:
    return [answer[0].labels[0].name for answer in run(classifier, images)]


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize("softmax", [True, False])
def test_layout_and_softmax_are_read_from_the_card(install: Build, layout: str, softmax: bool) -> None:
    outputs = {"probabilities": "probabilities"} if softmax else {"logits": "logits"}
    classifier = load(install(graph(layout, softmax=softmax), card(layout, outputs=outputs)))
    assert top(classifier, RED, GREEN, BLUE) == ["red", "green", "blue"]
    [(labels, embedding)] = run(classifier, [RED])
    assert labels.model == "colours@2"
    assert labels.labels[0].confidence == pytest.approx(1 / (1 + 2 * np.exp(-2 * GAIN)), abs=1e-5)
    assert embedding is None


def test_a_model_trained_on_bgr_sees_the_same_colours(install: Build) -> None:
    changed = card(input={"colour": "BGR"})
    assert top(load(install(graph("NCHW", softmax=False), changed)), RED, GREEN) == ["blue", "green"]


def test_mean_and_deviation_are_those_of_the_card(install: Build) -> None:
    changed = card(input={"mean": [255.0, 0.0, 0.0], "deviation": [255.0, 255.0, 255.0]})
    classifier = load(install(graph("NCHW", softmax=False), changed))
    assert top(classifier, picture((255, 100, 50))) == ["green"]


@pytest.mark.parametrize("batch", [1, 2, 4])
def test_a_graph_fixed_to_one_batch_size_still_takes_any_number_of_images(install: Build, batch: int) -> None:
    classifier = load(install(graph("NCHW", softmax=False, batch=batch), card()))
    assert top(classifier, RED, GREEN, BLUE) == ["red", "green", "blue"]
    assert run(classifier, []) == []


def test_scores_with_trailing_dimensions_are_understood(install: Build) -> None:
    model = graph("NCHW", softmax=False, four_dimensions=True)
    assert top(load(install(model, card(outputs={"logits": "logits_4d"}))), BLUE) == ["blue"]


def test_an_embedding_of_any_length_is_sent_at_length_one(install: Build) -> None:
    outputs = {"logits": "logits", "embedding": "mean"}
    classifier = load(install(graph("NCHW", softmax=False), card(outputs=outputs)))
    [(_, embedding)] = run(classifier, [picture((255, 255, 255))])
    assert embedding is not None
    assert embedding.dimensions == 3
    assert np.frombuffer(base64.b64decode(embedding.values), np.int8).tolist() == [73, 73, 73]


def test_labels_come_in_falling_order_and_within_the_limits(install: Build) -> None:
    repository = install(graph("NCHW", softmax=False), card())
    [(labels, _)] = run(load(repository, min_confidence=0.0), [picture((200, 150, 100))])
    assert [label.name for label in labels.labels] == ["red", "green", "blue"]
    [(labels, _)] = run(load(repository, max_labels=2, min_confidence=0.0), [picture((200, 150, 100))])
    assert [label.name for label in labels.labels] == ["red", "green"]
    [(labels, _)] = run(load(repository, min_confidence=0.99), [picture((200, 150, 100))])
    assert [label.name for label in labels.labels] == ["red"], "the best label is always given"


def test_the_cards_own_least_confidence_holds_where_nobody_says_another(install: Build) -> None:
    repository = install(graph("NCHW", softmax=False), card(default_min_confidence=0.3))
    [(labels, _)] = run(load(repository), [picture((200, 170, 0))])
    assert [label.name for label in labels.labels] == ["red"]
    [(labels, _)] = run(load(repository, min_confidence=0.0), [picture((200, 170, 0))])
    assert len(labels.labels) == 3
    asked = FeatureRequest([Feature.LABELS], FeatureOptions(labels=LabelOptions(min_confidence=0.0)))
    [answers] = load(repository).answer([picture((200, 170, 0))], [asked])
    assert len(answers[Feature.LABELS].labels) == 3


def test_a_models_own_threshold_holds_where_the_setting_is_lower(install: Build) -> None:
    repository = install(graph("NCHW", softmax=False), card(min_confidence=0.3))
    [(labels, _)] = run(load(repository, min_confidence=0.0), [picture((200, 170, 0))])
    assert [label.name for label in labels.labels] == ["red"]


def test_numbers_that_are_none_cost_only_their_own_image(install: Build) -> None:
    # One over the brightness: of black alone, that is no number.
    nodes = [
        helper.make_node("ReduceMean", ["x"], ["mean"], axes=[2, 3], keepdims=0),
        helper.make_node("Reciprocal", ["mean"], ["logits"]),
    ]
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 3, SIDE, SIDE])
    gives = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", 3]) for name in ("mean", "logits")]
    built = helper.make_graph(nodes, "reciprocal", [given], gives)
    model = helper.make_model(built, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()
    changed = card(input={"mean": [0.0] * 3}, outputs={"logits": "logits", "embedding": "logits"})
    dim, black, bright = run(
        load(install(model, changed)), [picture((1, 2, 3)), picture((0, 0, 0)), picture((9, 8, 7))]
    )
    assert [answer[0].labels[0].name for answer in (dim, bright)] == ["red", "blue"]
    for failed in black:
        assert isinstance(failed, FailedFeature)
        assert failed.error.code is FailureCode.MODEL_FAILED


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"outputs": {"logits": "scores"}}, "output scores: the graph gives logits, mean"),
        ({"input": {"name": "image"}}, "input image: the graph takes x"),
        ({"input": {"crop": 24}}, "Got: 24 Expected: 32"),
        ({"input": {"layout": "NHWC"}}, "Got: 32 Expected: 3"),
        ({"input": {"dtype": "uint8", "mean": [0.0] * 3, "deviation": [1.0] * 3}}, "uint8"),
    ],
)
def test_a_card_that_does_not_fit_its_graph_is_told_when_it_is_loaded(
    install: Build, changes: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ConfigurationError, match=rf"colours@2: its card does not fit its graph: .*{problem}"):
        load(install(graph("NCHW", softmax=False), card(**changes)))


def test_a_wrong_number_of_labels_is_told_when_it_is_loaded(install: Build) -> None:
    with pytest.raises(ConfigurationError, match="4 names for 3 classes"):
        load(install(graph("NCHW", softmax=False), card(), (*COLOURS, "grey")))


def test_a_file_that_is_no_model_is_told_when_it_is_loaded(install: Build) -> None:
    with pytest.raises(ConfigurationError, match=r"model\.onnx cannot be loaded"):
        load(install(b"not a model", card()))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"sha256": "abc"}, "sha256"),
        ({"labels": "../../secrets.txt"}, "labels"),
        ({"labels": None}, "labels"),
        ({"outputs": {}}, "outputs"),
        ({"outputs": {"logits": "a", "probabilities": "b"}}, "outputs"),
        ({"task": "embedding"}, "outputs"),
        ({"input": {"crop": 64}}, "crop"),
        ({"input": {"deviation": [0.0, 1.0, 1.0]}}, "input.deviation.0"),
        ({"input": {"dtype": "uint8"}}, "leave mean and deviation out"),
        ({"version": 0}, "version"),
    ],
)
def test_a_wrong_card_names_its_file_and_field(install: Build, changes: dict[str, Any], field: str) -> None:
    repository = install(graph("NCHW", softmax=False), card(**changes))
    with pytest.raises(ConfigurationError, match=rf"card\.yaml: .*{field}"):
        ModelRepository(repository).load("colours", 2)


def test_a_card_that_is_not_yaml_is_told(install: Build) -> None:
    repository = install(b"", card())
    (repository / "colours" / "2" / "card.yaml").write_text("name: [")
    with pytest.raises(ConfigurationError, match=r"card\.yaml is not readable YAML"):
        ModelRepository(repository).load("colours", 2)


def test_a_model_in_anothers_folder_is_refused(install: Build) -> None:
    repository = install(b"", card(name="shapes"))
    with pytest.raises(ConfigurationError, match="is the card of shapes@2"):
        ModelRepository(repository).load("colours", 2)


@pytest.mark.parametrize("file", ["model.onnx", "colours.txt"])
def test_a_missing_file_is_named(install: Build, file: str) -> None:
    repository = install(graph("NCHW", softmax=False), card())
    (repository / "colours" / "2" / file).unlink()
    with pytest.raises(ConfigurationError, match=rf"{file} is missing"):
        ModelRepository(repository).load("colours", 2)


def test_a_model_that_is_not_there_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no model colours@2"):
        ModelRepository(tmp_path).load("colours", 2)


def test_a_card_that_is_written_reads_the_same(install: Build) -> None:
    path = install(b"", card()) / "colours" / "2" / "card.yaml"
    read = ModelCard.read(path)
    read.write(path)
    assert ModelCard.read(path) == read


def test_a_card_can_ask_for_even_exposure_and_only_its_own_model_sees_it(install: Build) -> None:
    files = ModelRepository(install(graph("NCHW", softmax=False), card())).load("colours", 2)
    evening = files.card.input.model_copy(update={"photometric": "brightness_contrast"})
    evened = replace(files, card=files.card.model_copy(update={"input": evening}))
    plain, even = (Classifier(each, OnnxSession(each.onnx), ModelSettings()) for each in (files, evened))
    faint = picture((60, 50, 50))
    shown = DecodedImage({Crop(SIDE, SIDE): even_exposure(faint.views[Crop(SIDE, SIDE)])}, SIDE, SIDE, "PNG")
    before = run(plain, [faint])
    [(seen, _)], [(expected, _)] = run(even, [faint]), run(plain, [shown])
    assert seen == expected
    assert seen.labels[0].confidence > before[0][0].labels[0].confidence
    assert run(plain, [faint]) == before


def test_a_letterboxed_image_has_no_exposure_of_its_own() -> None:
    changed = {"resize": "letterbox", "width": 64, "height": 64, "photometric": "brightness_contrast"}
    with pytest.raises(ValueError, match="photometric: a letterboxed image has a frame"):
        CardInput(name="x", layout="NCHW", dtype="uint8", **changed)

"""Anyone's own ONNX file is taken once one batch has run, and leaves nothing behind where it is refused."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from onnx import ModelProto, TensorProto

from infra.errors import AlreadyExists, ConfigurationError
from processors.models.adding.adding import NewModel, add_model, read_card_fields, read_labels
from processors.models.adding.inspection import RefusedModel
from processors.models.adding.proposal import NORMALISATIONS
from processors.models.label_trees import tree_of
from processors.models.repository.repository import ModelRepository
from tests.fakes.graphs import SIDE, classifier, hungry, names, saved

MEAN, DEVIATION = NORMALISATIONS["zero_one"]
FIELDS = {"name": "animals", "version": 1, "task": "classification", "input": {"mean": MEAN, "deviation": DEVIATION}}


@pytest.fixture
def repository(tmp_path: Path) -> ModelRepository:
    return ModelRepository(tmp_path / "models")


def new(model: ModelProto, folder: Path, *labels: str, **fields: Any) -> NewModel:
    return NewModel(saved(model, folder), names(folder, *labels), {**FIELDS, **fields})


def test_a_model_is_added_with_a_completed_card(tmp_path: Path, repository: ModelRepository) -> None:
    card = add_model(new(classifier(), tmp_path), repository)
    assert (card.id, card.licence, card.source) == ("animals@1", "not stated", "model.onnx")
    assert (card.input.layout, card.input.crop, card.outputs.logits) == ("NCHW", SIDE, "scores0")
    files = repository.load("animals", 1)
    assert files.card == card
    assert files.labels == ("ant", "bee", "cat", "dog")


def test_a_model_of_bytes_fixed_to_a_batch_is_added_as_it_is(tmp_path: Path, repository: ModelRepository) -> None:
    model = classifier(shape=(1, SIDE, SIDE, 3), dtype=TensorProto.UINT8, tail=("Softmax",))
    card = add_model(new(model, tmp_path, input={}), repository)
    assert (card.input.layout, card.input.dtype, card.outputs.probabilities) == ("NHWC", "uint8", "scores1")


def test_scores_that_a_hidden_softmax_gives_are_known_by_their_numbers(
    tmp_path: Path, repository: ModelRepository
) -> None:
    model = classifier(tail=("Softmax", "Relu"))
    card = add_model(new(model, tmp_path), repository)
    assert (card.outputs.probabilities, card.outputs.logits) == ("scores2", None)


def test_scores_that_cannot_be_probabilities_are_refused_as_such(tmp_path: Path, repository: ModelRepository) -> None:
    with pytest.raises(RefusedModel, match=r"^outputs\.probabilities: scores0 holds values from -"):
        add_model(new(classifier(), tmp_path, outputs={"probabilities": "scores0"}), repository)
    assert repository.list_models() == []


def test_a_model_that_never_gives_numbers_is_refused(tmp_path: Path, repository: ModelRepository) -> None:
    with pytest.raises(RefusedModel, match="its scores are not numbers, on a picture of noise"):
        add_model(new(classifier(tail=("Neg", "Abs", "Neg", "Log")), tmp_path), repository)
    assert repository.list_models() == []


def test_a_model_that_wants_all_memory_is_refused(tmp_path: Path, repository: ModelRepository) -> None:
    with pytest.raises(RefusedModel, match=r"animals@1"):
        add_model(new(hungry(2**40), tmp_path), repository)
    assert repository.list_models() == []


def test_a_model_that_is_there_is_refused_and_stays(tmp_path: Path, repository: ModelRepository) -> None:
    add_model(new(classifier(), tmp_path), repository)
    with pytest.raises(AlreadyExists, match="add the next version"):
        add_model(new(classifier(tail=("Softmax",)), tmp_path), repository)
    assert repository.load("animals", 1).card.outputs.logits == "scores0"


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"name": "Animals"}, "^name: "),
        ({"version": None}, "^version: "),
        ({"task": "telepathy"}, "^task: "),
        ({"min_confidence": 2}, "^min_confidence: "),
        ({"sha256": "0" * 64}, "^sha256: the card names 0000"),
        ({"input": {"mean": MEAN, "deviation": (1, 0, 1)}}, r"^input\.deviation"),
        ({"outputs": {"scores": "nowhere"}}, "output nowhere: the graph gives scores0"),
    ],
)
def test_a_field_that_is_wrong_is_named(
    tmp_path: Path, repository: ModelRepository, fields: dict[str, Any], why: str
) -> None:
    with pytest.raises(RefusedModel, match=why):
        add_model(new(classifier(), tmp_path, **fields), repository)
    assert repository.list_models() == []


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path, repository: ModelRepository) -> None:
    with pytest.raises(RefusedModel, match="there is no such file"):
        add_model(NewModel(tmp_path / "none.onnx", None, FIELDS), repository)


@pytest.mark.parametrize("content", [b"", b"a\n\nb\n", b"\xff\xfe"])
def test_labels_that_cannot_be_read_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "labels.txt"
    path.write_bytes(content)
    with pytest.raises(RefusedModel, match=r"^labels: "):
        read_labels(path)


def test_labels_may_begin_with_a_byte_order_mark_and_end_with_empty_lines(tmp_path: Path) -> None:
    path = tmp_path / "labels.txt"
    path.write_bytes(b"\xef\xbb\xbfant\r\nbee\r\n\r\n")
    assert read_labels(path) == ("ant", "bee")


@pytest.mark.parametrize("text", ["- a", "input: 3", "{"])
def test_a_card_that_is_no_mapping_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "card.yaml"
    path.write_text(text)
    with pytest.raises(RefusedModel):
        read_card_fields(path)


TREE = b"name,parent,category\nanimal,,Animals\nant,animal,\nbee,animal,\ncat,animal,Pets\ndog,animal,Pets\n"


def test_a_model_may_bring_its_own_hierarchy(tmp_path: Path, repository: ModelRepository) -> None:
    card = add_model(replace(new(classifier(), tmp_path), tree=TREE), repository)
    files = repository.load("animals", 1)
    assert (card.tree, files.tree) == ("tree.csv", TREE)
    label = tree_of(files).label(2, 0.5)
    assert (label.name, label.parents, label.categories) == ("cat", ("animal",), ("Pets", "Animals"))


def test_a_hierarchy_that_was_altered_in_the_repository_is_refused(tmp_path: Path, repository: ModelRepository) -> None:
    card = add_model(replace(new(classifier(), tmp_path), tree=TREE), repository)
    (repository.path("animals", 1) / str(card.tree)).write_bytes(TREE + b"eel,animal,\n")
    with pytest.raises(ConfigurationError, match=r"tree.csv is not the file with sha256"):
        repository.load("animals", 1)
    (repository.path("animals", 1) / str(card.tree)).unlink()
    with pytest.raises(ConfigurationError, match=r"tree.csv is missing: remove animals@1 and add it again"):
        repository.load("animals", 1)


def test_a_hierarchy_that_does_not_fit_is_refused(tmp_path: Path, repository: ModelRepository) -> None:
    with pytest.raises(RefusedModel, match="tree: 'eel' has nothing beneath it and is not a label of the model"):
        add_model(replace(new(classifier(), tmp_path), tree=TREE + b"eel,animal,\n"), repository)
    assert repository.list_models() == []


def test_labels_that_do_not_exclude_each_other_are_known_by_their_numbers(
    tmp_path: Path, repository: ModelRepository
) -> None:
    model = classifier(tail=("Sigmoid",))
    fields = {"outputs": {"probabilities": "scores1"}}
    assert add_model(new(model, tmp_path, **fields), repository).multi_label
    assert not add_model(new(model, tmp_path, version=2, multi_label=False, **fields), repository).multi_label
    softmax = new(classifier(tail=("Softmax",)), tmp_path, version=3)
    assert not add_model(softmax, repository).multi_label

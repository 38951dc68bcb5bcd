"""Take anyone's own ONNX file into the repository: read it, complete its card, try it, and only then keep it."""

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import ValidationError

from infra.errors import AlreadyExists, ConfigurationError
from processors.labels.custom import parse_hierarchy
from processors.models.adding.inspection import LARGEST_BYTES, Inspection, RefusedModel, inspect_model
from processors.models.adding.proposal import Fields, complete_card
from processors.models.adding.trial import Scores, try_model
from processors.models.card import ModelCard, describe_problems
from processors.models.default.shipped import PREPARE, shipped_models
from processors.models.repository.repository import CARD_FILE, MODEL_FILE, ModelRepository, Repository, sha256_of

LABELS_FILE = "labels.txt"
TREE_FILE = "tree.csv"
# Of the files beside a card: a model that is made of another is added with files of its own.
OWN_FIELDS = {"sha256", "labels", "tree", "tree_sha256"}
MOST_LABEL_BYTES = 16 * 2**20


@dataclass(frozen=True)
class NewModel:
    """A file, and what its operator says of it: ``fields`` are those of a card, as far as they are given.

    ``tree`` is the content of a file with the labels' hierarchy.
    """

    onnx: Path
    labels: Path | None
    fields: Fields
    tree: bytes | None = None


def add_model(new: NewModel, repository: Repository) -> ModelCard:
    """Add a model and return its card.

    Raises ``RefusedModel`` that names the field or part at fault, and ``AlreadyExists``; nothing was added then.
    """
    _require_file(new.onnx)
    labels = read_labels(new.labels) if new.labels else ()
    _require_fitting_tree(new, labels)
    with tempfile.TemporaryDirectory(prefix="vedette-model-") as folder:
        # A copy is what is read, tried and kept: the file itself may change meanwhile.
        onnx = Path(folder) / MODEL_FILE
        shutil.copyfile(new.onnx, onnx)
        inspection = inspect_model(onnx)
        card = _check(complete_card(_own_fields(new, onnx), inspection, labels))
        if (card.name, card.version) in repository.list_models():
            raise AlreadyExists(f"model {card.id} is in the repository already and never changes: add the next version")
        if card.id in shipped_models():
            raise AlreadyExists(
                f"model {card.id} comes with Vedette, and `{PREPARE}` installs it: choose another name or version"
            )
        card = _tried(card, onnx, labels, new, inspection)
        repository.add(card.name, card.version, _writer(card, onnx, labels, new.tree))
    return card


def read_card_fields(path: Path) -> Fields:
    """Return the fields that an operator's card gives; raises ``RefusedModel`` where it is no mapping."""
    try:
        fields = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise RefusedModel(f"{path} is not readable YAML: {error}") from None
    if not isinstance(fields, dict) or not all(isinstance(fields.get(part, {}), dict) for part in ("input", "outputs")):
        raise RefusedModel(f"{path}: a card is a mapping of fields, and so are input and outputs")
    return fields


def read_labels(path: Path) -> tuple[str, ...]:
    """Return one label a line; raises ``RefusedModel`` for a file that holds none, or empty ones."""
    _require_file(path)
    if path.stat().st_size > MOST_LABEL_BYTES:
        raise RefusedModel(f"labels: {path} is larger than 16 MiB")
    try:
        labels = path.read_text(encoding="utf-8-sig").strip().splitlines()
    except UnicodeDecodeError:
        raise RefusedModel(f"labels: {path} is not text in UTF-8") from None
    names = tuple(label.strip() for label in labels)
    if not names or not all(names):
        raise RefusedModel(f"labels: {path} holds no name in line {names.index('') + 1 if names else 1}")
    return names


@contextmanager
def labels_file(labels: Sequence[str]) -> Iterator[Path | None]:
    """Yield a file with the labels of a model that another is made of; None where it has none."""
    if not labels:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="vedette-labels-") as folder:
        path = Path(folder) / LABELS_FILE
        path.write_text("\n".join(labels) + "\n", encoding="utf-8")
        yield path


def _require_file(path: Path) -> None:
    if not path.is_file():
        raise RefusedModel(f"{path}: there is no such file")
    if path.stat().st_size > LARGEST_BYTES:
        raise RefusedModel(f"{path.name}: larger than 2 GiB, which no single ONNX file can be")


def _own_fields(new: NewModel, onnx: Path) -> Fields:
    sha256 = sha256_of(onnx)
    if new.fields.get("sha256", sha256) != sha256:
        raise RefusedModel(f"sha256: the card names {new.fields['sha256']}, and {new.onnx.name} has {sha256}")
    defaults = {"licence": "not stated", "source": new.onnx.name}
    fields = {**defaults, **new.fields, "sha256": sha256}
    if new.labels:
        fields["labels"] = LABELS_FILE
    if new.tree is not None:
        fields |= {"tree": TREE_FILE, "tree_sha256": hashlib.sha256(new.tree).hexdigest()}
    return fields


def _require_fitting_tree(new: NewModel, labels: Sequence[str]) -> None:
    if new.tree is None:
        return
    try:
        parse_hierarchy(new.tree, labels, "tree")
    except ConfigurationError as error:
        raise RefusedModel(str(error)) from None


def _check(fields: Fields) -> ModelCard:
    try:
        return ModelCard.model_validate(fields)
    except ValidationError as error:
        raise RefusedModel(describe_problems(error)) from None


def _tried(card: ModelCard, onnx: Path, labels: Sequence[str], new: NewModel, inspection: Inspection) -> ModelCard:
    """Return the card as one batch confirms it: whether scores are probabilities shows only in their numbers."""
    with tempfile.TemporaryDirectory(prefix="vedette-trial-") as folder:
        ModelRepository(Path(folder)).add(card.name, card.version, _writer(card, onnx, labels, new.tree))
        scores = try_model(Path(folder), card.id, onnx.stat().st_size)
    if scores is None:
        return card
    corrected = _corrected(card, scores, new.fields.get("outputs", {}), inspection)
    if "multi_label" in new.fields or not _stand_for_themselves(corrected, scores, inspection):
        return corrected
    return corrected.model_copy(update={"multi_label": True})


def _stand_for_themselves(card: ModelCard, scores: Scores, inspection: Inspection) -> bool:
    """Whether a classifier's labels do not exclude each other: its probabilities do not come to one."""
    softmaxed = card.scores in inspection.softmaxed or card.calibration is not None
    return card.outputs.probabilities is not None and not scores.sum_to_one and not softmaxed


def _corrected(card: ModelCard, scores: Scores, given: Fields, inspection: Inspection) -> ModelCard:
    if card.outputs.probabilities and not scores.may_be_probabilities:
        raise RefusedModel(
            f"outputs.probabilities: {card.scores} holds values from {scores.least:.3g} to {scores.most:.3g}, "
            "which are none: name it as outputs.logits"
        )
    was_told = "logits" in given or "probabilities" in given
    if was_told or not (scores.sum_to_one and scores.may_be_probabilities) or card.scores in inspection.softmaxed:
        return card
    outputs = card.outputs.model_copy(update={"probabilities": card.scores, "logits": None})
    return card.model_copy(update={"outputs": outputs})


def _writer(card: ModelCard, onnx: Path, labels: Sequence[str], tree: bytes | None) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        shutil.copyfile(onnx, folder / MODEL_FILE)
        if card.labels:
            (folder / card.labels).write_text("\n".join(labels) + "\n", encoding="utf-8")
        if card.tree and tree is not None:
            (folder / card.tree).write_bytes(tree)
        card.write(folder / CARD_FILE)

    return write

"""How sure everything above a model's labels is, and what a caller's filters let through."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.labels.hierarchy import Hierarchy, Node
from processors.labels.shipped import shipped_labels
from processors.labels.tree import MOST_NODES, LabelTree
from schemas.images import LabelOptions

HIERARCHY = Hierarchy(
    (
        Node("animal", categories=("Animals",)),
        Node("dog", ("animal",)),
        Node("pug", ("dog",), aliases=("pug-dog",), id="n02110958"),
        Node("beagle", ("dog",)),
        Node("tabby", ("animal",)),
        Node("vehicle"),
        Node("van", ("vehicle",)),
    )
)
LABELS = ("beagle", "van", "pug", "unknown", "tabby")
TREE = LabelTree(HIERARCHY, LABELS)
SURE = np.array([0.3, 0.1, 0.32, 0.2, 0.08], np.float32)
WHOLE = shipped_labels()
IMAGENET = LabelTree(WHOLE.hierarchy, WHOLE.imagenet)


def told(tree: LabelTree = TREE, least: float = 0.0, **filters: Any) -> dict[str, float]:
    return {node.name: node.confidence for node in tree.nodes(SURE, least, LabelOptions(**filters)) or ()}


def test_what_is_more_general_is_as_sure_as_all_beneath_it() -> None:
    assert told() == pytest.approx(
        {"animal": 0.7, "dog": 0.62, "pug": 0.32, "beagle": 0.3, "vehicle": 0.1, "van": 0.1, "tabby": 0.08}
    )


def test_the_surest_come_first_and_the_more_general_before_what_is_as_sure() -> None:
    assert list(told()) == ["animal", "dog", "pug", "beagle", "vehicle", "van", "tabby"]


def test_of_labels_that_do_not_exclude_each_other_the_surest_counts() -> None:
    independent = told(LabelTree(HIERARCHY, LABELS, exclusive=False))
    assert independent["animal"] == independent["dog"] == independent["pug"] == pytest.approx(0.32)


def test_nodes_below_the_least_confidence_are_left_out() -> None:
    assert list(told(least=0.31)) == ["animal", "dog", "pug"]


def test_a_label_says_what_it_stands_under() -> None:
    label = TREE.label(2, 0.32)
    assert (label.name, label.parents, label.aliases, label.categories) == (
        "pug",
        ("dog", "animal"),
        ("pug-dog",),
        ("Animals",),
    )
    unknown = TREE.label(3, 0.2).model_dump(exclude_none=True)
    assert unknown == {"name": "unknown", "confidence": 0.2}


def test_categories_gather_their_labels() -> None:
    [animals] = TREE.categories(SURE, 0.05) or ()
    assert (animals.name, animals.confidence) == ("Animals", pytest.approx(0.7))


@pytest.mark.parametrize(
    ("filters", "labels", "nodes"),
    [
        ({"include": ["DOG"]}, {"pug", "beagle"}, {"dog", "pug", "beagle"}),
        ({"exclude": ["dog"]}, {"tabby", "van", "unknown"}, {"animal", "tabby", "vehicle", "van"}),
        ({"include": ["animal"], "exclude": ["Pug"]}, {"beagle", "tabby"}, {"animal", "dog", "beagle", "tabby"}),
        ({"include": ["unknown"]}, {"unknown"}, set()),
        ({"include": ["no such name"]}, set(), set()),
    ],
)
def test_a_filter_means_a_name_and_all_beneath_it(filters: Any, labels: set[str], nodes: set[str]) -> None:
    wanted = TREE.wanted(LabelOptions(**filters))
    assert {label for label, is_wanted in zip(LABELS, wanted, strict=True) if is_wanted} == labels
    assert set(told(**filters)) == nodes


def test_categories_leave_out_what_a_filter_leaves_out() -> None:
    [animals] = TREE.categories(SURE, 0.0, LabelOptions(exclude=("dog",))) or ()
    assert animals.confidence == pytest.approx(0.08)


def test_a_model_without_a_hierarchy_tells_none() -> None:
    bare = LabelTree(Hierarchy(()), LABELS)
    assert bare.nodes(SURE, 0.0) is None
    assert bare.categories(SURE, 0.0) is None
    assert bare.label(2, 0.32).parents is None


@given(st.integers(0, 2**32 - 1), st.floats(0.001, 10))
def test_nothing_is_less_sure_than_what_is_beneath_it_and_few_are_told(seed: int, sharpness: float) -> None:
    logits = np.random.default_rng(seed).normal(size=1000).astype(np.float32) * np.float32(sharpness)
    scores = np.exp(logits - logits.max())
    probabilities = scores / scores.sum()
    nodes = IMAGENET.nodes(probabilities, 0.0) or ()
    sure = {node.name: node.confidence for node in nodes}
    assert 0 < len(nodes) <= MOST_NODES
    for name, confidence in sure.items():
        for parent in WHOLE.hierarchy.nodes[name].parents:
            assert sure[parent] >= confidence
    leaves = {node.name: [] for node in nodes}
    for number, label in enumerate(WHOLE.imagenet):
        for name in (label, *WHOLE.hierarchy.ancestors(label)):
            leaves.get(name, []).append(probabilities[number])
    for name, found in leaves.items():
        assert sure[name] == pytest.approx(min(1.0, float(np.sum(found, dtype=np.float64))), abs=2e-6)

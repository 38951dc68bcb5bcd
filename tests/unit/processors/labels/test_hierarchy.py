"""A hierarchy of names: what stands above each, in which categories it is, and what is no hierarchy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.errors import ConfigurationError
from processors.labels.hierarchy import MOST_ANCESTORS, Hierarchy, Node

ANIMAL = Node("animal", categories=("Animals",))
PETS = Hierarchy(
    (
        Node("Chihuahua", ("toy dog",)),
        Node("toy dog", ("dog",)),
        Node("dog", ("pet", "canine")),
        Node("pet", ("animal",), categories=("Pets",)),
        Node("canine", ("animal",)),
        ANIMAL,
    )
)


def test_what_is_more_general_comes_the_nearest_first() -> None:
    assert PETS.ancestors("Chihuahua") == ("toy dog", "dog", "pet", "canine", "animal")
    assert PETS.ancestors("animal") == ()


def test_a_short_way_up_does_not_put_the_most_general_first() -> None:
    short = Hierarchy((Node("tabby", ("animal", "cat")), Node("cat", ("feline",)), Node("feline", ("animal",)), ANIMAL))
    assert short.ancestors("tabby") == ("cat", "feline", "animal")


def test_a_name_is_in_its_own_categories_and_in_those_above_it() -> None:
    assert PETS.categories("Chihuahua") == ("Pets", "Animals")
    assert PETS.categories("canine") == ("Animals",)


def test_parents_stand_before_their_children() -> None:
    order = list(PETS.nodes)
    assert all(order.index(parent) < order.index(node.name) for node in PETS.nodes.values() for parent in node.parents)


@pytest.mark.parametrize(
    ("nodes", "why"),
    [
        ((Node("dog"), Node("dog")), "'dog' is there twice"),
        ((Node("dog", ("animal",)),), "'dog' has the parent 'animal', which has no line of its own"),
        ((Node("a", ("b",)), Node("b", ("c",)), Node("c", ("a",))), "itself: a → b → c → a"),
        ((Node("a", ("a",)),), "itself: a → a"),
    ],
)
def test_what_is_no_hierarchy_is_told(nodes: tuple[Node, ...], why: str) -> None:
    with pytest.raises(ConfigurationError, match=why):
        Hierarchy(nodes)


def test_a_chain_without_end_is_refused() -> None:
    chain = [Node(str(number), (str(number + 1),)) for number in range(5000)]
    with pytest.raises(ConfigurationError, match=f"more than {MOST_ANCESTORS} names above it"):
        Hierarchy([*chain, Node("5000")])


def test_many_ways_up_are_walked_once() -> None:
    """Two to the power of sixty ways lead from the lowest to the highest."""
    layers = [
        Node(f"{side}{level}", (f"a{level + 1}", f"b{level + 1}") if level < 30 else ())
        for level in range(31)
        for side in "ab"
    ]
    assert len(Hierarchy(layers).ancestors("a0")) == 60


@given(st.lists(st.sets(st.integers(0, 30), max_size=3), max_size=31))
def test_ancestors_are_what_parents_reach(parents: list[set[int]]) -> None:
    lower = [{one for one in above if one < number} for number, above in enumerate(parents)]
    hierarchy = Hierarchy([Node(str(n), tuple(map(str, sorted(above)))) for n, above in enumerate(lower)])
    reached: list[set[int]] = []
    for above in lower:
        reached.append(above.union(*(reached[one] for one in above)))
    assert [set(map(int, hierarchy.ancestors(str(n)))) for n in range(len(lower))] == reached
    for name in hierarchy.nodes:
        line = (name, *hierarchy.ancestors(name))
        for place, one in enumerate(line):
            assert set(hierarchy.nodes[one].parents) <= set(line[place + 1 :])

"""A hierarchy of names: from each to everything more general, whether it comes with Vedette or with a model."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from infra.errors import ConfigurationError

# WordNet's deepest noun has 18 above it; each label carries the names of all of its own.
MOST_ANCESTORS = 64


@dataclass(frozen=True, slots=True)
class Node:
    """One name, the names of its parents, and what its own line says beside them."""

    name: str
    parents: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    id: str | None = None


class Hierarchy:
    """Nodes by their names, in an order in which parents stand before their children."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        """Raises ``ConfigurationError`` where a name is there twice, a parent is not, or one is its own ancestor."""
        self.nodes: Mapping[str, Node] = {node.name: node for node in _in_order(nodes)}

    def ancestors(self, name: str) -> tuple[str, ...]:
        """Return everything more general than ``name``, the nearest first, and nothing before what is beneath it."""
        furthest: dict[str, int] = {}
        level, distance = self.nodes[name].parents, 1
        while level:
            # What is reached again, on a longer way, stands further off.
            furthest |= dict.fromkeys(level, distance)
            level = tuple(dict.fromkeys(parent for one in level for parent in self.nodes[one].parents))
            distance += 1
        return tuple(sorted(furthest, key=furthest.__getitem__))

    def categories(self, name: str) -> tuple[str, ...]:
        """Return the categories of a name: its own, and those of everything more general."""
        return self._categories[name]

    @cached_property
    def _categories(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for node in self.nodes.values():
            inherited = (category for parent in node.parents for category in found[parent])
            found[node.name] = tuple(dict.fromkeys((*node.categories, *inherited)))
        return found


def _in_order(nodes: Sequence[Node]) -> Iterator[Node]:
    """Yield parents before children, and otherwise in the order given."""
    by_name: dict[str, Node] = {}
    for node in nodes:
        if node.name in by_name:
            raise ConfigurationError(f"{node.name!r} is there twice")
        by_name[node.name] = node
    done: set[str] = set()
    for node in nodes:
        yield from _with_parents(node, by_name, done, ())


def _with_parents(node: Node, by_name: Mapping[str, Node], done: set[str], below: tuple[str, ...]) -> Iterator[Node]:
    if node.name in done:
        return
    way = (*below, node.name)
    if len(way) > MOST_ANCESTORS + 1:
        raise ConfigurationError(f"{way[0]!r} has more than {MOST_ANCESTORS} names above it")
    for parent in node.parents:
        if parent in way:
            circle = " → ".join((*way[way.index(parent) :], parent))
            raise ConfigurationError(f"{parent!r} would be more general than itself: {circle}")
        if parent not in by_name:
            raise ConfigurationError(f"{node.name!r} has the parent {parent!r}, which has no line of its own")
        yield from _with_parents(by_name[parent], by_name, done, way)
    done.add(node.name)
    yield node

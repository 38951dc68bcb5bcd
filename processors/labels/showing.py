"""The hierarchy as people read it."""

from collections.abc import Iterator

from infra.errors import NotFound
from processors.labels.hierarchy import Hierarchy
from processors.labels.shipped import shipped_labels


def describe(name: str) -> str:
    """Return lines about a name, its parents and its children; raises ``NotFound``."""
    hierarchy = shipped_labels().hierarchy
    folded = name.casefold()
    for node in hierarchy.nodes.values():
        if folded in (node.name.casefold(), node.id):
            return "".join(f"{line}\n" for line in _lines(hierarchy, node.name))
    others = [node.name for node in hierarchy.nodes.values() if folded in map(str.casefold, node.aliases)]
    told = f": do you mean {' or '.join(others)}?" if others else ""
    raise NotFound(f"no label is called {name!r}{told}")


def _lines(hierarchy: Hierarchy, name: str) -> Iterator[str]:
    node = hierarchy.nodes[name]
    yield f"{node.name} ({node.id})"
    yield f"  also called: {', '.join(node.aliases) or 'nothing else'}"
    yield f"  categories: {', '.join(hierarchy.categories(name)) or 'none'}"
    yield f"  above it: {', '.join(hierarchy.ancestors(name)) or 'nothing'}"
    children = [one.name for one in hierarchy.nodes.values() if name in one.parents]
    yield f"  directly beneath it: {', '.join(children) or 'nothing'}"

"""Which hierarchy a model's labels stand in: its own, the one that comes with Vedette, or none."""

from processors.labels.custom import parse_hierarchy
from processors.labels.hierarchy import Hierarchy
from processors.labels.shipped import shipped_labels
from processors.labels.tree import LabelTree
from processors.models.repository.repository import ModelFiles

NOTHING = Hierarchy(())


def tree_of(files: ModelFiles) -> LabelTree:
    """Return the tree of a model's labels; raises ``ConfigurationError`` where its own does not fit them."""
    card = files.card
    exclusive = card.task == "classification" and not card.multi_label
    if files.tree is not None:
        own = parse_hierarchy(files.tree, files.labels, f"{card.id}: {card.tree}")
        return LabelTree(own, files.labels, exclusive=exclusive)
    return known_tree(files.labels, exclusive=exclusive)


def known_tree(labels: tuple[str, ...], *, exclusive: bool) -> LabelTree:
    """Return the tree above labels that Vedette knows, and one of nothing above others."""
    shipped = shipped_labels()
    nodes = shipped.nodes_of(labels)
    if nodes is None:
        return LabelTree(NOTHING, labels, exclusive=exclusive)
    return LabelTree(shipped.hierarchy, labels, nodes, exclusive=exclusive)

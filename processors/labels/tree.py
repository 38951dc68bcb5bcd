"""A model's labels in a hierarchy: how sure everything more general is, and which of it is wanted."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from processors.labels.hierarchy import Hierarchy
from schemas.answers import Category, Label, TreeNode
from schemas.images import DEFAULT_OPTIONS, LabelOptions, ObjectOptions

CONFIDENCE_DIGITS = 6
UNITS = 1e12
# Of what rounds to nothing, nothing is told.
LEAST = 10**-CONFIDENCE_DIGITS
# A picture that a model is unsure of has a little of everything: what is surest is told.
MOST_NODES = 32

NO_FILTERS = DEFAULT_OPTIONS.labels

Filters = LabelOptions | ObjectOptions
Vector = npt.NDArray[Any]


class LabelTree:
    """The part of a hierarchy that lies above a model's labels; a hierarchy of nothing leaves them as they are."""

    def __init__(
        self,
        hierarchy: Hierarchy,
        labels: Sequence[str],
        nodes: Mapping[str, str] | None = None,
        *,
        exclusive: bool = True,
    ) -> None:
        """``nodes`` has the labels' names in the hierarchy; without it they are called the same there.

        Where labels are ``exclusive``, what is more general is as sure as all of them together, and else as the surest.
        """
        self._hierarchy = hierarchy
        self.labels = tuple(labels)
        self._nodes = {label: label for label in labels if label in hierarchy.nodes} if nodes is None else nodes
        self._lines = [self._line(label) for label in labels]
        self._above = _Members(hierarchy.nodes, self._lines)
        self._grouped = _Members((), [self._categories(label) for label in labels])
        self._add = np.add if exclusive else np.maximum

    def node_of(self, label: str) -> str:
        """Return what the hierarchy calls a label of the model."""
        return self._nodes.get(label, label)

    def number_of(self, label: str) -> int | None:
        """Return the number of a label of the model; ``None`` where it has none such."""
        return self._numbers.get(label)

    def label(self, number: int, confidence: float) -> Label:
        """Return a label with its place in the hierarchy."""
        name, line = self.labels[number], self._lines[number]
        return Label(
            name=name,
            confidence=confidence,
            parents=line[1:] or None,
            aliases=(self._hierarchy.nodes[line[0]].aliases or None) if line else None,
            categories=self._categories(name) or None,
        )

    def nodes(self, probabilities: Vector, least: float, filters: Filters = NO_FILTERS) -> tuple[TreeNode, ...] | None:
        """Return the nodes of at least this confidence, the surest first and the more general before what is less.

        ``None`` where there is none. Of what a caller's filters name, all that is beneath it is meant.
        """
        told = self._above.surest(probabilities, self._add, least)
        if filters.include or filters.exclude:
            told = [one for one in told if self._lets_through(filters, one[0])]
        found = (
            TreeNode(name=name, confidence=confidence, id=self._hierarchy.nodes[name].id)
            for name, confidence in told[:MOST_NODES]
        )
        return tuple(found) or None

    def categories(
        self, probabilities: Vector, least: float, filters: Filters = NO_FILTERS
    ) -> tuple[Category, ...] | None:
        """Return the categories of at least this confidence, the surest first; ``None`` where there is none.

        Labels that a caller's filters leave out add nothing to them.
        """
        if filters.include or filters.exclude:
            probabilities = probabilities * self.wanted(filters)
        told = self._grouped.surest(probabilities, self._add, least)
        return tuple(Category(name=name, confidence=confidence) for name, confidence in told) or None

    def wanted(self, filters: Filters) -> Vector:
        """Return for each label whether a caller's filters let it through: a name is meant with all beneath it."""
        kept = np.full(len(self.labels), not filters.include)
        for name in filters.include:
            kept[self._beneath.get(name.casefold(), [])] = True
        for name in filters.exclude:
            kept[self._beneath.get(name.casefold(), [])] = False
        return kept

    def _lets_through(self, filters: Filters, node: str) -> bool:
        line = {name.casefold() for name in (node, *self._hierarchy.ancestors(node))}
        if any(name.casefold() in line for name in filters.exclude):
            return False
        return not filters.include or any(name.casefold() in line for name in filters.include)

    @cached_property
    def _numbers(self) -> Mapping[str, int]:
        return {label: number for number, label in enumerate(self.labels)}

    @cached_property
    def _beneath(self) -> Mapping[str, list[int]]:
        """The labels beneath each name and of that name, without regard to case."""
        found: dict[str, list[int]] = {}
        for number, (label, line) in enumerate(zip(self.labels, self._lines, strict=True)):
            for name in {one.casefold() for one in (label, *line)}:
                found.setdefault(name, []).append(number)
        return found

    def _line(self, label: str) -> tuple[str, ...]:
        node = self._nodes.get(label)
        return () if node is None else (node, *self._hierarchy.ancestors(node))

    def _categories(self, label: str) -> tuple[str, ...]:
        node = self._nodes.get(label)
        return () if node is None else self._hierarchy.categories(node)


class _Members:
    """Groups of labels, each by its name: which labels are beneath it."""

    def __init__(self, order: Iterable[str], groups_of: Sequence[Sequence[str]]) -> None:
        """``groups_of`` names the groups of each label; they stand in this ``order``, and then as they come."""
        members: dict[str, list[int]] = {name: [] for name in order}
        for number, groups in enumerate(groups_of):
            for name in groups:
                members.setdefault(name, []).append(number)
        used = {name: numbers for name, numbers in members.items() if numbers}
        self.names = tuple(used)
        sizes = [len(numbers) for numbers in used.values()]
        self._labels = np.array([number for numbers in used.values() for number in numbers], np.intp)
        self._starts = np.cumsum([0, *sizes[:-1]], dtype=np.intp) if sizes else np.array([], np.intp)

    def surest(self, probabilities: Vector, add: np.ufunc, least: float) -> list[tuple[str, float]]:
        """Return each group that is at least this sure, and how sure, by what its labels come to together."""
        if not self.names:
            return []
        # Whole numbers: in whatever order they are added, a group is never less sure than one within it.
        units = np.rint(probabilities.astype(np.float64) * UNITS).astype(np.int64)
        sure = add.reduceat(units[self._labels], self._starts)
        told = np.flatnonzero(sure >= max(least, LEAST) * UNITS)
        surest_first = told[np.argsort(-sure[told], kind="stable")]
        confidences = np.round(np.minimum(sure[surest_first] / UNITS, 1.0), CONFIDENCE_DIGITS)
        return [(self.names[at], one) for at, one in zip(surest_first.tolist(), confidences.tolist(), strict=True)]


def rounded_confidence(probability: float) -> float:
    """Rounding inside a model may leave 0 to 1 by a hair."""
    return round(min(1.0, max(0.0, float(probability))), CONFIDENCE_DIGITS)

"""A classifier's confidences into categories of two levels: what may be unfit to be shown."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from processors.models.moderation_card import CardModeration
from processors.models.runtime.session import Tensor
from processors.models.tasks.answers import moderation_answer
from schemas.answers import ModerationAnswer
from schemas.images import ModerationOptions


class UnknownClass(ValueError):
    """The card names a class that the model does not have."""


@dataclass(frozen=True, slots=True)
class Category:
    """One category: which of the model's classes count for it, and from which confidence on it is told."""

    name: str
    parent: str | None
    classes: Tensor
    least: float


class Moderator:
    """Reads the confidences of one classifier as its card says."""

    def __init__(self, rules: CardModeration, labels: Sequence[str], *, multi_label: bool) -> None:
        """Raises ``UnknownClass``."""
        self._combine = np.max if multi_label else np.sum
        self._categories = [*_upper(rules, labels), *_lower(rules, labels)]

    def judge(self, model: str, probabilities: Tensor, options: ModerationOptions, floor: float) -> ModerationAnswer:
        """Return the categories that reach their thresholds, or that of the caller, but never one below ``floor``.

        With a category the one above it is told as well.
        """
        confidences = {one.name: float(self._combine(probabilities[one.classes])) for one in self._categories}
        told = [one for one in self._categories if confidences[one.name] >= max(floor, _least(one, options))]
        shown = {name for one in told for name in (one.name, one.parent)}
        # Of equals the upper one comes first, as it does among the categories.
        rows = [(one.name, one.parent, confidences[one.name]) for one in self._categories if one.name in shown]
        return moderation_answer(model, sorted(rows, key=lambda row: -row[2]))


def _least(category: Category, options: ModerationOptions) -> float:
    return category.least if options.min_confidence is None else options.min_confidence


def _upper(rules: CardModeration, labels: Sequence[str]) -> Iterator[Category]:
    """Yield the categories that have none above them, each with the classes of those beneath it."""
    own = {one.name: one for one in rules.categories if one.parent is None}
    names = dict.fromkeys(one.parent or one.name for one in rules.categories)
    for name in names:
        least = own[name].min_confidence if name in own else None
        classes = [label for one in rules.categories if name in (one.name, one.parent) for label in one.classes]
        yield Category(name, None, _numbers(classes, labels), rules.min_confidence if least is None else least)


def _lower(rules: CardModeration, labels: Sequence[str]) -> Iterator[Category]:
    for one in rules.categories:
        if one.parent is not None:
            least = rules.min_confidence if one.min_confidence is None else one.min_confidence
            yield Category(one.name, one.parent, _numbers(one.classes, labels), least)


def _numbers(classes: Sequence[str], labels: Sequence[str]) -> Tensor:
    if unknown := [one for one in classes if one not in labels]:
        raise UnknownClass(f"moderation.categories: the class {unknown[0]} is none of its labels")
    return np.flatnonzero([label in classes for label in labels])

"""The part of a card that says what a classifier's classes mean for moderation: a taxonomy of two levels."""

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator

from schemas.images import Frozen

CategoryName = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^\S(.*\S)?$")]
Threshold = Annotated[float, Field(ge=0, le=1)]


class CardCategory(Frozen):
    """One category, the classes that stand for it, and the category above it, if there is one."""

    # A threshold that is misspelt would let through what it was to hold back.
    model_config = ConfigDict(extra="forbid")

    name: CategoryName
    parent: CategoryName | None = Field(default=None, description="The category above it.")
    classes: tuple[str, ...] = Field(min_length=1, description="Labels of the model that stand for it.")
    min_confidence: Threshold | None = Field(default=None, description="From which confidence on it is told.")


class CardModeration(Frozen):
    """Which categories a classifier tells. Classes in none of them stand for what is fit to be shown.

    A category's confidence is the sum of its classes' confidences, or the highest of them where the card says
    ``multi_label``. That of a category above others counts their classes as well.
    """

    model_config = ConfigDict(extra="forbid")

    categories: tuple[CardCategory, ...] = Field(min_length=1)
    min_confidence: Threshold = Field(
        default=0.5, description="From which confidence on a category is told that has no threshold of its own."
    )

    @model_validator(mode="after")
    def _has_two_levels(self) -> Self:
        names = [category.name for category in self.categories]
        parents = {category.parent for category in self.categories if category.parent is not None}
        if repeated := _repeated([name.casefold() for name in names]):
            raise ValueError(f"categories: {repeated} stands there twice")
        if repeated := _repeated([name.casefold() for name in {*names, *parents}]):
            raise ValueError(f"categories: {repeated} is written in two ways")
        if repeated := _repeated([one for category in self.categories for one in category.classes]):
            raise ValueError(f"categories: the class {repeated} stands for two of them")
        for category in self.categories:
            if category.parent is not None and category.name in parents:
                raise ValueError(
                    f"categories: {category.name} has a parent and is one: the taxonomy has two levels and no more"
                )
        return self


def _repeated(names: Sequence[str]) -> str | None:
    return next((name for name, count in Counter(names).items() if count > 1), None)

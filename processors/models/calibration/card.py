"""The part of a card that says what a classifier's confidence means, as ``vedette models calibrate`` finds it."""

from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator

from schemas.images import Frozen

Positive = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]


class CardCalibration(Frozen):
    """How a classifier's confidence was made to mean what it says: see ``vedette models calibrate``."""

    temperature: Positive = Field(description="What the scores are divided by before they become probabilities.")
    pictures: int = Field(ge=1, description="How many labelled pictures it was fitted on.")
    error_before: Share = Field(description="The expected calibration error without it.")
    error_after: Share = Field(description="The same with it, on pictures that it was not fitted on.")


class CardKnown(Frozen):
    """How pictures of none of a classifier's classes are told: see ``vedette models calibrate``."""

    pictures: int = Field(ge=1, description="How many pictures of known classes it was fitted on.")
    quantiles: tuple[tuple[Share, float], ...] = Field(
        min_length=2, description="Shares of these pictures, from 0 to 1, and the score that so many of them are below."
    )

    @model_validator(mode="after")
    def _ascends(self) -> Self:
        shares, scores = zip(*self.quantiles, strict=True)
        if (shares[0], shares[-1]) != (0, 1) or any(low >= high for low, high in pairwise(shares)):
            raise ValueError("quantiles: shares ascend from 0 to 1")
        if any(low > high for low, high in pairwise(scores)):
            raise ValueError("quantiles: of a greater share the score is not lower")
        return self

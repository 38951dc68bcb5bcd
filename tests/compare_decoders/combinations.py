"""What is compared: a picture, how it should look, and how far two decoders may differ over it."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.compare_decoders.subject import Levels


@dataclass(frozen=True, slots=True)
class Tolerance:
    """Of 255 levels: how far the most differing pixel, and all on average, may be from one another."""

    most: float
    mean: float


# Both decoders keep every bit: what rounding alone may do.
EXACT = Tolerance(1, 0.55)
# Alpha is laid on white in whole levels by one and in real numbers by the other.
BLENDED = Tolerance(2, 1)
# Profiles go through two colour engines' settings, and are applied before and after rounding.
MANAGED = Tolerance(6, 1.5)
# As well, and of 16 bits one keeps 8 before: in the dark, where curves are steep, that shows.
MANAGED_16 = Tolerance(20, 1.5)
# The same codec, colours put together again by other arithmetic.
SUBSAMPLED = Tolerance(3, 1)
# A codec that loses a little, held against what was written.
LOSSY = Tolerance(12, 2)
# Colours kept at half the size, which decoders spread over the picture differently, and seen through a profile.
SPREAD, MANAGED_SPREAD = Tolerance(24, 3), Tolerance(64, 3)
# Colours outside sRGB are cut off differently.
LAB_COLOURS = Tolerance(12, 2)


@dataclass(frozen=True, slots=True)
class Combination:
    """One file; ``meant`` is what it shows by its writer's own arithmetic, where no codec lost any of it.

    ``independent`` returns what another decoder makes of the file; without one, the writer's arithmetic decides.
    ``refused`` tells that it is a kind that may be refused with a reason.
    """

    kind: str
    variant: str
    data: bytes
    tolerance: Tolerance
    meant: Levels | None = None
    independent: Callable[[bytes], Levels] | None = None

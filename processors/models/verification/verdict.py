"""What a verification found: a row a comparison, and whether the model may count."""

from pydantic import AwareDatetime, Field

from schemas.images import Frozen
from schemas.records.pipelines import ParitySummary
from schemas.results import VersionedName

FILE = "verification.json"


class RunComparison(Frozen):
    """A model run in two ways on the same pictures; what a model does not answer is ``None``."""

    what: str
    pictures: int = Field(ge=1)
    agreement: float = Field(ge=0, le=1, description="Share of pictures with the same label, objects or words.")
    confidence: float | None = Field(default=None, description="The most that one confidence differed.")
    cosine: float | None = Field(default=None, description="The least likeness of a picture's two embeddings.")
    passed: bool


class Verdict(Frozen):
    """One verification of one model file."""

    model: VersionedName
    sha256: str
    verified_at: AwareDatetime
    pictures: int
    unreadable: int = 0
    comparisons: tuple[RunComparison, ...]
    left_out: tuple[str, ...] = Field(default=(), description="Comparisons that could not be made here, and why.")

    @property
    def passed(self) -> bool:
        return all(comparison.passed for comparison in self.comparisons)

    @property
    def summary(self) -> ParitySummary:
        """What a promotion keeps of it."""
        told = self.model_dump(include={"model", "sha256", "pictures", "verified_at"})
        return ParitySummary(**told, passed=self.passed)

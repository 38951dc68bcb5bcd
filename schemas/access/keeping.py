"""How long a workspace keeps what."""

from datetime import datetime, timedelta

from pydantic import ConfigDict, Field

from schemas.features import Frozen

MOST_DAYS = 36_500


class KeepingTimes(Frozen):
    """How many days a workspace keeps what. Absent: for ever."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"results_days": 365}]})

    results_days: int | None = Field(
        default=None,
        ge=1,
        le=MOST_DAYS,
        description="The days for which images that were recognised are kept, with all results, from their newest "
        "reference on.",
    )
    pictures_days: int | None = Field(
        default=None, ge=1, le=MOST_DAYS, description="The days for which uploaded pictures are kept."
    )
    references_days: int | None = Field(
        default=None,
        ge=1,
        le=MOST_DAYS,
        description="The days for which images without a result are kept, from their newest reference on.",
    )

    @property
    def is_set(self) -> bool:
        """Whether anything is removed at all."""
        return any(days is not None for days in (self.results_days, self.pictures_days, self.references_days))

    @property
    def told(self) -> str:
        """Say it in a few words."""
        days = {"results": self.results_days, "pictures": self.pictures_days, "references": self.references_days}
        return ", ".join(f"{what} {'for ever' if each is None else f'{each} days'}" for what, each in days.items())

    def updated(self, changes: "KeepingTimes") -> "KeepingTimes":
        """Return these times with those of ``changes`` that were given."""
        return self.model_copy(update=changes.model_dump(include=changes.model_fields_set))


class Removed(Frozen):
    """What one run of retention removed in one workspace."""

    results: int = Field(default=0, description="The number of recognised images that were deleted.")
    references: int = Field(default=0, description="The number of images without a result that were deleted.")
    pictures: int = Field(default=0, description="The number of uploaded pictures that were deleted.")


class RetentionRun(Frozen):
    """The last run of retention in one workspace."""

    began_at: datetime
    ended_at: datetime | None = Field(default=None, description="Absent while it runs, or if it was interrupted.")
    removed: Removed = Removed()


def before(now: datetime, days: int | None) -> datetime | None:
    """Return since when something must be older to be removed; None where it never is."""
    return None if days is None else now - timedelta(days=days)

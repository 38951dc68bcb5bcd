"""Pipelines: named, immutable, versioned sets of models, one for each feature that they answer."""

from collections.abc import Mapping

from pydantic import Field

from schemas.images import Feature, Frozen
from schemas.results import VersionedName


class Pipeline(Frozen):
    """Which model answers which feature; an algorithm that needs no model has a name and a version like one."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")
    version: int = Field(ge=1)
    models: Mapping[Feature, VersionedName]

    @property
    def id(self) -> VersionedName:
        """``name@version``, as results carry it."""
        return f"{self.name}@{self.version}"


DEFAULT_PIPELINE = Pipeline(
    name="standard",
    version=2,
    models={
        Feature.LABELS: "lite0@1",
        Feature.EMBEDDING: "lite0@1",
        Feature.PROPERTIES: "properties@1",
        Feature.HASH: "phash@1",
    },
)

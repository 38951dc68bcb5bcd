"""Pipelines: named, immutable, versioned sets of models, one for each feature that they answer."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from pydantic import AwareDatetime, Field

from schemas.images import MAX_NAME_CHARACTERS, Feature, Frozen
from schemas.results import VersionedName

STANDARD = "standard"


class PipelineSpec(Frozen):
    """A named and numbered set of models, one for each feature.

    Algorithms that need no model are listed like models.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")
    version: int = Field(ge=1, lt=10**9)
    models: Mapping[Feature, VersionedName] = Field(min_length=1)

    @property
    def id(self) -> VersionedName:
        """``name@version``, as results carry it."""
        return f"{self.name}@{self.version}"


STANDARD_2 = PipelineSpec(
    name=STANDARD,
    version=2,
    models={
        Feature.LABELS: "lite0@1",
        Feature.EMBEDDING: "lite0@1",
        Feature.PROPERTIES: "properties@1",
        Feature.HASH: "phash@1",
    },
)
STANDARD_3 = PipelineSpec(
    name=STANDARD,
    version=3,
    models={
        # The same graph, which runs once for both: that of the labels is calibrated, and under the name of the other
        # new embeddings stay comparable with those that are stored.
        Feature.LABELS: "lite0@2",
        Feature.OBJECTS: "nanodet@2",
        Feature.TEXT: "ppocr@1",
        Feature.EMBEDDING: "lite0@1",
        Feature.PROPERTIES: "properties@1",
        Feature.HASH: "phash@1",
        # Answered only where a reference or its workspace's default asks for them.
        Feature.FACES: "blazeface@1",
        Feature.MODERATION: "nsfw@1",
    },
)
# What counts where nothing was ever promoted: `vedette migrate` promotes the one before in installations that had it.
DEFAULT_PIPELINE = STANDARD_3
# Pipelines that every installation knows without anyone having created them; their name is reserved.
STANDARD_PIPELINES: Mapping[VersionedName, PipelineSpec] = {one.id: one for one in (STANDARD_2, STANDARD_3)}


# What workers compute by themselves: no repository holds these, and there is nothing about them to be verified.
BUILT_IN_MODELS = frozenset({"properties@1", "phash@1", "ppocr@1"})


class ParitySummary(Frozen):
    """The result of a model's verification, as recorded when the model was promoted."""

    model: VersionedName
    sha256: str
    pictures: int
    passed: bool
    verified_at: AwareDatetime


class Action(StrEnum):
    """How a pipeline became the promoted one."""

    PROMOTE = "promote"
    ROLLBACK = "rollback"


class Promotion(Frozen):
    """One promotion or rollback: which pipeline, when, by whom, and how its models had been verified."""

    number: int = Field(ge=1)
    pipeline: VersionedName
    action: Action
    replaced: VersionedName
    by: str = Field(min_length=1, max_length=MAX_NAME_CHARACTERS)
    at: AwareDatetime
    parity: tuple[ParitySummary, ...] = ()


def split_id(pipeline_id: VersionedName) -> tuple[str, int]:
    """Return name and version of a pipeline or model."""
    name, _, version = pipeline_id.rpartition("@")
    return name, int(version)


def pipeline_beneath(history: Sequence[Promotion]) -> VersionedName | None:
    """Return the pipeline that a rollback leads to, ``history`` being in order; ``None`` where there is none.

    Every promotion lies on the one before, and a rollback takes one off: to roll back twice leads two back, and not
    forth again.
    """
    lying = [history[0].replaced] if history else []
    for promotion in history:
        if promotion.action is Action.PROMOTE:
            lying.append(promotion.pipeline)
        else:
            lying.pop()
    return lying[-2] if len(lying) > 1 else None

"""What changes from one pipeline to another: their answers to the same pictures, held against each other."""

import heapq
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pydantic import Field

from infra.cassandra.images.scan import StoredAnswers
from schemas.answers import Label, LabelsAnswer
from schemas.images import Frozen, ImageId, Owner
from schemas.messages.replays import History
from schemas.results import RecognitionResult, VersionedName

MOST_LABELS_TOLD = 20


class AnswerScan(Protocol):
    """Where answers are read."""

    def images(self, after: int | None = None) -> AsyncGenerator[StoredAnswers, None]: ...


class LabelCount(Frozen):
    """A label, and of how many pictures it was gained or lost."""

    name: str
    pictures: int


class DifferentPicture(Frozen):
    """A picture that both have answered, with the best label of each; ``difference`` is 0 where they agree wholly.

    It is the sum over all labels of how far their confidences are apart, a label that is not there having none.
    """

    owner: Owner
    image_id: ImageId
    uri: str
    old: Label | None
    new: Label | None
    difference: float


class PipelineDiff(Frozen):
    """What changes from ``old`` to ``new``, in labels."""

    old: VersionedName
    new: VersionedName
    history: History
    compared: int = Field(description="Pictures to which both have given labels.")
    only_old: int = Field(description="Images that only the old one has answered.")
    only_new: int = Field(description="Images that only the new one has answered.")
    other_picture: int = Field(description="Images whose picture was another when the other one answered.")
    without_labels: int = Field(description="Pictures for which one of them has no answer to labels.")
    flipped: int = Field(description="Pictures whose best label is another.")
    agreement: float | None = Field(description="The share of pictures whose best label is the same.")
    confidence_change: float | None = Field(description="Mean of the best label's new confidence less the old one.")
    gained: int = Field(description="Labels that only the new one gave, over all pictures.")
    lost: int = Field(description="Labels that only the old one gave, over all pictures.")
    most_gained: tuple[LabelCount, ...]
    most_lost: tuple[LabelCount, ...]
    most_different: tuple[DifferentPicture, ...]


@dataclass
class PipelineComparison:
    """Counts pictures as they come; keeps the ``most_told`` that differ most, and one count for each label's name."""

    most_told: int
    compared: int = 0
    only_old: int = 0
    only_new: int = 0
    other_picture: int = 0
    without_labels: int = 0
    flipped: int = 0
    confidence_change: float = 0.0
    gained: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    _different: list[tuple[float, str, DifferentPicture]] = field(default_factory=list)

    def add(self, old: RecognitionResult | None, new: RecognitionResult | None) -> None:
        """Count one image; None stands for no answer."""
        if old is None or new is None:
            self.only_old += old is not None
            self.only_new += new is not None
        elif old.image.sha256 != new.image.sha256:
            self.other_picture += 1
        else:
            self._compare(new, old.features.labels, new.features.labels)

    def _compare(self, result: RecognitionResult, old: object, new: object) -> None:
        if not isinstance(old, LabelsAnswer) or not isinstance(new, LabelsAnswer):
            self.without_labels += 1
            return
        self.compared += 1
        best_old, best_new = _best(old.labels), _best(new.labels)
        self.flipped += _name(best_old) != _name(best_new)
        self.confidence_change += _confidence(best_new) - _confidence(best_old)
        before = {label.name: label.confidence for label in old.labels}
        after = {label.name: label.confidence for label in new.labels}
        self.gained.update(after.keys() - before.keys())
        self.lost.update(before.keys() - after.keys())
        apart = sum(abs(after.get(name, 0.0) - before.get(name, 0.0)) for name in before.keys() | after.keys())
        self._remember(result, best_old, best_new, apart)

    def _remember(self, result: RecognitionResult, old: Label | None, new: Label | None, apart: float) -> None:
        picture = DifferentPicture(
            owner=result.owner, image_id=result.image_id, uri=result.uri, old=old, new=new, difference=round(apart, 4)
        )
        # The key breaks ties: pictures themselves have no order.
        heapq.heappush(self._different, (apart, result.image_key, picture))
        if len(self._different) > self.most_told:
            heapq.heappop(self._different)

    def most_different(self) -> tuple[DifferentPicture, ...]:
        """Return the pictures that differ most, the most different first; those that are the same are left out."""
        return tuple(picture for apart, _, picture in sorted(self._different, reverse=True) if apart > 0)


async def compare_pipelines(
    scan: AnswerScan, old: VersionedName, new: VersionedName, history: History, most_told: int
) -> PipelineDiff:
    """Read all answers once, and hold those of ``old`` and ``new`` against each other; memory stays bounded."""
    comparison = PipelineComparison(most_told)
    async for image in scan.images():
        answers = [_meant(image.of(pipeline), history) for pipeline in (old, new)]
        comparison.add(*answers)
    total = comparison.compared
    return PipelineDiff(
        old=old,
        new=new,
        history=history,
        compared=total,
        only_old=comparison.only_old,
        only_new=comparison.only_new,
        other_picture=comparison.other_picture,
        without_labels=comparison.without_labels,
        flipped=comparison.flipped,
        agreement=1 - comparison.flipped / total if total else None,
        confidence_change=comparison.confidence_change / total if total else None,
        gained=comparison.gained.total(),
        lost=comparison.lost.total(),
        most_gained=_most(comparison.gained),
        most_lost=_most(comparison.lost),
        most_different=comparison.most_different(),
    )


def _meant(result: RecognitionResult | None, history: History) -> RecognitionResult | None:
    return result if result is not None and history.holds(result) else None


def _most(names: Counter[str]) -> tuple[LabelCount, ...]:
    return tuple(LabelCount(name=name, pictures=count) for name, count in names.most_common(MOST_LABELS_TOLD))


def _best(labels: Sequence[Label]) -> Label | None:
    return max(labels, key=lambda label: label.confidence, default=None)


def _name(label: Label | None) -> str | None:
    return None if label is None else label.name


def _confidence(label: Label | None) -> float:
    return 0.0 if label is None else label.confidence

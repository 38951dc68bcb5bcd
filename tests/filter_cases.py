"""Results and questions about them, made by chance: what the index finds and a single document tells must agree."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from schemas.answers import (
    Box,
    Category,
    DetectedObject,
    Face,
    FacesAnswer,
    FeatureAnswers,
    Label,
    LabelsAnswer,
    ModerationAnswer,
    ModerationCategory,
    ObjectsAnswer,
    TreeNode,
)
from schemas.dead_letters import Reason, Rejection
from schemas.queries import ResultQuery
from schemas.results import ImageFacts, RecognitionResult
from tests import samples

BOX = Box(left=0, top=0, width=1, height=1)
PLAIN_NAMES = ("dog", "Dog", "DOG", "cat", "Egyptian cat", "coffee mug", "a.b", "x*", "?")
# Case is folded differently by each who folds it, and what is too long is not found at all.
ODD_NAMES = (
    "Égypte",
    "égypte",
    "straße",
    "STRASSE",
    "\u212a",
    "k",
    "İ",
    "\u017f",
    "s",
    "犬",
    "🐕",
    "n" * 257,
    "🐕" * 129,
    "🐕" * 128,
)
PLAIN_CONFIDENCES = (0.0, 0.1, 0.3, 0.5, 0.6, 0.75, 0.9, 1.0)
ODD_CONFIDENCES = (0.1 + 0.2, 0.49999999, 0.8999999999, 0.79999995, 0.123456, 0.1234564, 0.1234566, 1e-9)
PIPELINES = ("standard@1", "standard@2")
CAMERAS = ("Apple iPhone 12", "APPLE IPHONE 12", "Kodak", "É-1")
TAKEN = ("2024-05-01T12:30:00+02:00", "2024-05-01T12:30:00", "2024-05-01T10:30:00.123456", "1950-01-01T00:00:00.0005")
TAKEN_ASKED = ("2024-05-01T10:30:00+00:00", "2024-05-01T12:30:00+00:00", "1950-01-01T00:00:00+00:00")
MOST_ASKED = 200
METADATA = (
    {"sku": "A-17"},
    {"sku": "a-17"},
    {"a.b": "x"},
    {"lot": 3, "new": True},
    {"long": "m" * 1024},
    {"f": 0.5},
    {},
)


@dataclass
class Cases:
    """Makes results and questions; ``names`` and ``confidences`` are those that both are made of."""

    random: Random
    names: Sequence[str] = PLAIN_NAMES
    confidences: Sequence[float] = PLAIN_CONFIDENCES

    @classmethod
    def odd(cls, random: Random) -> "Cases":
        """Return cases with what only Elasticsearch itself can judge."""
        return cls(random, PLAIN_NAMES + ODD_NAMES, PLAIN_CONFIDENCES + ODD_CONFIDENCES)

    def result(self, owner: str, number: int) -> RecognitionResult:
        stood = samples.origin(self.random.choice((0, 1.0005, 60, 3600)) + number / 1000)
        notes: dict[str, Any] = {}
        if self._maybe():
            notes["taken_at"] = self.random.choice(TAKEN)
        if self._maybe():
            notes["camera"] = self.random.choice(CAMERAS)
        return samples.result(
            owner,
            f"{number}.jpg",
            of=stood,
            pipeline=self.random.choice(PIPELINES),
            image=ImageFacts(sha256="0" * 64, size_bytes=1, format="JPEG", width=1, height=1, **notes),
            features=self._features(),
            metadata=self.random.choice(METADATA),
            recognised_at=stood.appended_at + timedelta(microseconds=self.random.choice((0, 1, 999, 1000))),
        )

    def rejection(self, owner: str, number: int) -> Rejection:
        reason = self.random.choice((Reason.EMPTY, Reason.CORRUPT_IMAGE))
        return samples.rejection(owner, f"{number}.jpg", of=samples.origin(number), reason=reason)

    def query(self, owner: str, moments: Sequence[Any]) -> ResultQuery:
        """Return a question of one to three filters; ``moments`` are those of the results."""
        makers = {
            **dict.fromkeys(("label", "label_exact", "object", "category", "moderation"), self._name),
            "exclude_labels": lambda: tuple(self._name() for _ in range(self.random.randint(1, 2))),
            **dict.fromkeys(("min_known", "max_known"), self._confidence),
            **dict.fromkeys(("min_faces", "max_faces"), lambda: self.random.randint(0, 2)),
            **dict.fromkeys(("since", "until"), lambda: self.random.choice(moments)),
            **dict.fromkeys(("taken_since", "taken_until"), self._taken),
            "camera": lambda: self.random.choice(CAMERAS),
            "pipeline": lambda: self.random.choice(PIPELINES),
            "reason": lambda: self.random.choice((Reason.EMPTY, Reason.CORRUPT_IMAGE)),
            "metadata": self._metadata,
        }
        chosen = self.random.sample(sorted(makers), self.random.choice((1, 1, 1, 2, 3)))
        fields = {name: makers[name]() for name in chosen}
        if self.random.random() < 0.6:
            fields["min_confidence"] = self._confidence()
        return ResultQuery(owners=frozenset({owner}), limit=200, **fields)

    def _features(self) -> FeatureAnswers:
        answers: dict[str, Any] = {}
        if self._maybe():
            answers["labels"] = LabelsAnswer(
                model="lite0@1",
                labels=tuple(Label(name=name, confidence=self._confidence()) for name in self._several()),
                known=self._confidence() if self._maybe() else None,
                label_tree=self._named(TreeNode),
                categories=self._named(Category),
            )
        if self._maybe():
            found = [DetectedObject(name=name, confidence=self._confidence(), box=BOX) for name in self._several()]
            answers["objects"] = ObjectsAnswer(
                model="finder@1", objects=tuple(found), label_tree=self._named(TreeNode), categories=None
            )
        if self._maybe():
            faces = (Face(confidence=0.9, box=BOX),) * self.random.randint(0, 2)
            answers["faces"] = FacesAnswer(model="blazeface@1", faces=faces)
        if self._maybe():
            answers["moderation"] = ModerationAnswer(model="nsfw@1", categories=self._named(ModerationCategory) or ())
        return FeatureAnswers(**answers)

    def _named(self, kind: Any) -> Any:
        names = dict.fromkeys(self._several())
        return tuple(kind(name=name, confidence=self._confidence()) for name in names) or None

    def _several(self) -> list[str]:
        return [self.random.choice(self.names) for _ in range(self.random.randint(0, 4))]

    def _name(self) -> str:
        """Return a name as it may be asked for."""
        return self.random.choice([name for name in self.names if len(name) <= MOST_ASKED])

    def _confidence(self) -> float:
        return self.random.choice(self.confidences)

    def _taken(self) -> Any:
        return datetime.fromisoformat(self.random.choice(TAKEN_ASKED))

    def _metadata(self) -> tuple[tuple[str, str], ...]:
        asked = (("sku", "A-17"), ("a.b", "x"), ("lot", "3"), ("new", "true"), ("f", "0.5"), ("none", "x"))
        return (self.random.choice(asked),)

    def _maybe(self) -> bool:
        return self.random.random() < 0.7

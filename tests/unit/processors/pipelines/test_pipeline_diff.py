"""What changes from one pipeline to another, counted."""

from collections.abc import AsyncGenerator

import pytest

from infra.cassandra.images.scan import StoredAnswers
from processors.pipelines.diff import PipelineDiff, compare_pipelines
from schemas.answers import FeatureAnswers, Label
from schemas.messages.replays import History
from schemas.results import ImageFacts, RecognitionResult
from tests.samples import HASH, origin, result

OLD, NEW = "standard@2", "next@1"


def answered(image_id: str, pipeline: str, *labels: tuple[str, float], **fields: object) -> RecognitionResult:
    named = tuple(Label(name=name, confidence=confidence) for name, confidence in labels)
    return result("shop", image_id, labels=named, pipeline=pipeline, **fields)


class FakeScan:
    def __init__(self, *images: tuple[RecognitionResult, ...]) -> None:
        self._images = images

    async def images(self, after: int | None = None) -> AsyncGenerator[StoredAnswers, None]:
        for place, answers in enumerate(self._images):
            yield StoredAnswers(place, {one.pipeline: one.model_dump_json().encode() for one in answers})


async def diff(
    *images: tuple[RecognitionResult, ...], history: History | None = None, most_told: int = 10
) -> PipelineDiff:
    return await compare_pipelines(FakeScan(*images), OLD, NEW, history or History(), most_told)


async def test_labels_gained_lost_and_flipped_are_counted() -> None:
    found = await diff(
        (answered("same", OLD, ("cat", 0.5)), answered("same", NEW, ("cat", 0.75))),
        (answered("flips", OLD, ("cat", 0.5), ("dog", 0.25)), answered("flips", NEW, ("dog", 0.5), ("cup", 0.125))),
    )
    assert (found.compared, found.flipped, found.agreement) == (2, 1, 0.5)
    assert (found.gained, found.lost) == (1, 1)
    assert [(one.name, one.pictures) for one in found.most_gained] == [("cup", 1)]
    assert [(one.name, one.pictures) for one in found.most_lost] == [("cat", 1)]
    assert found.confidence_change == pytest.approx(0.125)


async def test_the_pictures_that_differ_most_come_first_and_no_more_than_asked_for() -> None:
    images = [
        (answered(f"{tenths}", OLD, ("cat", 1.0)), answered(f"{tenths}", NEW, ("cat", 1.0 - tenths / 10)))
        for tenths in (0, 3, 9, 5)
    ]
    found = await diff(*images, most_told=2)
    assert [(one.image_id, one.difference) for one in found.most_different] == [("9", 0.9), ("5", 0.5)]
    first = found.most_different[0]
    assert (first.uri, first.old, first.new) == (
        "s3://photos/9",
        Label(name="cat", confidence=1.0),
        Label(name="cat", confidence=1.0 - 0.9),
    )
    assert "0" not in [one.image_id for one in (await diff(*images)).most_different]


async def test_what_cannot_be_compared_is_counted_by_its_reason() -> None:
    other = ImageFacts(sha256="1" * 64, size_bytes=1, format="PNG", width=1, height=1)
    hashed = FeatureAnswers(hash=HASH)
    found = await diff(
        (answered("old", OLD, ("cat", 0.5)),),
        (answered("new", NEW, ("cat", 0.5)),),
        (answered("neither", "trial@1", ("cat", 0.5)),),
        (answered("changed", OLD, ("cat", 0.5)), answered("changed", NEW, ("cat", 0.5), image=other)),
        (answered("hashed", OLD, features=hashed), answered("hashed", NEW, features=hashed)),
    )
    counts = (found.only_old, found.only_new, found.other_picture, found.without_labels, found.compared)
    assert counts == (1, 1, 1, 1, 0)
    assert (found.agreement, found.confidence_change) == (None, None)


async def test_a_picture_without_any_label_agrees_with_itself_and_differs_from_one_with_a_label() -> None:
    found = await diff(
        (answered("empty", OLD), answered("empty", NEW)), (answered("found", OLD), answered("found", NEW, ("cat", 0.5)))
    )
    assert (found.flipped, found.gained) == (1, 1)
    assert [(one.image_id, one.old) for one in found.most_different] == [("found", None)]


async def test_only_the_history_that_is_meant_is_compared() -> None:
    images = [(answered(f"{at}", OLD, of=origin(at)), answered(f"{at}", NEW, of=origin(at))) for at in (0, 60)]
    assert (await diff(*images, history=History(since=origin(60).appended_at))).compared == 1
    assert (await diff(*images, history=History(owner="bank"))).compared == 0

"""Which of an image's answers is the one to be shown."""

from collections import namedtuple
from collections.abc import AsyncIterator, Sequence
from typing import Any

from infra.cassandra.images.scan import StoreScan
from schemas.results import RecognitionResult
from tests.samples import origin, result

Row = namedtuple("Row", ["place", "image_key", "pipeline", "result"])


class FakeSession:
    """Gives rows as Cassandra does: those of one image one after the other."""

    def __init__(self, *images: Sequence[RecognitionResult]) -> None:
        self._rows = [
            Row(place, one.image_key, one.pipeline, one.model_dump_json().encode())
            for place, image in enumerate(images)
            for one in image
        ]

    async def stream(self, _statement: str, values: Sequence[Any]) -> AsyncIterator[Row]:
        for row in self._rows:
            if row.place > values[0]:
                yield row


def scan(*images: Sequence[RecognitionResult]) -> StoreScan:
    return StoreScan(FakeSession(*images))  # type: ignore[arg-type]


async def chosen(*answers: RecognitionResult, promoted: str = "standard@2") -> str:
    (answer,) = [answer async for answer in scan(answers).answers(promoted)]
    return answer.pipeline


async def test_each_image_has_one_answer() -> None:
    both = scan([result("shop", "a"), result("shop", "a", pipeline="standard@2")], [result("shop", "b")])
    assert [answer.image_id async for answer in both.answers("standard@2")] == ["a", "b"]


async def test_of_one_reference_the_promoted_pipelines_answer_is_chosen() -> None:
    old = result("shop", pipeline="standard@2")
    replayed = result("shop", pipeline="next@1", of=old.origin, replay=origin(60), promoted=False)
    assert await chosen(replayed, old) == "standard@2"
    assert await chosen(replayed, old, promoted="next@1") == "next@1"


async def test_the_answer_to_a_newer_reference_goes_before() -> None:
    old = result("shop", pipeline="next@1", promoted=False)
    assert await chosen(old, result("shop", pipeline="standard@2", of=origin(60)), promoted="next@1") == "standard@2"


async def test_a_pipeline_that_never_counted_is_chosen_only_where_there_is_no_other() -> None:
    trial = result("shop", pipeline="trial@1", of=origin(60), promoted=False)
    assert await chosen(trial) == "trial@1"
    assert await chosen(trial, result("shop", pipeline="standard@1")) == "standard@1"


async def test_images_are_read_on_from_a_place() -> None:
    images = scan([result("shop", "a")], [result("shop", "b")], [result("shop", "c")]).images(after=0)
    assert [(image.place, image.all()[0].image_id) async for image in images] == [(1, "b"), (2, "c")]

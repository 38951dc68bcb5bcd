"""A published reference is followed to its own outcome, or to that of a newer one to the same image."""

from datetime import UTC, datetime

import pytest

from producers.following import Followed
from schemas.dead_letters import Reason
from schemas.images import ImageReference, Origin
from schemas.queries import ImageRecord, ImageStatus
from tests import samples
from tests.fakes.stores import FakeResultStore

pytestmark = pytest.mark.virtual_time


def place(ms: int, offset: int = 0) -> Origin:
    return Origin(topic="image-references", partition=0, offset=offset, appended_at_ms=ms)


NOW_MS = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp() * 1000)


async def outcomes(followed: Followed, store: FakeResultStore, timeout_s: float = 60) -> tuple[dict[str, str], int]:
    told: dict[str, str] = {}

    def tell(record: ImageRecord, status: ImageStatus) -> None:
        told[record.image_id] = status.value

    return told, await followed.until_settled(store, tell, timeout_s)


async def test_each_reference_is_told_with_its_outcome_and_the_rest_is_pending() -> None:
    store, followed = FakeResultStore(), Followed()
    for number, name in enumerate(("good", "bad", "waiting")):
        reference = ImageReference(owner="shop", uri=f"s3://shop/{name}.jpg", image_id=name)
        followed.add(reference, place(NOW_MS, number))
        await store.save_accepted([(reference, place(NOW_MS, number))])
    await store.save_results([samples.result("shop", "good", of=place(NOW_MS, 0))])
    await store.save_rejections([samples.rejection("shop", "bad", of=place(NOW_MS, 1), reason=Reason.NOT_FOUND)])
    assert await outcomes(followed, store) == ({"good": "recognised", "bad": "rejected"}, 1)


async def test_the_outcome_of_an_older_reference_is_none_of_this_one() -> None:
    store, followed = FakeResultStore(), Followed()
    await store.save_results([samples.result("shop", "one", of=place(NOW_MS - 1000))])
    followed.add(ImageReference(owner="shop", uri="s3://shop/1.jpg", image_id="one"), place(NOW_MS))
    assert await outcomes(followed, store) == ({}, 1)


async def test_an_image_that_nobody_knows_yet_is_pending() -> None:
    followed = Followed()
    followed.add(ImageReference(owner="shop", uri="s3://shop/1.jpg", image_id="one"), place(NOW_MS))
    assert await outcomes(followed, FakeResultStore()) == ({}, 1)

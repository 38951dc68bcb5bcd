"""Whether an image waits for a reference that was deleted unread."""

from datetime import timedelta

import pytest

from infra.cassandra.images.unread_ranges import without_false_hope
from schemas.dead_letters import Reason, Rejection
from schemas.queries import ImageRecord, ImageStatus
from tests.samples import START, origin, rejection

LATER = START + timedelta(hours=1)


def unread(first: int, last: int | None, group: str = "vedette-recognise", **fields: object) -> Rejection:
    told = {"reason": Reason.EXPIRED_UNREAD, "group": group, "rejected_at": LATER, "last_offset": last, **fields}
    return rejection(None, None, of=origin(offset=first), **told)


def image(offset: int | None, at_s: float = 0, **fields: object) -> ImageRecord:
    sent_at = START + timedelta(seconds=at_s)
    accepted = {"accepted_at": sent_at, "accepted_version": 5, "accepted_origin": f"image-references:0:{offset}"}
    known = {"announced_at": sent_at} if offset is None else accepted
    return ImageRecord.model_validate({"owner": "shop", "image_id": "a.jpg", "image_key": "0" * 40, **known, **fields})


@pytest.mark.parametrize(("offset", "lost"), [(9, False), (10, True), (34, True), (35, False)])
def test_an_image_in_a_range_waits_in_vain(offset: int, lost: bool) -> None:
    record = without_false_hope(image(offset), [unread(10, 34)])
    assert (record.status is ImageStatus.REJECTED) is lost
    if lost:
        assert record.reason is Reason.EXPIRED_UNREAD
        assert record.detail is not None
        assert "again" in record.detail


def test_what_came_after_it_was_noticed_is_on_its_way() -> None:
    assert without_false_hope(image(20, at_s=7200), [unread(10, 34)]).status is ImageStatus.PENDING


def test_nothing_is_left_of_a_topic_that_was_deleted() -> None:
    assert without_false_hope(image(3), [unread(10, None)]).status is ImageStatus.REJECTED


def test_what_a_sink_has_missed_was_recognised_nevertheless() -> None:
    assert without_false_hope(image(20), [unread(10, 34, group="vedette-store")]).status is ImageStatus.PENDING


def test_an_image_that_has_its_outcome_keeps_it() -> None:
    answered = image(20, recognised_version=5, recognised_at=LATER)
    assert without_false_hope(answered, [unread(10, 34)]) == answered


def test_an_announced_image_waits_in_vain_where_recognition_and_the_store_have_missed_the_same() -> None:
    both = [unread(10, 34), unread(10, 34, group="vedette-store")]
    assert without_false_hope(image(None), both).status is ImageStatus.REJECTED
    assert without_false_hope(image(None), both[:1]).status is ImageStatus.PENDING
    assert without_false_hope(image(None, at_s=7200), both).status is ImageStatus.PENDING

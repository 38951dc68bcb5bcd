"""What waits for recognition is bounded, and callers are told when there will be room."""

from collections.abc import Mapping

import pytest
from structlog.testing import capture_logs

from api.admission.backlog import VALID_FOR_S, BacklogWatch, TopicBacklog
from api.http.errors import Overloaded
from infra.errors import TransientError
from infra.kafka.groups.backlog import Progress
from schemas.topics import IMAGE_REFERENCES


def test_before_anything_is_known_all_are_let_in() -> None:
    backlog = TopicBacklog(limit=1)
    for _ in range(3):
        backlog.reserve(100, now=0)
    assert backlog.tell(now=0).waiting is None
    backlog.saw(Progress(acknowledged=0, waiting=1), now=0)
    with pytest.raises(Overloaded):
        backlog.reserve(1, now=0)


def test_what_was_let_in_since_the_last_look_counts() -> None:
    backlog = TopicBacklog(limit=10)
    backlog.saw(Progress(acknowledged=0, waiting=4), now=0)
    backlog.reserve(5, now=0)
    backlog.reserve(100, now=0)
    with pytest.raises(Overloaded):
        backlog.reserve(1, now=0)
    backlog.saw(Progress(acknowledged=100, waiting=9), now=1)
    backlog.reserve(1, now=1)


def test_the_wait_that_is_asked_follows_from_the_pace_of_recognition() -> None:
    backlog = TopicBacklog(limit=1000)
    for second in range(11):
        backlog.saw(Progress(acknowledged=50 * second, waiting=1999), now=second)
    assert backlog.acknowledged_per_s() == pytest.approx(50)
    with pytest.raises(Overloaded) as refused:
        backlog.reserve(1, now=10)
    assert 20 <= refused.value.retry_after_s <= 30
    assert "1,999 images wait" in refused.value.detail


def test_where_nothing_is_recognised_it_asks_for_a_minute() -> None:
    backlog = TopicBacklog(limit=10)
    backlog.saw(Progress(acknowledged=7, waiting=10), now=0)
    backlog.saw(Progress(acknowledged=7, waiting=10), now=1)
    with pytest.raises(Overloaded) as refused:
        backlog.reserve(1, now=1)
    assert refused.value.retry_after_s == 60


def test_what_was_seen_long_ago_refuses_nobody() -> None:
    backlog = TopicBacklog(limit=10)
    backlog.saw(Progress(acknowledged=0, waiting=10), now=0)
    with pytest.raises(Overloaded):
        backlog.reserve(1, now=VALID_FOR_S - 0.001)
    backlog.reserve(1, now=VALID_FOR_S)
    assert backlog.tell(now=VALID_FOR_S).waiting is None


async def test_a_kafka_that_does_not_answer_is_told_once_and_looked_at_again() -> None:
    down = True

    async def look() -> Mapping[str, Progress]:
        if down:
            raise TransientError("Kafka does not answer")
        return {IMAGE_REFERENCES: Progress(0, 5)}

    watch = BacklogWatch(look, {IMAGE_REFERENCES: 5})
    with capture_logs() as logs:
        await watch.look_once()
        await watch.look_once()
    assert [line["event"] for line in logs] == ["backlog_unknown"]
    watch.reserve(IMAGE_REFERENCES, 1)
    down = False
    await watch.look_once()
    with pytest.raises(Overloaded):
        watch.reserve(IMAGE_REFERENCES, 1)

"""The end of a job as it is published."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from infra.kafka.outcomes.job_endings import publish_job_finished
from schemas.messages.cloud_events import JOB_FINISHED_TYPE, event_type_of
from schemas.messages.job_endings import JobEnd, JobFinished, parse_job_finished
from schemas.topics import JOB_ENDINGS
from tests.api_world import FakePublisher

BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)


def finished(**fields: object) -> JobFinished:
    told = {
        "job_id": "job-1",
        "owner": "shop",
        "end": JobEnd.DONE,
        "began_at": BEGAN,
        "finished_at": BEGAN + timedelta(minutes=5),
        "found": 3,
        "recognised": 2,
        "rejected": 1,
    }
    return JobFinished.model_validate(told | fields)


async def test_the_end_of_a_job_stands_on_its_topic_as_it_was_given() -> None:
    publisher = FakePublisher()
    await publish_job_finished(publisher, finished())
    [record] = publisher.records
    assert (record.topic, record.key) == (JOB_ENDINGS, b"job-1")
    assert parse_job_finished(record.value or b"") == finished()
    assert event_type_of(record.headers) == JOB_FINISHED_TYPE


async def test_an_end_that_is_told_twice_keeps_its_id() -> None:
    publisher = FakePublisher()
    for _ in range(2):
        await publish_job_finished(publisher, finished())
    ids = {value for record in publisher.records for name, value in record.headers if name == "ce_id"}
    assert ids == {b"job-1:finished"}


@pytest.mark.parametrize("wrong", [{"owner": "Not a workspace"}, {"found": -1}, {"end": "later"}, {"job_id": "a b"}])
def test_what_is_no_end_of_a_job_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        finished(**wrong)

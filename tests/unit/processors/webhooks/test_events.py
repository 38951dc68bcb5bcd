"""Which endpoints are told of an event, and what they are told."""

import asyncio
import inspect
from datetime import timedelta
from random import Random

import orjson
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from api.search.filters import get_filters
from infra.elasticsearch.matching.matcher import matcher_of
from infra.elasticsearch.result_documents import result_document
from infra.elasticsearch.result_queries import content_filters
from processors.streams.delivery import Message
from processors.webhooks.directory import EndpointDirectory
from processors.webhooks.events import EventReader, NewDelivery
from schemas.dead_letters import Rejection, encode_headers
from schemas.images import Origin
from schemas.messages.job_endings import JobEnd, JobFinished
from schemas.messages.topic_owners import TopicOwners
from schemas.results import ImageDeleted, RecognitionResult
from schemas.topics import DEAD_LETTERS, JOB_ENDINGS, RECOGNITION_RESULTS
from schemas.webhooks.endpoints import Endpoint, OutcomeFilters
from schemas.webhooks.events import WebhookType
from tests import samples
from tests.fakes.webhooks import FakeWebhookEndpointStore
from tests.filter_cases import Cases

AFTER_MS = round((samples.START + timedelta(hours=1)).timestamp() * 1000)


def at(topic: str, offset: int = 0, appended_at_ms: int = AFTER_MS) -> Origin:
    return Origin(topic=topic, partition=0, offset=offset, appended_at_ms=appended_at_ms)


def message(told: RecognitionResult | ImageDeleted | Rejection | JobFinished, **place: int) -> Message:
    if isinstance(told, Rejection):
        return Message(at(DEAD_LETTERS, **place), told.key.encode(), None, encode_headers(told, ()))
    topic = JOB_ENDINGS if isinstance(told, JobFinished) else RECOGNITION_RESULTS
    return Message(at(topic, **place), b"k", told.model_dump_json(exclude_none=True).encode(), ())


def finished(owner: str = "shop") -> JobFinished:
    counts = {"found": 3, "recognised": 2, "rejected": 1}
    return JobFinished(
        job_id="job-1", owner=owner, end=JobEnd.DONE, began_at=samples.START, finished_at=samples.START, **counts
    )


async def reader_for(*endpoints: Endpoint) -> EventReader:
    store = FakeWebhookEndpointStore()
    for endpoint in endpoints:
        await store.create(endpoint)
    directory = EndpointDirectory(store)
    await directory.read()
    return EventReader(directory, TopicOwners({}))


async def told_to(endpoint: Endpoint, *messages: Message) -> list[NewDelivery]:
    return (await reader_for(endpoint)).read(messages)


async def test_each_kind_of_event_is_told_with_the_image_and_its_sequence() -> None:
    deleted, _ = samples.deletion("shop", "c.jpg")
    result, rejection = samples.result("shop", "a.jpg"), samples.rejection("shop", "b.jpg")
    told = await told_to(samples.endpoint(), message(result), message(rejection), message(deleted), message(finished()))
    events = [orjson.loads(new.body) for new in told]
    assert [event["type"] for event in events] == [kind.value for kind in WebhookType]
    assert [event["data"].get("image_id") for event in events] == ["a.jpg", "b.jpg", "c.jpg", None]
    assert {event["data"]["workspace"] for event in events} == {"shop"}
    assert events[0]["data"]["sequence"] == result.origin.version
    assert events[0]["data"]["result"]["labels"]
    assert events[1]["data"]["reason"] == rejection.reason.value
    assert (events[3]["data"]["job_id"], events[3]["data"]["end"]) == ("job-1", "done")
    assert all("Signature" not in new.body for new in told)


async def test_an_event_that_is_told_again_has_the_same_id_for_the_endpoint_and_another_for_others() -> None:
    reader = await reader_for(samples.endpoint(), samples.endpoint())
    result = samples.result("shop")
    first, again = reader.read([message(result)]), reader.read([message(result, offset=7)])
    assert {new.delivery.message_id for new in first} == {new.delivery.message_id for new in again}
    assert len({new.delivery.message_id for new in first}) == 2
    redelivered = reader.read([message(result)])
    assert [new.delivery.id for new in first] == [new.delivery.id for new in redelivered]


@pytest.mark.parametrize("kind", list(WebhookType))
async def test_an_endpoint_hears_only_of_the_events_that_it_wants(kind: WebhookType) -> None:
    deleted, _ = samples.deletion("shop")
    everything = [samples.result("shop"), samples.rejection("shop"), deleted, finished()]
    told = await told_to(samples.endpoint(events=frozenset({kind})), *map(message, everything))
    assert [new.delivery.type for new in told] == [kind.value]


async def test_nothing_is_told_of_another_workspace() -> None:
    deleted, _ = samples.deletion("rival")
    everything = [samples.result("rival"), samples.rejection("rival"), deleted, finished("rival")]
    assert await told_to(samples.endpoint(), *map(message, everything)) == []


async def test_replays_and_pipelines_that_are_not_promoted_are_told_to_those_who_ask() -> None:
    replayed = samples.result("shop", replay=samples.origin(5))
    other = samples.result("shop", promoted=False)
    assert await told_to(samples.endpoint(), message(replayed), message(other)) == []
    assert len(await told_to(samples.endpoint(replayed=True), message(replayed), message(other))) == 1
    assert len(await told_to(samples.endpoint(unpromoted=True), message(replayed), message(other))) == 1


async def test_an_endpoint_that_is_not_enabled_hears_nothing_and_a_new_one_no_history() -> None:
    assert await told_to(samples.endpoint(enabled=False), message(samples.result("shop"))) == []
    earlier = round((samples.START - timedelta(minutes=1)).timestamp() * 1000)
    assert await told_to(samples.endpoint(), message(samples.result("shop"), appended_at_ms=earlier)) == []


async def test_what_is_no_event_is_told_to_nobody_and_stops_nothing() -> None:
    garbage = [Message(at(topic), None, b"\xff", ()) for topic in (RECOGNITION_RESULTS, DEAD_LETTERS, JOB_ENDINGS)]
    assert len(await told_to(samples.endpoint(), *garbage, message(samples.result("shop")))) == 1


def test_the_filters_are_those_of_results() -> None:
    of_results = {
        parameter.default.alias if getattr(parameter.default, "alias", None) else name
        for name, parameter in inspect.signature(get_filters).parameters.items()
    }
    assert {name.replace("object_name", "object") for name in of_results} - {"caller", "owner"} == set(
        OutcomeFilters.model_fields
    )


@given(st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_an_endpoint_hears_of_what_a_list_with_its_filters_shows(random: Random) -> None:
    cases = Cases(random)
    results = [cases.result("shop", number) for number in range(5)]
    query = cases.query("shop", [each.recognised_at for each in results])
    left_out = {"owners", "text", "status", "limit", "cursor", "exclude_labels", "metadata"}
    wanted = {**query.model_dump(exclude=left_out), "exclude_label": query.exclude_labels}
    try:
        filters = OutcomeFilters.model_validate({**wanted, "metadata": dict(query.metadata)})
    except ValidationError:
        # A span that ends before it begins, or two values of one name: no endpoint has these.
        reject()
    endpoint = samples.endpoint(filters=filters, created_at=samples.START - timedelta(days=100))
    told = asyncio.run(told_to(endpoint, *(message(each, offset=number) for number, each in enumerate(results))))
    matches = matcher_of(content_filters(query))
    expected = {each.image_id for each in results if matches(result_document(each).source)}
    assert {new.delivery.subject for new in told} == expected

"""One bad image never costs its neighbours: batches on the real model, with images and workspaces from memory."""

import asyncio
import hashlib
import io
import json
import threading
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from infra.errors import Rejected, SourceUnavailable, TransientError
from infra.kafka.event_bus import Record
from infra.lanes import Lane
from infra.settings.settings import Settings
from infra.sources.image_source import FetchedImage
from processors.imaging.decoding.decode import DecodedImage
from processors.models.feature_model import FeatureRequest
from processors.pipelines.loaded import LoadedPipeline, build_pipeline
from processors.recognition.batch import RunnablePipeline
from processors.recognition.intake import Intake
from processors.recognition.isolation import NO_SUSPECTS, Trial
from processors.recognition.recogniser import Recogniser
from processors.recognition.retrying import NO_RETRIES, RetryPlan
from processors.recognition.workspaces import WorkspaceDirectory
from processors.streams.delivery import Message
from schemas.answers import FailedFeature, FeatureAnswers, HashAnswer, LabelsAnswer, PropertiesAnswer
from schemas.camera_notes import Location
from schemas.dead_letters import Reason, Rejection, decode_headers
from schemas.images import Feature, ImageIdentity, Origin, derive_image_id
from schemas.messages.replays import REPLAY_OF, encode_headers
from schemas.messages.retries import decode_headers as decode_retry
from schemas.messages.retries import strip_headers
from schemas.records.pipelines import STANDARD_2, STANDARD_3
from schemas.results import FeaturesFrom, ImageFacts, RecognitionResult, ResultWarning, parse_result_event
from schemas.topics import DEAD_LETTERS, RECOGNITION_RESULTS, RETRY_TOPICS
from tests.event_loop import turns_of_the_loop
from tests.fakes.noted_pictures import EVERY, FULL
from tests.fakes.pictures import png_of
from tests.fakes.pipelines import FakePipelines
from tests.fakes.sources import FakeSource, FakeWorkspaces, workspace
from tests.fakes.streams import message

BERLIN = Location(lat=52.520094, lon=13.41)
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Bench:
    """A recogniser on the real pipeline, and everything around it from memory."""

    def __init__(
        self,
        pipeline: Any,
        images: Mapping[str, bytes | Exception],
        topic_owners: Any = None,
        retries: RetryPlan = NO_RETRIES,
        others: Sequence[Any] = (),
        **changes: Any,
    ) -> None:
        self.source = FakeSource(images)
        self.workspaces = FakeWorkspaces([workspace("shop"), workspace("bank")])
        self.recogniser = Recogniser(
            Intake(topic_owners or {}),
            self.source,
            WorkspaceDirectory(self.workspaces),
            **{
                "pipelines": FakePipelines(pipeline, *others),
                "decoding_threads": 2,
                "inference_threads": 2,
                "inference_batch": 2,
                "host": "worker-1",
                "retries": retries,
                **changes,
            },
        )

    async def recognise(self, *messages: Message) -> tuple[list[RecognitionResult], list[Rejection]]:
        """Return the results and rejections, every message having become exactly one of them."""
        outcome = await self.recogniser.recognise(messages)
        results = [result_of(record) for record in outcome.records if record.topic == RECOGNITION_RESULTS]
        rejections = [decode_headers(record.headers) for record in outcome.records if record.topic == DEAD_LETTERS]
        assert (len(results), len(rejections)) == (outcome.recognised, outcome.rejected)
        origins = [item.origin for item in (*results, *rejections)]
        assert sorted(origin.offset for origin in origins) == sorted(item.origin.offset for item in messages)
        return results, rejections

    async def dead_letter(self, item: Message) -> tuple[Record, Rejection]:
        (record,) = (await self.recogniser.recognise([item])).records
        assert record.topic == DEAD_LETTERS
        return record, decode_headers(record.headers)


def result_of(record: Record) -> RecognitionResult:
    event = parse_result_event(record.value or b"")
    assert isinstance(event, RecognitionResult)
    assert record.key == event.image_key.encode()
    return event


def reference(
    uri: str = "s3://shop/a.jpg", *, offset: int = 0, headers: Any = (), topic: str = "image-references", **fields: Any
) -> Message:
    value = json.dumps({"owner": "shop", "uri": uri, **fields}).encode()
    return message(value, offset=offset, headers=headers, topic=topic)


@pytest.fixture(scope="module")
def picture(pictures: Path) -> bytes:
    return (pictures / "coffee.jpg").read_bytes()


@pytest.fixture
async def bench(pipeline: LoadedPipeline, picture: bytes) -> AsyncIterator[Bench]:
    bench = Bench(pipeline, {"s3://shop/a.jpg": picture})
    yield bench
    bench.recogniser.close()


async def test_a_result_tells_where_every_answer_came_from(bench: Bench, picture: bytes) -> None:
    (result,), _ = await bench.recognise(reference(image_id="a-1"))
    assert result.image_key == ImageIdentity(owner="shop", image_id="a-1").image_key
    assert (result.pipeline, result.host, result.uri) == ("standard@3", "worker-1", "s3://shop/a.jpg")
    assert (result.image.format, result.image.size_bytes) == ("JPEG", len(picture))
    assert result.features.answered() == {Feature.LABELS, Feature.EMBEDDING}
    assert isinstance(result.features.labels, LabelsAnswer)
    assert result.features.labels.model == "lite0@2"
    assert result.timings.batch_size == 1
    assert bench.source.asked == [("s3://shop/a.jpg", ("s3://shop/", "upload://shop/"))]


async def test_a_result_leaves_out_what_it_does_not_know(bench: Bench) -> None:
    (record,) = (await bench.recogniser.recognise([reference()])).records
    told = json.loads(record.value or b"")
    assert None not in [*told.values(), *told["features"].values()]


async def test_a_result_warns_of_an_image_whose_data_end_early(pipeline: LoadedPipeline, picture: bytes) -> None:
    bench = Bench(pipeline, {"s3://shop/a.jpg": picture, "s3://shop/cut.jpg": picture[: len(picture) * 3 // 4]})
    (whole,), _ = await bench.recognise(reference())
    (cut,), _ = await bench.recognise(reference("s3://shop/cut.jpg"))
    bench.recogniser.close()
    assert (whole.warnings, cut.warnings) == ((), (ResultWarning.TRUNCATED,))


FETCH_REASONS = [
    Reason.SOURCE_NOT_ALLOWED,
    Reason.ADDRESS_NOT_ALLOWED,
    Reason.UNSUPPORTED_SCHEME,
    Reason.NOT_FOUND,
    Reason.ACCESS_DENIED,
    Reason.TOO_LARGE,
]


async def test_every_kind_of_bad_image_leaves_its_neighbours_alone(pipeline: LoadedPipeline, picture: bytes) -> None:
    bad: dict[Reason, bytes | Exception] = {
        **{reason: Rejected(reason, "The source says no.") for reason in FETCH_REASONS},
        Reason.SOURCE_UNAVAILABLE: SourceUnavailable("The source did not answer."),
        Reason.EMPTY: b"",
        Reason.CORRUPT_IMAGE: picture[: len(picture) // 4],
        Reason.UNSUPPORTED_FORMAT: b"text that is called .jpg",
        Reason.TOO_MANY_PIXELS: png_of(20_000, 10_000),
    }
    images = {"s3://shop/good.jpg": picture, **{f"s3://shop/{reason}": found for reason, found in bad.items()}}
    bench = Bench(pipeline, images, {"narrow": ["shop"]})
    past = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    messages = [
        reference("s3://shop/good.jpg", offset=0, image_id="first"),
        *(reference(f"s3://shop/{reason}", offset=10 + number) for number, reason in enumerate(bad)),
        reference("s3://shop/good.jpg", offset=50, deadline=past),
        reference("s3://none/a.jpg", offset=51, owner="nobody"),
        reference("s3://bank/a.jpg", offset=52, owner="bank", topic="narrow"),
        message(b"not json", offset=53),
        message(None, offset=54),
        message(b'{"owner": "shop"}', offset=55),
        reference("s3://shop/good.jpg", offset=99, image_id="last"),
    ]
    results, rejections = await bench.recognise(*messages)
    assert {result.image_id for result in results} == {"first", "last"}
    assert {rejection.reason for rejection in rejections} == {
        *bad,
        Reason.DEADLINE_PASSED,
        Reason.UNKNOWN_WORKSPACE,
        Reason.OWNER_NOT_ALLOWED,
        Reason.INVALID_JSON,
        Reason.INVALID_REFERENCE,
    }
    bench.recogniser.close()


async def test_a_rejected_image_keeps_its_name_and_its_message(bench: Bench) -> None:
    sent = message(
        b'{"owner": "shop", "uri": "s3://shop/missing.jpg"}',
        offset=7,
        headers=[("correlation-id", b"c-1"), ("dlq-reason", b"forged"), ("tombstone", None)],
    )
    record, rejection = await bench.dead_letter(sent)
    assert (record.value, record.key) == (sent.value, sent.key)
    assert list(record.headers)[:2] == [("correlation-id", b"c-1"), ("tombstone", None)]
    assert rejection.reason is Reason.NOT_FOUND
    assert rejection.identity == ImageIdentity(owner="shop", image_id=derive_image_id("s3://shop/missing.jpg"))
    assert (rejection.uri, rejection.pipeline, rejection.host) == ("s3://shop/missing.jpg", "standard@3", "worker-1")
    assert rejection.origin == sent.origin


async def test_an_invalid_message_with_a_usable_name_is_rejected_under_it(bench: Bench) -> None:
    _, rejection = await bench.dead_letter(reference(image_id="a-1", features=[]))
    assert rejection.identity == ImageIdentity(owner="shop", image_id="a-1")
    assert rejection.detail.startswith("features: ")


async def test_an_invalid_message_without_a_name_is_known_by_its_place(bench: Bench) -> None:
    _, rejection = await bench.dead_letter(message(b"not json", offset=12))
    assert rejection.identity is None
    assert rejection.key == "image-references:0:12"


@pytest.mark.parametrize("fields", [{}, {"features": []}])
async def test_a_topic_that_may_not_name_a_workspace_cannot_mark_its_images(
    pipeline: LoadedPipeline, picture: bytes, fields: dict[str, Any]
) -> None:
    bench = Bench(pipeline, {"s3://shop/a.jpg": picture}, {"image-references": ["bank"]})
    record, rejection = await bench.dead_letter(reference(image_id="victim", **fields))
    assert rejection.identity is None
    assert not [name for name, _ in record.headers if name in ("dlq-owner", "dlq-image-id", "dlq-uri")]
    assert bench.source.asked == []
    bench.recogniser.close()


async def test_an_unknown_workspace_is_named_and_nothing_is_fetched(bench: Bench) -> None:
    _, rejection = await bench.dead_letter(reference(owner="nobody"))
    assert rejection.reason is Reason.UNKNOWN_WORKSPACE
    assert "vedette admin workspace create nobody" in rejection.detail
    assert bench.source.asked == []


async def test_a_deadline_that_is_not_reached_yet_costs_nothing(bench: Bench) -> None:
    results, _ = await bench.recognise(reference(deadline=(datetime.now(UTC) + timedelta(minutes=5)).isoformat()))
    assert len(results) == 1


class StuckSource(FakeSource):
    """Never gives what it does not know."""

    async def fetch(self, uri: str, *, allowed_prefixes: Sequence[str], lane: Lane = Lane.URGENT) -> FetchedImage:
        if uri not in self.images:
            await asyncio.Event().wait()
        return await super().fetch(uri, allowed_prefixes=allowed_prefixes, lane=lane)


async def test_a_deadline_sheds_a_reference_that_waits_for_its_image(bench: Bench) -> None:
    bench.recogniser._source = StuckSource({})
    soon = (datetime.now(UTC) + timedelta(seconds=0.2)).isoformat()
    _, rejection = await bench.dead_letter(reference(deadline=soon))
    assert rejection.reason is Reason.DEADLINE_PASSED


async def test_a_deadline_that_is_over_costs_no_fetch(bench: Bench) -> None:
    past = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    _, rejection = await bench.dead_letter(replace(reference(deadline=past), attempt=2))
    assert rejection.reason is Reason.DEADLINE_PASSED
    assert bench.source.asked == []


async def test_a_slow_image_does_not_keep_the_results_of_its_neighbours(bench: Bench, picture: bytes) -> None:
    bench.recogniser._source = StuckSource({"s3://shop/a.jpg": picture})
    batch = [reference(offset=0), reference("s3://shop/slow.jpg", offset=1), reference(offset=2)]
    async with aclosing(bench.recogniser.recognise_in_parts(batch, Lane.URGENT)) as parts:
        first = await anext(parts)
        assert sorted(result_of(record).origin.offset for record in first.records) == [0, 2]
        second = asyncio.ensure_future(anext(parts))
        await turns_of_the_loop()
        assert not second.done()
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)


async def test_an_image_that_does_not_come_is_put_off_and_at_last_rejected(pipeline: LoadedPipeline) -> None:
    bench = Bench(pipeline, {"s3://shop/a.jpg": SourceUnavailable("It did not come.")}, retries=RetryPlan((1, 60)))
    sent = replace(reference(offset=7, headers=[("correlation-id", b"c-1")]), key=b"k")
    for attempt, topic in enumerate(RETRY_TOPICS[:2], start=1):
        outcome = await bench.recogniser.recognise([sent])
        (record,) = outcome.records
        assert (outcome.put_off, record.topic, record.key, record.value) == (1, topic, b"k", sent.value)
        retry = decode_retry(record.headers)
        assert (retry.attempt, retry.origin, retry.detail) == (attempt, sent.origin, "It did not come.")
        sent = replace(sent, headers=strip_headers(record.headers), attempt=retry.attempt)
    record, rejection = await bench.dead_letter(sent)
    assert (rejection.reason, rejection.origin) == (Reason.SOURCE_UNAVAILABLE, sent.origin)
    assert next(iter(record.headers)) == ("correlation-id", b"c-1")
    assert not [name for name, _ in record.headers if name.startswith("retry-")]
    bench.recogniser.close()


async def test_what_cannot_be_in_time_any_more_is_not_put_off(pipeline: LoadedPipeline) -> None:
    bench = Bench(pipeline, {"s3://shop/a.jpg": SourceUnavailable("It did not come.")}, retries=RetryPlan((60,)))
    soon = (datetime.now(UTC) + timedelta(seconds=30)).isoformat()
    _, rejection = await bench.dead_letter(reference(deadline=soon))
    assert rejection.reason is Reason.SOURCE_UNAVAILABLE
    bench.recogniser.close()


async def test_a_message_that_somebody_else_put_on_a_retry_topic_is_rejected(bench: Bench) -> None:
    _, rejection = await bench.dead_letter(reference(topic=RETRY_TOPICS[0], offset=3))
    assert (rejection.reason, rejection.identity) == (Reason.INVALID_RETRY, None)


async def test_while_workspaces_cannot_be_read_nothing_becomes_of_the_batch(bench: Bench) -> None:
    bench.workspaces.down = True
    with pytest.raises(TransientError, match="Cassandra does not answer"):
        await bench.recogniser.recognise([reference(), message(b"not json", offset=1)])
    assert bench.source.asked == []
    bench.workspaces.down = False
    results, rejections = await bench.recognise(reference(), message(b"not json", offset=1))
    assert (len(results), len(rejections)) == (1, 1)


async def test_what_the_producer_sent_along_comes_back(bench: Bench) -> None:
    metadata = {"sku": "A-7", "price": 1.25, "stock": 3, "new": True}
    headers = [("correlation-id", b"order-9"), ("traceparent", TRACE.encode())]
    sent = reference(metadata=metadata, submitted_at="2025-01-01T00:00:00Z", headers=headers)
    (record,) = (await bench.recogniser.recognise([sent])).records
    result = result_of(record)
    assert result.metadata == metadata
    assert result.correlation_id == "order-9"
    assert result.submitted_at == datetime(2025, 1, 1, tzinfo=UTC)
    answered = dict(record.headers)
    assert (answered["traceparent"], answered["correlation-id"]) == (TRACE.encode(), b"order-9")
    assert answered["ce_id"] == b"image-references:0:0:standard@3"


@pytest.mark.parametrize("broken", [False, True])
async def test_a_signature_is_used_to_fetch_and_appears_nowhere_else(
    pipeline: LoadedPipeline, picture: bytes, broken: bool
) -> None:
    signed = "https://user:hunter2@img.shop.example/a.jpg?X-Amz-Signature=hunter2#hunter2"
    bench = Bench(pipeline, {signed: b"broken" if broken else picture})
    (record,) = (await bench.recogniser.recognise([reference(signed)])).records
    assert bench.source.asked[0][0] == signed
    published = [value for name, value in record.headers if value]
    assert "hunter2" not in b"\n".join(published).decode()
    if broken:
        assert decode_headers(record.headers).uri == "https://img.shop.example/a.jpg"
    else:
        assert b"hunter2" not in (record.value or b"")
        assert result_of(record).uri == "https://img.shop.example/a.jpg"
    bench.recogniser.close()


async def test_features_that_no_model_answers_are_their_own_errors(settings: Settings, picture: bytes) -> None:
    """No model of ``standard@2`` reads text, and the detector of ``standard@3`` is not installed here."""
    told = {
        Feature.TEXT: "no installed model answers text",
        Feature.OBJECTS: "nanodet@2 is not installed: run `vedette",
    }
    for spec, feature in ((STANDARD_2, Feature.TEXT), (STANDARD_3, Feature.OBJECTS)):
        bench = Bench(build_pipeline(settings, spec), {"s3://shop/a.jpg": picture})
        (result,), _ = await bench.recognise(reference(features=["labels", feature.value]))
        bench.recogniser.close()
        assert result.features.answered() == {Feature.LABELS, feature}
        assert isinstance(result.features.labels, LabelsAnswer)
        failed = getattr(result.features, feature.value)
        assert isinstance(failed, FailedFeature)
        assert failed.error.code == "not_installed"
        assert failed.error.message.startswith(told[feature])


async def test_what_needs_no_model_is_answered_for_the_images_that_ask(bench: Bench) -> None:
    asked = (["properties", "hash"], ["labels"])
    results, _ = await bench.recognise(
        *(reference(offset=offset, features=features) for offset, features in enumerate(asked))
    )
    computed, plain = (result.features for result in sorted(results, key=lambda result: result.origin.offset))
    assert isinstance(computed.properties, PropertiesAnswer)
    assert isinstance(computed.hash, HashAnswer)
    assert computed.answered() == {Feature.PROPERTIES, Feature.HASH}
    assert plain.answered() == {Feature.LABELS}


async def test_a_reference_that_names_no_features_gets_its_workspaces_default(bench: Bench) -> None:
    bench.workspaces.workspaces = [workspace("shop", default_features=(Feature.HASH,)), workspace("bank")]
    results, _ = await bench.recognise(reference(offset=0), reference(offset=1, features=["labels"]))
    told = {result.origin.offset: (result.features.answered(), result.features_from) for result in results}
    assert told == {0: ({Feature.HASH}, FeaturesFrom.WORKSPACE), 1: ({Feature.LABELS}, FeaturesFrom.REFERENCE)}


async def test_a_result_tells_where_a_picture_was_taken_only_in_workspaces_that_keep_it(
    pipeline: LoadedPipeline, picture: bytes
) -> None:
    noted = EVERY["JPEG"](Image.open(io.BytesIO(picture)), FULL)
    for suspects in (NO_SUSPECTS, Located()):
        bench = Bench(pipeline, {"s3://shop/a.jpg": noted, "s3://bank/a.jpg": noted}, suspects=suspects)
        bench.workspaces.workspaces = [workspace("shop", keep_location=True), workspace("bank")]
        results, _ = await bench.recognise(reference(offset=0), reference("s3://bank/a.jpg", offset=1, owner="bank"))
        bench.recogniser.close()
        told = {result.owner: (result.image.camera, result.image.location) for result in results}
        assert told == {"shop": ("Apple iPhone 12", BERLIN), "bank": ("Apple iPhone 12", None)}


async def test_a_suspect_is_asked_what_its_workspace_asks_of_every_image(
    pipeline: LoadedPipeline, picture: bytes
) -> None:
    suspects = SuspectEach()
    bench = Bench(pipeline, {"s3://shop/a.jpg": picture}, suspects=suspects)
    bench.workspaces.workspaces = [workspace("shop", default_features=(Feature.HASH,))]
    (result,), _ = await bench.recognise(reference())
    bench.recogniser.close()
    assert (suspects.asked, result.features_from) == ([(Feature.HASH,)], FeaturesFrom.WORKSPACE)


async def test_while_workspaces_cannot_be_read_no_default_takes_their_place(bench: Bench) -> None:
    bench.workspaces.workspaces = [workspace("shop", default_features=(Feature.HASH,))]
    bench.workspaces.down = True
    with pytest.raises(TransientError):
        await bench.recogniser.recognise([reference()])
    bench.workspaces.down = False
    (result,), _ = await bench.recognise(reference())
    assert result.features.answered() == {Feature.HASH}


class CountingPipeline:
    """The real pipeline, counting the images that it answers for; fails like a bug where told to."""

    name = "standard@3"

    def __init__(self, pipeline: LoadedPipeline) -> None:
        self._pipeline = pipeline
        self.batches: list[int] = []
        self.threads: set[str] = set()

    def decode(self, data: bytes, features: Sequence[Feature]) -> DecodedImage:
        return self._pipeline.decode(data, features)

    def answer(self, images: Sequence[DecodedImage], asked: Sequence[FeatureRequest]) -> list[FeatureAnswers]:
        self.batches.append(len(images))
        self.threads.add(threading.current_thread().name.partition("_")[0])
        return self._pipeline.answer(images, asked)


async def test_a_large_batch_is_inferred_in_pieces_of_the_right_size(pipeline: LoadedPipeline, picture: bytes) -> None:
    counting = CountingPipeline(pipeline)
    bench = Bench(counting, {"s3://shop/a.jpg": picture})
    results, _ = await bench.recognise(*(reference(offset=offset) for offset in range(5)))
    assert sorted(counting.batches) == [1, 2, 2]
    assert sorted(result.timings.batch_size for result in results) == [1, 2, 2, 2, 2]
    bench.recogniser.close()


@pytest.mark.parametrize(("threads", "of"), [(2, "inference"), (0, "decode")])
async def test_inference_has_threads_of_its_own_where_there_are_any(
    pipeline: LoadedPipeline, picture: bytes, threads: int, of: str
) -> None:
    counting = CountingPipeline(pipeline)
    bench = Bench(counting, {"s3://shop/a.jpg": picture}, inference_threads=threads)
    await bench.recognise(reference())
    assert counting.threads == {of}
    bench.recogniser.close()


async def test_no_stage_takes_longer_than_all_of_it(bench: Bench) -> None:
    began = time.perf_counter()
    (result,), _ = await bench.recognise(reference())
    whole_ms = (time.perf_counter() - began) * 1000
    timings = result.timings
    assert 0 <= timings.fetch_ms + timings.decode_ms + timings.inference_ms <= whole_ms


async def test_an_image_waits_from_when_kafka_took_its_message(bench: Bench) -> None:
    before = datetime.now(UTC)
    appended_at = before - timedelta(hours=2)
    (result,), _ = await bench.recognise(appended(appended_at))
    waited = [(moment - appended_at).total_seconds() * 1000 for moment in (before, datetime.now(UTC))]
    assert waited[0] - 1 <= result.timings.queue_ms <= waited[1]
    # Clocks differ: what was taken before it came has not waited.
    (early,), _ = await bench.recognise(appended(before + timedelta(hours=2)))
    assert early.timings.queue_ms == 0


def appended(moment: datetime) -> Message:
    item = reference()
    return replace(item, origin=item.origin.model_copy(update={"appended_at_ms": int(moment.timestamp() * 1000)}))


class SuspectEach:
    """Takes every image for one that may bring a worker down, and answers it as a child would."""

    def __init__(self) -> None:
        self.asked: list[Sequence[Feature]] = []

    def is_suspect(self, name: str) -> bool:
        return True

    async def recognise(self, pipeline: str, data: bytes, asked: FeatureRequest) -> Trial:
        self.asked.append(asked.features)
        facts = ImageFacts(
            width=1, height=1, format="PNG", size_bytes=len(data), sha256=hashlib.sha256(data).hexdigest()
        )
        return Trial(facts, (), FeatureAnswers(), decode_ms=2.0, inference_ms=3.0)


class Located(SuspectEach):
    """Answers as a child would that was shown a picture of a place."""

    async def recognise(self, pipeline: str, data: bytes, asked: FeatureRequest) -> Trial:
        trial = await super().recognise(pipeline, data, asked)
        facts = trial.facts.model_copy(update={"camera": "Apple iPhone 12", "location": BERLIN})
        return replace(trial, facts=facts)


async def test_a_suspect_is_a_batch_of_its_own(pipeline: LoadedPipeline, picture: bytes) -> None:
    bench = Bench(pipeline, {"s3://shop/a.jpg": picture}, suspects=SuspectEach())
    results, _ = await bench.recognise(reference(offset=0), reference(offset=1))
    timings = [(result.timings.batch_size, result.timings.decode_ms) for result in results]
    assert timings == [(1, 2.0), (1, 2.0)]
    bench.recogniser.close()


async def test_batches_side_by_side_do_not_mix(bench: Bench) -> None:
    both = await asyncio.gather(
        *(
            bench.recognise(*(reference(offset=n, image_id=f"{side}-{n}") for n in range(3)))
            for side in ("left", "right")
        )
    )
    for side, (results, _) in zip(("left", "right"), both, strict=True):
        assert {result.image_id for result in results} == {f"{side}-{n}" for n in range(3)}


async def test_no_messages_become_no_records(bench: Bench) -> None:
    assert (await bench.recogniser.recognise([])).records == ()


class OtherPipeline(CountingPipeline):
    """The real pipeline under another name."""

    name = "shoes@1"


async def test_a_reference_may_name_its_pipeline_and_the_result_tells_it(
    pipeline: LoadedPipeline, picture: bytes
) -> None:
    other = OtherPipeline(pipeline)
    bench = Bench(pipeline, {"s3://shop/a.jpg": picture}, others=[other])
    results, _ = await bench.recognise(
        reference(offset=0), reference(offset=1, pipeline="shoes@1"), reference(offset=2, pipeline="standard@3")
    )
    told = {result.origin.offset: result.pipeline for result in results}
    assert told == {0: "standard@3", 1: "shoes@1", 2: "standard@3"}
    assert other.batches == [1]
    bench.recogniser.close()


async def test_an_unknown_pipeline_is_rejected_and_costs_no_other(bench: Bench) -> None:
    results, rejections = await bench.recognise(
        reference(offset=0), reference(offset=1, pipeline="gone@1", image_id="b")
    )
    assert [result.origin.offset for result in results] == [0]
    (rejection,) = rejections
    assert (rejection.reason, rejection.pipeline) == (Reason.UNKNOWN_PIPELINE, "gone@1")
    assert rejection.identity == ImageIdentity(owner="shop", image_id="b")


class RemovedMeanwhile(FakePipelines):
    """A named pipeline is there for decoding, and gone when it is to answer."""

    @asynccontextmanager
    async def use(self, name: str | None) -> AsyncIterator[RunnablePipeline]:
        async with super().use(name) as pipeline:
            yield pipeline
        self._others.clear()


async def test_a_pipeline_that_goes_while_its_images_are_decoded_costs_these_alone(
    pipeline: LoadedPipeline, picture: bytes
) -> None:
    pipelines = RemovedMeanwhile(pipeline, OtherPipeline(pipeline))
    bench = Bench(pipeline, {"s3://shop/a.jpg": picture}, pipelines=pipelines)
    results, rejections = await bench.recognise(reference(offset=0), reference(offset=1, pipeline="shoes@1"))
    assert [result.origin.offset for result in results] == [0]
    assert [(one.reason, one.origin.offset) for one in rejections] == [(Reason.UNKNOWN_PIPELINE, 1)]
    bench.recogniser.close()


async def test_nothing_is_loaded_for_a_workspace_that_there_is_none_of(bench: Bench) -> None:
    _, rejection = await bench.dead_letter(reference(owner="nobody", pipeline="gone@1"))
    assert rejection.reason is Reason.UNKNOWN_WORKSPACE


async def test_a_pipeline_that_is_no_name_is_an_invalid_reference(bench: Bench) -> None:
    _, rejection = await bench.dead_letter(reference(pipeline="Shoes"))
    assert rejection.reason is Reason.INVALID_REFERENCE
    assert rejection.detail.startswith("pipeline: ")


async def test_an_answer_tells_whether_its_pipeline_counts(pipeline: LoadedPipeline, picture: bytes) -> None:
    bench = Bench(pipeline, {"s3://shop/a.jpg": picture}, others=[OtherPipeline(pipeline)])
    results, rejections = await bench.recognise(
        reference(offset=0),
        reference(offset=1, pipeline="shoes@1"),
        reference(offset=2, pipeline="gone@1"),
        reference("s3://shop/none.jpg", offset=3),
    )
    assert {result.origin.offset: result.promoted for result in results} == {0: True, 1: False}
    assert {rejection.origin.offset: rejection.promoted for rejection in rejections} == {2: False, 3: True}
    bench.recogniser.close()


async def test_a_replay_answers_the_reference_that_it_names(bench: Bench) -> None:
    first = Origin(topic="image-references", partition=2, offset=7, appended_at_ms=1_600_000_000_000)
    headers = encode_headers(first)
    outcome = await bench.recogniser.recognise(
        [reference(offset=4, headers=headers), reference("s3://shop/none.jpg", offset=5, headers=headers)]
    )
    (result,) = [result_of(record) for record in outcome.records if record.topic == RECOGNITION_RESULTS]
    (rejection,) = [decode_headers(record.headers) for record in outcome.records if record.topic == DEAD_LETTERS]
    for one, offset in ((result, 4), (rejection, 5)):
        assert one.origin == first
        assert one.replay is not None
        assert one.replay.offset == offset


@pytest.mark.parametrize(
    "value",
    [
        b"image-references:0:1:1700000000999",
        b"recognition-results:0:1:1600000000000",
        b"image-references:0:1",
        b"\xff",
        b"",
    ],
    ids=["newer", "another topic", "no time", "no text", "nothing"],
)
async def test_a_replay_of_what_is_no_older_reference_is_rejected_and_marks_no_image(
    bench: Bench, value: bytes
) -> None:
    _, rejection = await bench.dead_letter(reference(headers=[(REPLAY_OF, value)]))
    assert rejection.reason is Reason.INVALID_REFERENCE
    assert rejection.identity is None

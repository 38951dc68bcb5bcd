"""Publishing to a real Kafka: confirmed, keyed, with headers; and what is not confirmed is said."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result
from confluent_kafka import Producer
from typer.testing import CliRunner

from infra.errors import ConfigurationError, TransientError, VedetteError
from infra.kafka.confirmation import PublishFailed
from infra.kafka.event_bus import client_configuration
from infra.kafka.topic_setup import create_topics
from infra.settings.servers import KafkaSettings
from producers.commands import publish
from producers.publisher import TOPIC_OF_PRIORITY, ImagePublisher, PublishSummary
from schemas.images import ImageReference
from schemas.messages.cloud_events import REFERENCE_TYPE, correlation_id, traceparent
from schemas.topics import IMAGE_REFERENCES, IMAGE_REFERENCES_BATCH, MAX_REFERENCE_BYTES
from schemas.wire import parse_reference
from tests.stacks import RunningStack, kafka_variables
from tests.topic_tail import TopicTail
from tests.typer_apps import app_of

# The discard port: nothing listens there.
NOBODY = "127.0.0.1:9"


@pytest.fixture(scope="module")
def kafka(stack: RunningStack) -> KafkaSettings:
    create_topics(stack.settings.kafka)
    return stack.settings.kafka


@pytest.fixture
def normal(kafka: KafkaSettings) -> Iterator[TopicTail]:
    with TopicTail(kafka, IMAGE_REFERENCES) as tail:
        yield tail


@pytest.fixture
def batch(kafka: KafkaSettings) -> Iterator[TopicTail]:
    with TopicTail(kafka, IMAGE_REFERENCES_BATCH) as tail:
        yield tail


def _reference(number: int) -> ImageReference:
    return ImageReference(owner="shop", uri=f"s3://shop/{number}.jpg", image_id=f"image-{number}")


def test_each_reference_is_confirmed_and_arrives_as_it_was(kafka: KafkaSettings, normal: TopicTail) -> None:
    confirmed: list[ImageReference] = []
    references = [_reference(number) for number in range(200)]
    with ImagePublisher(kafka, on_confirmed=lambda reference, _place: confirmed.append(reference)) as publisher:
        for reference in references:
            publisher.publish(reference)
        assert publisher.flush() == PublishSummary(confirmed=200, failed=0)
    assert sorted(confirmed, key=str) == sorted(references, key=str)
    messages = normal.read(200)
    arrived = {message.key(): parse_reference(message.value()) for message in messages}
    assert {key.decode() for key in arrived} == {reference.identity.image_key for reference in references}
    assert all(reference.submitted_at is not None for reference in arrived.values())
    assert len({message.partition() for message in messages}) > 1


def test_references_to_one_image_share_a_partition_in_order(kafka: KafkaSettings, normal: TopicTail) -> None:
    with ImagePublisher(kafka) as publisher:
        for turn in range(50):
            publisher.publish(_reference(1).model_copy(update={"metadata": {"turn": turn}}))
    messages = normal.read(50)
    assert len({message.partition() for message in messages}) == 1
    assert [parse_reference(message.value()).metadata["turn"] for message in messages] == list(range(50))


def test_a_reference_carries_cloudevents_headers_a_trace_and_the_correlation_id(
    kafka: KafkaSettings, normal: TopicTail
) -> None:
    with ImagePublisher(kafka, source="shop/importer") as publisher:
        publisher.publish(_reference(1), correlation_id="order-7")
    (message,) = normal.read(1)
    headers = dict(message.headers())
    assert headers["ce_type"] == REFERENCE_TYPE.encode()
    assert headers["ce_specversion"] == b"1.0"
    assert headers["ce_source"] == b"shop/importer"
    assert headers["content-type"] == b"application/json"
    assert re.fullmatch(rb"[0-9a-f-]{36}", headers["ce_id"])
    assert correlation_id(message.headers()) == "order-7"
    assert traceparent(message.headers()) is not None


def test_a_reference_that_is_too_large_fails_alone(kafka: KafkaSettings, normal: TopicTail) -> None:
    failed: list[tuple[ImageReference, VedetteError]] = []
    huge = ImageReference(owner="shop", uri="s3://a/b", metadata={str(n): "\x01" * 1024 for n in range(64)})
    assert len(huge.model_dump_json()) > MAX_REFERENCE_BYTES
    with ImagePublisher(kafka, on_failed=lambda reference, error: failed.append((reference, error))) as publisher:
        publisher.publish(huge)
        publisher.publish(_reference(1))
        assert publisher.flush() == PublishSummary(confirmed=1, failed=1)
    assert failed[0][0] is huge
    assert len(normal.read(1)) == 1


def test_a_failure_that_nobody_takes_is_raised(kafka: KafkaSettings) -> None:
    huge = ImageReference(owner="shop", uri="s3://a/b", metadata={str(n): "\x01" * 1024 for n in range(64)})
    publisher = ImagePublisher(kafka)
    publisher.publish(huge)
    with pytest.raises(PublishFailed, match="larger than 262144 bytes"):
        publisher.flush()


def test_no_broker_is_an_error_and_not_a_wait_for_ever() -> None:
    failed: list[VedetteError] = []
    with ImagePublisher(NOBODY, delivery_timeout_s=1, on_failed=lambda _, error: failed.append(error)) as publisher:
        with pytest.raises(TransientError, match="does not answer"):
            publisher.require_topic(timeout_s=1)
        publisher.publish(_reference(1))
        assert publisher.flush() == PublishSummary(confirmed=0, failed=1)
    assert isinstance(failed[0], TransientError)


def test_a_missing_topic_is_named_with_what_to_do(kafka: KafkaSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TOPIC_OF_PRIORITY, "batch", "no-such-topic")
    with (
        ImagePublisher(kafka, priority="batch") as publisher,
        pytest.raises(ConfigurationError, match=r"no-such-topic.*vedette migrate"),
    ):
        publisher.require_topic()


def test_full_batches_of_other_librdkafka_producers_are_taken(kafka: KafkaSettings, normal: TopicTail) -> None:
    """Their default batch holds 1 MB; were the topic's limit that of one reference, all of them would be refused."""
    problems: list[object] = []
    producer = Producer({**client_configuration(kafka), "linger.ms": 200})
    for number in range(3000):
        value = json.dumps({"owner": "shop", "uri": f"https://h/{number}?signature={'s' * 700}"})
        producer.produce(
            IMAGE_REFERENCES, value, b"one-key", on_delivery=lambda error, _: problems.append(error) if error else None
        )
    assert producer.flush(60) == 0
    assert problems == []
    assert len(normal.read(3000)) == 3000


def test_the_command_publishes_a_folder_to_the_batch_topic_and_repeats_it(
    kafka: KafkaSettings, batch: TopicTail, tmp_path: Path
) -> None:
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        (tmp_path / name).write_bytes(b"picture")
    arguments = "--owner shop --priority batch --repeat 20 --metadata run=7 --features text --json"
    result = _publish(kafka, str(tmp_path), *arguments.split())
    assert result.exit_code == 0, result.output
    summary = json.loads(result.stdout)
    assert (summary["published"], summary["refused"], summary["failed"]) == (60, 0, 0)
    references = [parse_reference(message.value()) for message in batch.read(60)]
    assert len({reference.identity.image_key for reference in references}) == 60
    assert {reference.image_id[-6:] for reference in references if reference.image_id} == {
        f"-r{turn:04d}" for turn in range(1, 21)
    }
    assert {(reference.metadata["run"], reference.features) for reference in references} == {("7", ("text",))}


def test_the_command_publishes_what_it_can_and_ends_with_1_for_the_rest(
    kafka: KafkaSettings, normal: TopicTail
) -> None:
    lines = 's3://shop/1.jpg\nhello\n{"uri": "s3://shop/2.jpg"}\n'
    result = _publish(kafka, "-", "--owner", "shop", lines=lines)
    assert result.exit_code == 1
    assert "2 published, 1 refused, 0 not confirmed" in result.stdout
    assert "standard input, line 2" in result.stdout
    assert len(normal.read(2)) == 2


def test_the_command_without_a_broker_ends_with_1_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"picture")
    result = _publish(KafkaSettings(bootstrap_servers=NOBODY), str(tmp_path), "--owner", "shop", "--timeout", "1")
    assert result.exit_code == 1
    assert isinstance(result.exception, TransientError)
    assert f"Kafka at {NOBODY} does not answer" in str(result.exception)


def _publish(kafka: KafkaSettings, *arguments: str, lines: str = "") -> Result:
    return CliRunner().invoke(app_of(publish), list(arguments), input=lines, env=kafka_variables(kafka))

"""References published with kafkajs parse as the workers parse them, and partition as Java's and ours do."""

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from infra.embedded.homes.home import Home
from infra.kafka.topic_setup import create_topics
from producers.publisher import ImagePublisher
from schemas.images import ImageReference
from schemas.topics import IMAGE_REFERENCES
from schemas.wire import parse_reference
from tests.producers_foreign import Place, publish_with_kafkajs
from tests.stacks import RunningStack
from tests.topic_tail import TopicTail

REFERENCE = ImageReference(owner="shop", uri="s3://shop/a.jpg", image_id="order-7")
VALUE = orjson.dumps({"owner": "shop", "uri": "s3://shop/a.jpg", "image_id": "order-7"})


@pytest.fixture(scope="module")
def client(stack: RunningStack) -> Path:
    """The file by which every foreign client reaches this Kafka."""
    create_topics(stack.settings.kafka)
    return Home(stack.settings.home).client_properties_file


@pytest.fixture
def references(client: Path, stack: RunningStack) -> Iterator[TopicTail]:
    with TopicTail(stack.settings.kafka, IMAGE_REFERENCES) as tail:
        yield tail


def test_a_message_without_key_or_headers_is_a_reference(
    kafkajs_modules: Path, client: Path, references: TopicTail
) -> None:
    place = publish_with_kafkajs(kafkajs_modules, client, IMAGE_REFERENCES, None, VALUE)
    (message,) = references.read(1)
    assert Place(message.partition(), message.offset()) == place
    assert parse_reference(message.value()) == REFERENCE


def test_one_image_goes_to_the_same_partition_as_with_our_producer(
    kafkajs_modules: Path, client: Path, references: TopicTail, stack: RunningStack
) -> None:
    key = REFERENCE.identity.image_key.encode()
    publish_with_kafkajs(kafkajs_modules, client, IMAGE_REFERENCES, key, VALUE)
    with ImagePublisher(stack.settings.kafka) as publisher:
        publisher.publish(REFERENCE)
    theirs, ours = references.read(2)
    assert theirs.partition() == ours.partition()

"""The contract holds for producers that are not ours: what they publish parses as the workers parse it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import pytest

from infra.embedded.homes.home import Home
from infra.kafka.topic_setup import create_topics
from producers.publisher import ImagePublisher
from schemas.images import ImageReference
from schemas.topics import IMAGE_REFERENCES
from schemas.wire import parse_reference
from tests.producers_foreign import Place, framed, publish_with_confluent, publish_with_java
from tests.stacks import RunningStack
from tests.topic_tail import TopicTail

Publish = Callable[[str, str, bytes | None, bytes], Place]

REFERENCE = ImageReference(owner="shop", uri="s3://shop/a.jpg", image_id="order-7", metadata={"camera": 2})
VALUE = orjson.dumps(
    {"owner": "shop", "uri": "s3://shop/a.jpg", "image_id": "order-7", "metadata": {"camera": 2}, "newer": [1]}
)
FOREIGN = pytest.mark.parametrize("publish", [publish_with_java, publish_with_confluent])


@pytest.fixture(scope="module")
def client(stack: RunningStack) -> Path:
    """The file by which every foreign client reaches this Kafka."""
    create_topics(stack.settings.kafka)
    return Home(stack.settings.home).client_properties_file


@pytest.fixture
def references(client: Path, stack: RunningStack) -> Iterator[TopicTail]:
    with TopicTail(stack.settings.kafka, IMAGE_REFERENCES) as tail:
        yield tail


@FOREIGN
def test_a_message_without_key_or_headers_is_a_reference(publish: Publish, client: Path, references: TopicTail) -> None:
    place = publish(client, IMAGE_REFERENCES, None, VALUE)
    (message,) = references.read(1)
    assert Place(message.partition(), message.offset()) == place
    assert (message.key(), message.headers()) == (None, None)
    assert parse_reference(message.value()) == REFERENCE


@FOREIGN
def test_a_message_in_confluents_frame_is_a_reference(publish: Publish, client: Path, references: TopicTail) -> None:
    publish(client, IMAGE_REFERENCES, b"any", framed(VALUE))
    (message,) = references.read(1)
    assert message.value()[:5] == b"\0\0\0\0\7"
    assert parse_reference(message.value()) == REFERENCE


@pytest.mark.parametrize("image_id", ["order-7", "b", "0123456789"])
def test_java_puts_one_image_into_the_same_partition_as_our_producer(
    image_id: str, client: Path, references: TopicTail, stack: RunningStack
) -> None:
    reference = REFERENCE.model_copy(update={"image_id": image_id})
    place = publish_with_java(client, IMAGE_REFERENCES, reference.identity.image_key.encode(), VALUE)
    with ImagePublisher(stack.settings.kafka) as publisher:
        publisher.publish(reference)
    theirs, ours = references.read(2)
    assert theirs.partition() == ours.partition() == place.partition
    assert theirs.key() == ours.key()

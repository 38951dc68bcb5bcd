"""The contract holds for producers that are not ours: what they publish parses as the workers parse it."""

from collections.abc import Callable, Iterator

import orjson
import pytest

from infra.topic_setup import create_topics
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
def bootstrap(stack: RunningStack) -> str:
    create_topics(stack.settings.kafka)
    return stack.settings.kafka.bootstrap_servers


@pytest.fixture
def references(bootstrap: str) -> Iterator[TopicTail]:
    with TopicTail(bootstrap, IMAGE_REFERENCES) as tail:
        yield tail


@FOREIGN
def test_a_message_without_key_or_headers_is_a_reference(
    publish: Publish, bootstrap: str, references: TopicTail
) -> None:
    place = publish(bootstrap, IMAGE_REFERENCES, None, VALUE)
    (message,) = references.read(1)
    assert Place(message.partition(), message.offset()) == place
    assert (message.key(), message.headers()) == (None, None)
    assert parse_reference(message.value()) == REFERENCE


@FOREIGN
def test_a_message_in_confluents_frame_is_a_reference(publish: Publish, bootstrap: str, references: TopicTail) -> None:
    publish(bootstrap, IMAGE_REFERENCES, b"any", framed(VALUE))
    (message,) = references.read(1)
    assert message.value()[:5] == b"\0\0\0\0\7"
    assert parse_reference(message.value()) == REFERENCE


@pytest.mark.parametrize("image_id", ["order-7", "b", "0123456789"])
def test_java_puts_one_image_into_the_same_partition_as_our_producer(
    image_id: str, bootstrap: str, references: TopicTail
) -> None:
    reference = REFERENCE.model_copy(update={"image_id": image_id})
    place = publish_with_java(bootstrap, IMAGE_REFERENCES, reference.identity.image_key.encode(), VALUE)
    with ImagePublisher(bootstrap) as publisher:
        publisher.publish(reference)
    theirs, ours = references.read(2)
    assert theirs.partition() == ours.partition() == place.partition
    assert theirs.key() == ours.key()

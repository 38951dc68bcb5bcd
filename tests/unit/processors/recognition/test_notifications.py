"""What a store announces becomes references; what it should not announce becomes a dead letter."""

from processors.recognition.notifications import NotificationReader
from schemas.dead_letters import Reason, decode_headers
from schemas.messages.cloud_events import REFERENCE_TYPE
from schemas.topics import DEAD_LETTERS, IMAGE_REFERENCES, OBJECT_CREATED
from schemas.wire import parse_reference
from tests.fakes.streams import message
from tests.places import DATA

NOTIFICATIONS = DATA / "notifications"
TRACE = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
READER = NotificationReader({"photos": "shop"}, "worker-1")


def captured(name: str) -> bytes:
    return (NOTIFICATIONS / f"{name}.json").read_bytes()


def test_a_captured_notification_becomes_a_reference_under_its_images_key() -> None:
    sent = message(captured("minio"), topic=OBJECT_CREATED, offset=4, headers=[("traceparent", TRACE)])
    (record,) = READER.read([sent])
    reference = parse_reference(record.value)
    assert (record.topic, reference.owner) == (IMAGE_REFERENCES, "shop")
    assert reference.uri == "s3://photos/2025/red%20flower+1.jpg"
    assert record.key == reference.identity.image_key.encode()
    headers = dict(record.headers)
    assert headers["ce_type"] == REFERENCE_TYPE.encode()
    assert headers["ce_id"] == f"object-created:0:4:{reference.identity.image_key}".encode()
    assert headers["traceparent"] == TRACE


def test_an_event_that_is_about_no_new_object_becomes_nothing() -> None:
    assert READER.read([message(captured("aws-test-event"), topic=OBJECT_CREATED)]) == []


def test_a_bucket_of_no_workspace_becomes_a_dead_letter_and_its_neighbours_references() -> None:
    stranger = captured("minio").replace(b'"name":"photos"', b'"name":"others"')
    batch = [message(captured("aws"), topic=OBJECT_CREATED), message(stranger, topic=OBJECT_CREATED, offset=1)]
    good, bad = READER.read(batch)
    assert good.topic == IMAGE_REFERENCES
    assert (bad.topic, bad.value) == (DEAD_LETTERS, stranger)
    rejection = decode_headers(bad.headers)
    assert rejection.reason is Reason.INVALID_NOTIFICATION
    assert rejection.detail == "Records[0].s3.bucket.name: bucket others belongs to no workspace"
    assert rejection.key == "object-created:0:1"


def test_what_is_no_notification_becomes_a_dead_letter() -> None:
    for value in (None, b"", b"garbage", b"[]", b'{"Records": 7}'):
        (record,) = READER.read([message(value, topic=OBJECT_CREATED)])
        assert decode_headers(record.headers).reason is Reason.INVALID_NOTIFICATION

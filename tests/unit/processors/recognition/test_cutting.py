"""Outcomes that are too large for their topics are cut; whatever else Kafka refuses is not."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from infra.errors import TransientError
from infra.kafka.batches.unread import MOST_HEADERS
from infra.kafka.confirmation import PublishFailed, RecordsTooLarge
from infra.kafka.event_bus import Record
from processors.recognition.cutting import CuttingPublisher, smaller
from schemas.dead_letters import Reason, Rejection, decode_headers, encode_headers, strip_headers
from schemas.images import Origin
from schemas.messages.cuts import KEPT_BYTES, message_bytes
from schemas.messages.retries import Retry
from schemas.messages.retries import encode_headers as encode_retry
from schemas.topics import DEAD_LETTERS, IMAGE_REFERENCES, RECOGNITION_RESULTS, RETRY_TOPICS
from tests import samples

STOOD = Origin(topic=IMAGE_REFERENCES, partition=3, offset=7, appended_at_ms=1_741_073_672_241)
REJECTION = Rejection(
    reason=Reason.INVALID_JSON,
    detail="the message is not JSON",
    origin=STOOD,
    host="h",
    rejected_at=datetime(2026, 3, 1, tzinfo=UTC),
)
LIMIT = 100_000


class Broker:
    """Refuses what is larger than its limit, and a batch as a whole for one such record."""

    def __init__(self, error: Exception | None = None) -> None:
        self.records: list[Record] = []
        self._error = error

    async def publish(self, records: Sequence[Record]) -> tuple[Origin, ...]:
        if self._error is not None:
            raise self._error
        if sum(message_bytes(one.key, one.value, one.headers) for one in records) > LIMIT:
            raise RecordsTooLarge(range(len(records)))
        self.records += records
        return (STOOD,) * len(records)


def letter(
    value: bytes | None = b"v", key: bytes | None = b"k", headers: Sequence[tuple[str, bytes | None]] = ()
) -> Record:
    return Record(DEAD_LETTERS, value, key, encode_headers(REJECTION, headers))


@pytest.mark.parametrize(
    "large",
    [
        letter(bytes(5_000_000)),
        letter(b"v", bytes(3_000_000)),
        letter(b"v", b"k", [("h", bytes(3_000_000))]),
        letter(b"v", b"k", [("n" * 3_000_000, None)]),
        letter(b"v", b"k", [(f"h{n}", b"x") for n in range(20_000)]),
    ],
    ids=["value", "key", "header", "name of a header", "20,000 headers"],
)
async def test_a_letter_that_is_too_large_is_cut_and_its_neighbours_are_whole(large: Record) -> None:
    broker = Broker()
    await CuttingPublisher(broker, "h").publish([letter(b"before"), large, letter(b"after")])
    before, cut, after = broker.records
    assert (before.value, after.value) == (b"before", b"after")
    assert message_bytes(cut.key, cut.value, cut.headers) < 20_000
    rejection = decode_headers(cut.headers)
    assert rejection.model_copy(update={"cut": None}) == REJECTION
    assert rejection.cut is not None
    assert rejection.cut.value is not None
    assert rejection.cut.value.sha256 == hashlib.sha256(large.value or b"").hexdigest()
    assert rejection.cut.headers.count == len(strip_headers(large.headers))
    assert cut.value == (large.value or b"")[:KEPT_BYTES]
    assert rejection.cut.describe().startswith("the message was cut: ")


@pytest.mark.parametrize("error", [TransientError("away"), PublishFailed("not allowed")])
async def test_whatever_else_fails_is_raised(error: Exception) -> None:
    with pytest.raises(type(error)):
        await CuttingPublisher(Broker(error), "h").publish([letter(bytes(5_000_000))])


def test_a_retry_that_is_too_large_becomes_a_letter_of_the_first_message() -> None:
    retry = Retry(attempt=1, not_before=datetime(2026, 3, 1, tzinfo=UTC), origin=STOOD, detail="It did not come.")
    value = b'{"owner": "shop", "image_id": "a-1", "uri": "s3://shop/a.jpg"}'
    record = Record(RETRY_TOPICS[0], value, None, encode_retry(retry, [("own", bytes(3_000_000))]))
    rejection = decode_headers(smaller(record, "h").headers)
    assert (rejection.origin, rejection.reason) == (STOOD, Reason.MESSAGE_TOO_LARGE)
    assert (rejection.owner, rejection.image_id) == ("shop", "a-1")
    assert "It did not come." in rejection.detail


def test_a_result_that_is_too_large_rejects_its_reference() -> None:
    result = samples.result("shop", "a-1")
    record = Record(RECOGNITION_RESULTS, result.model_dump_json().encode(), b"k", ())
    rejection = decode_headers(smaller(record, "h").headers)
    assert (rejection.owner, rejection.image_id, rejection.origin) == (result.owner, result.image_id, result.origin)
    assert (rejection.pipeline, rejection.promoted) == (result.pipeline, result.promoted)


def test_what_is_no_outcome_is_not_cut() -> None:
    with pytest.raises(PublishFailed):
        smaller(Record(IMAGE_REFERENCES, b"x"), "h")


async def test_a_letter_of_more_headers_than_are_read_again_is_cut_though_kafka_would_take_it() -> None:
    broker = Broker()
    await CuttingPublisher(broker, "h").publish([letter(b"v", b"k", [("", None)] * MOST_HEADERS)])
    [cut] = broker.records
    assert len(cut.headers) < MOST_HEADERS
    assert decode_headers(cut.headers).cut is not None

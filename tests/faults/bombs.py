"""Batches that unpack to far more than they take on the wire, and others that only a hostile producer writes."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import cache

from confluent_kafka import Producer

from infra.kafka.event_bus import client_configuration
from infra.settings.servers import KafkaSettings
from schemas.images import Origin
from schemas.messages.retries import Retry, encode_headers
from schemas.topics import (
    ACTIVITY,
    DEAD_LETTERS,
    IMAGE_REFERENCES,
    IMAGE_REFERENCES_BATCH,
    MIB,
    OBJECT_CREATED,
    RECOGNITION_RESULTS,
    REFERENCE_TOPICS,
    RETRY_TOPICS,
)
from tests.raw_producer import RawBatch
from tests.record_batches import GZIP, LZ4, NONE, SNAPPY, XERIAL, ZSTD, Packed, batch

CODECS = {"gzip": GZIP, "snappy": SNAPPY, "xerial": XERIAL, "lz4": LZ4, "zstd": ZSTD}
PLACES = (*REFERENCE_TOPICS, OBJECT_CREATED, RETRY_TOPICS[0], RECOGNITION_RESULTS, DEAD_LETTERS, ACTIVITY)
LARGE = 5_000_000
LARGE_PART = 3_000_000
BOMB = 250 * MIB
# What snappy packs that much into is more than any topic takes.
BOMBING = {name: codec for name, codec in CODECS.items() if codec not in (SNAPPY, XERIAL)}
TINY = Packed(b'{"Event":"s3:TestEvent"}', None)


def odd_batches(owner: str, uri: str, tiny: int) -> list[RawBatch]:
    """Return them all; ``tiny`` records are in a batch of tiny ones. Valid parts ask for ``uri`` for ``owner``."""
    value = json.dumps({"owner": owner, "uri": uri}).encode()
    return [
        *(found for topic in PLACES for found in large_on(topic, value)),
        *(found for topic in PLACES for found in bombs_on(topic)),
        *_near_limits(value),
        RawBatch("tiny records", OBJECT_CREATED, batch([TINY] * tiny, ZSTD), tiny),
        *_broken(),
    ]


def large_on(topic: str, value: bytes) -> Iterator[RawBatch]:
    """One record that passes each topic's limit only while it is packed, with an innocent one on either side."""
    own = _headers(topic)
    records = {
        "value": Packed(bytes(LARGE), b"k", own),
        "key": Packed(value, bytes(LARGE_PART), own),
        "header": Packed(value, None, [*own, ("large", bytes(LARGE_PART))]),
        "name of a header": Packed(value, None, [*own, ("n" * LARGE_PART, None)]),
    }
    for name, codec in CODECS.items():
        for part, record in records.items():
            packed = batch([Packed(b"before"), record, Packed(b"after")], codec)
            yield RawBatch(f"{topic}: megabytes in a {part}, {name}", topic, packed, 3)


def bombs_on(topic: str) -> Iterator[RawBatch]:
    """One value that unpacks to 250 MiB, and fifty that do together, by each codec."""
    for name, codec in BOMBING.items():
        yield RawBatch(f"{topic}: one value of 250 MiB, {name}", topic, _bomb(codec, 1))
    for name, codec in BOMBING.items():
        yield RawBatch(f"{topic}: 50 values of 5 MiB, {name}", topic, _bomb(codec, 50), 50)


@cache
def _bomb(codec: int, records: int) -> bytes:
    return batch([Packed(bytes(BOMB // records - 100))] * records, codec)


def _near_limits(value: bytes) -> Iterator[RawBatch]:
    many = [(f"h{number}", b"x") for number in range(20_000)]
    yield RawBatch("20,000 headers", IMAGE_REFERENCES, batch([Packed(value, None, many)]))
    yield RawBatch("20,000 headers, packed", IMAGE_REFERENCES_BATCH, batch([Packed(value, None, many)], LZ4))
    empty = [("", None)] * 4_000_000
    yield RawBatch("4,000,000 empty headers", IMAGE_REFERENCES, batch([Packed(value, None, empty)], ZSTD))
    for size in (256 * 1024, MIB, 2 * MIB, 2 * MIB + 65_536):
        for more in (-200, 0, 200):
            record = Packed(b" " * (size + more))
            yield RawBatch(f"{size + more} bytes", IMAGE_REFERENCES, batch([record], ZSTD))
    for codec in (NONE, *CODECS.values()):
        yield RawBatch(f"an honest batch, {codec}", IMAGE_REFERENCES, batch([Packed(b"{}")] * 40, codec), 40)


def _broken() -> Iterator[RawBatch]:
    """Right checksums around wrong contents: brokers unpack what they are sent, and refuse most of these."""
    yield RawBatch("garbage", IMAGE_REFERENCES, batch([Packed()] * 3, LZ4, packed=b"garbage " * 9), 0)
    yield RawBatch(
        "a lying snappy size", IMAGE_REFERENCES, batch([Packed()], SNAPPY, packed=b"\xff\xff\xff\xff\x0f0"), 0
    )
    yield RawBatch("a lying record count", IMAGE_REFERENCES, batch([Packed()] * 3, ZSTD, count=9), 0)
    yield RawBatch("a negative length", IMAGE_REFERENCES, batch(count=1, codec=ZSTD, body=b"\x01\0\0\0"), 0)


def _headers(topic: str) -> Sequence[tuple[str, bytes | None]]:
    if topic not in RETRY_TOPICS:
        return ()
    origin = Origin(topic=IMAGE_REFERENCES, partition=0, offset=2**40, appended_at_ms=1)
    retry = Retry(attempt=1, not_before=datetime(2026, 1, 1, tzinfo=UTC), origin=origin, detail="It did not come.")
    return encode_headers(retry, ())


def publish_in_transactions(kafka: KafkaSettings, value: bytes) -> int:
    """Publish references in transactions, of which every second one is aborted; returns how many there are.

    A transaction leaves marks on the partitions, which are gaps in the offsets of messages.
    """
    producer = Producer({**client_configuration(kafka), "transactional.id": "fuzz", "linger.ms": 0})
    producer.init_transactions(30)
    for number in range(20):
        producer.begin_transaction()
        for topic in REFERENCE_TOPICS:
            producer.produce(topic, value, partition=number % 6)
        producer.flush(30)
        (producer.abort_transaction if number % 2 else producer.commit_transaction)(30)
    return 20 * len(REFERENCE_TOPICS)

"""How fast ordinary batches are read within bounds, beside the client's own reader; run it as a module."""

import time
from typing import Any

from aiokafka.consumer.fetcher import PartitionRecords
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.structs import TopicPartition

from infra.kafka.batches.record_batches import BoundedRecords
from tests.record_batches import CODECS, Packed, batch

RECORDS = 2000
ROUNDS = 50
NAMES = ("none", "gzip", "snappy", "lz4", "zstd")


def seconds(sent: bytes, records: type[Any]) -> float:
    """Return the best time of several for reading a batch, checksum and codec included."""
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.perf_counter()
        partition = PartitionRecords(TopicPartition("t", 0), records(sent), [], 0, None, None, True, 0)
        assert sum(1 for _ in partition) == RECORDS
        best = min(best, time.perf_counter() - began)
    return best


def main() -> None:
    headers = [("traceparent", b"00-" + b"1" * 52), ("correlation-id", b"order-4711")]
    values = [
        b'{"owner": "shop", "uri": "s3://photos/%d.jpg", "image_id": "a-%d"}' % (n, n) * 4 for n in range(RECORDS)
    ]
    for name, codec in zip(NAMES, CODECS, strict=True):
        sent = batch([Packed(value, b"k" * 40, headers) for value in values], codec)
        own, bounded = seconds(sent, MemoryRecords), seconds(sent, BoundedRecords)
        print(f"{name:7} {RECORDS / own:10,.0f} {RECORDS / bounded:10,.0f} messages/s, {bounded / own - 1:+.1%}")  # noqa: T201


if __name__ == "__main__":
    main()

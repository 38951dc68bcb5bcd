"""Batches of records: what a client reads of good ones, and one stand-in for what cannot be read."""

import hashlib
import tracemalloc
from typing import Any

import pytest
from aiokafka.consumer.fetcher import PartitionRecords
from aiokafka.record.legacy_records import _LegacyRecordBatchBuilderPy
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.structs import TopicPartition
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.kafka.batches.plain_records import _Reader
from infra.kafka.batches.record_batches import BoundedRecords
from infra.kafka.batches.unread import Bounds, Unread
from schemas.dead_letters import Reason
from schemas.messages.cuts import KEPT_BYTES, encode_headers
from tests.record_batches import CODECS, GZIP, LZ4, NONE, SNAPPY, XERIAL, ZSTD, Packed, batch, record

MIB = 1024 * 1024
ALL = (*CODECS, XERIAL)
headers = st.lists(st.tuples(st.text(max_size=8), st.none() | st.binary(max_size=8)), max_size=4)
packed_records = st.builds(Packed, st.none() | st.binary(max_size=300), st.none() | st.binary(max_size=9), headers)


class Small(BoundedRecords):
    bounds = Bounds(batch_bytes=64 * 1024, record_bytes=8 * 1024, headers=16)


def read(sent: bytes, records: type[Any] = Small, position: int = 0) -> tuple[list[Any], int]:
    """Return what a consumer is handed, and where it goes on."""
    partition = PartitionRecords(TopicPartition("t", 0), records(sent), [], position, None, None, True, 0)
    return list(partition), partition.next_fetch_offset


def unread(found: list[Any]) -> list[Unread]:
    return [one.value for one in found if isinstance(one.value, Unread)]


@given(st.lists(packed_records, min_size=1, max_size=20), st.sampled_from(ALL))
def test_a_good_batch_is_read_as_the_client_reads_it(records: list[Packed], codec: int) -> None:
    sent = batch(records, codec) + batch(records, codec, base_offset=len(records))
    assert read(sent, BoundedRecords) == read(sent, MemoryRecords)
    # Where no record may be read fast.
    slow = type("Slow", (BoundedRecords,), {"bounds": Bounds(record_bytes=0, headers=99)})
    found, position = read(sent, slow)
    assert position == 2 * len(records)
    assert [one.offset for one in found] == list(range(position))


@pytest.mark.parametrize("codec", ALL)
def test_one_stand_in_tells_the_offsets_of_a_batch_that_is_beyond_the_bound(codec: int) -> None:
    bomb = batch([Packed(bytes(7000))] * 12, codec, base_offset=40)
    found, position = read(batch([Packed()] * 40) + bomb + batch([Packed()], base_offset=52))
    [one] = unread(found)
    assert (one.reason, one.first_offset, one.last_offset) == (Reason.OVERSIZED_BATCH, 40, 51)
    assert [record.offset for record in found][-2:] == [51, 52]
    assert position == 53


@pytest.mark.parametrize("codec", ALL)
def test_a_consumer_that_begins_within_such_a_batch_is_told_the_same(codec: int) -> None:
    [one], position = read(batch([Packed(bytes(7000))] * 12, codec, base_offset=40), position=47)
    assert (one.value.first_offset, one.value.last_offset, position) == (40, 51, 52)


@pytest.mark.parametrize("codec", ALL)
@pytest.mark.parametrize(
    "large",
    [
        Packed(bytes(9000)),
        Packed(b"v", bytes(9000)),
        Packed(b"v", None, [("h", bytes(9000))]),
        Packed(b"v", None, [("h" * 9000, None)]),
        Packed(b"v", None, [("", None)] * 17),
    ],
    ids=["value", "key", "header", "name of a header", "headers"],
)
def test_a_record_that_is_too_large_is_cut_and_its_neighbours_are_whole(codec: int, large: Packed) -> None:
    found, position = read(batch([Packed(), large, Packed()], codec))
    assert [one.value for one in (found[0], found[2])] == [b"value", b"value"]
    assert position == 3
    [one] = unread(found)
    assert (one.reason, one.first_offset, one.last_offset) == (Reason.MESSAGE_TOO_LARGE, 1, 1)
    assert one.message is not None
    assert one.message.value == (large.value or b"")[:KEPT_BYTES]
    cut = one.message.cut
    assert cut.value is not None
    assert cut.value.sha256 == hashlib.sha256(large.value or b"").hexdigest()
    assert cut.headers.sha256 == hashlib.sha256(encode_headers(large.headers)).hexdigest()
    assert cut.headers.count == len(large.headers)


WRONG = {
    "garbage": batch([Packed()] * 3, LZ4, packed=b"garbage " * 9),
    "no bytes": batch([Packed()] * 3, ZSTD, packed=b""),
    "half": batch([Packed()] * 3, GZIP, packed=batch([Packed()] * 9, GZIP)[61:90]),
    "another codec": batch([Packed()] * 3, ZSTD, packed=batch([Packed()] * 3, GZIP)[61:]),
    "unknown codec": batch([Packed()] * 3, attributes=7),
    "snappy's size lies": batch([Packed()] * 3, SNAPPY, packed=b"\xff\xff\xff\xff\x0f" + b"\0" * 20),
    "a snappy block is too long": batch([Packed()] * 3, XERIAL, packed=b"\x82SNAPPY\0\0\0\0\1\0\0\0\1\x7f\0\0\0"),
    "fewer records than said": batch([Packed()] * 3, count=3, body=b""),
    "a record's length lies": batch([Packed()] * 3, body=b"\x7f" + record(Packed(), 0)[1:]),
    "a negative length": batch([Packed()] * 3, body=b"\x01" + record(Packed(), 0)),
    "an endless number": batch([Packed()] * 3, body=b"\xff" * 30),
    "wrong checksum": batch([Packed()] * 3)[:17] + b"\0\0\0\0" + batch([Packed()] * 3)[21:],
    "broken end of a transaction": batch([Packed()] * 3, attributes=0x30)[:17]
    + b"\0\0\0\0"
    + batch([Packed()] * 3, attributes=0x30)[21:],
}


@pytest.mark.parametrize("sent", WRONG.values(), ids=WRONG)
def test_one_stand_in_tells_the_offsets_of_a_batch_that_is_broken(sent: bytes) -> None:
    found, position = read(sent + batch([Packed(b"next")], base_offset=3))
    [one] = unread(found)
    assert (one.first_offset, one.last_offset, position) == (0, 2, 4)
    assert one.reason in (Reason.CORRUPT_BATCH, Reason.OVERSIZED_BATCH)
    assert found[-1].value == b"next"


def test_what_comes_before_the_broken_record_is_read() -> None:
    sent = batch(count=4, body=record(Packed(), 0) + record(Packed(), 1) + b"\x7f\x7f")
    found, position = read(sent)
    assert [one.offset for one in found] == [0, 1, 3]
    assert (unread(found)[0].first_offset, unread(found)[0].last_offset, position) == (2, 3, 4)


@pytest.mark.parametrize("deltas", [[0, 9], [1, 0], [0, 0], [-1, 0], [0, 2**31 - 1]])
def test_offsets_that_lie_lead_nowhere(deltas: list[int]) -> None:
    found, position = read(batch(count=2, body=b"".join(record(Packed(), delta) for delta in deltas)))
    assert position == 2
    assert [one.offset for one in found] in ([0, 1], [1])


def test_the_marks_of_transactions_and_empty_batches_are_stepped_over() -> None:
    sent = batch([Packed(b"\0\0\0\0\0\0", b"\0\0\0\1")], attributes=0x30) + batch(base_offset=1, count=0, last_delta=5)
    assert read(sent + batch([Packed()], base_offset=7)) == read(batch([Packed()], base_offset=7), position=1)


damage = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), min_size=1, max_size=6)


@settings(max_examples=600)
@given(st.lists(packed_records, min_size=1, max_size=6), st.sampled_from(ALL), damage, st.booleans())
def test_no_damage_holds_up_a_consumer(records: list[Packed], codec: int, damage: Any, sums_right: bool) -> None:
    body = bytearray(batch(records, codec)[61:] if sums_right else batch(records, codec))
    for place, byte in damage:
        # Its length and its format tell where a batch ends: of these a broker makes sure.
        if place < len(body) and (sums_right or not 8 <= place < 17):
            body[place] = byte
    broken = batch(records, codec, packed=bytes(body)) if sums_right else bytes(body)
    base = int.from_bytes(broken[:8], "big", signed=True)
    found, position = read(broken, position=base)
    assert position > base
    assert all(base <= one.offset < position for one in found)
    told = [(one.value.first_offset, one.value.last_offset) for one in found if isinstance(one.value, Unread)]
    assert all(base <= first <= last < position for first, last in told)


# The oldest format with lz4 was never read by this client.
@pytest.mark.parametrize(
    ("magic", "codec"), [(0, NONE), (0, GZIP), (0, SNAPPY), (1, NONE), (1, GZIP), (1, SNAPPY), (1, LZ4)]
)
def test_messages_of_old_formats_are_read_and_bounded(magic: int, codec: int) -> None:
    good, bad = (_LegacyRecordBatchBuilderPy(magic, codec, MIB) for _ in range(2))
    good.append(0, 1000, b"key", b"value")
    for offset in range(12 if codec else 1):
        bad.append(offset, 1000, b"key", bytes(7000 if codec else 9000))
    assert [one.value for one in read(bytes(good.build()))[0]] == [b"value"]
    [one] = unread(read(bytes(bad.build()))[0])
    assert one.reason is (Reason.OVERSIZED_BATCH if codec else Reason.MESSAGE_TOO_LARGE)


@pytest.mark.parametrize("codec", [GZIP, SNAPPY, LZ4, ZSTD])
def test_a_bomb_takes_no_more_memory_than_the_bound(codec: int) -> None:
    sent = batch([Packed(bytes(100 * MIB))], codec)
    tracemalloc.start()
    [one], _position = read(sent, BoundedRecords)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert one.value.reason is Reason.OVERSIZED_BATCH
    assert peak < 8 * MIB


def test_a_record_of_nothing_but_headers_takes_no_memory_for_each() -> None:
    sent = batch([Packed(b"", None, [("", None)] * 4 * MIB)], ZSTD)
    tracemalloc.start()
    [one], _position = read(sent, BoundedRecords)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert one.value.message.cut.headers.count == 4 * MIB
    assert peak < 8 * MIB


def test_a_million_headers_in_a_small_batch_are_not_looked_at_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at = []
    number = _Reader.number
    monkeypatch.setattr(_Reader, "number", lambda reader: looked_at.append(1) or number(reader))
    many = Packed(b"v", None, [("", None)] * 500_000)
    found, position = read(batch([Packed(), many, Packed()], ZSTD), BoundedRecords)
    assert position == 3
    assert unread(found)[0].message is not None
    assert len(looked_at) < 2000

"""Messages whose headers have names that are no text."""

from typing import Any

import pytest
from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy
from aiokafka.record.memory_records import MemoryRecords

from processors.header_names import TolerantRecords, tolerate_header_names

NONE, GZIP, SNAPPY, LZ4, ZSTD = range(5)


class NoText(str):
    """A name that is written as bytes which are not UTF-8, as a client in another language may."""

    __slots__ = ()

    def encode(self, *_arguments: Any) -> bytes:
        return b"\xff\xfe" + super().encode()


def batch(*headers: list[tuple[str, bytes | None]], codec: int = NONE) -> bytes:
    """Return a batch with one message for each list of headers."""
    builder = _DefaultRecordBatchBuilderPy(2, codec, False, -1, -1, -1, 2**20)
    for offset, fields in enumerate(headers):
        assert builder.append(offset, timestamp=1000 + offset, key=b"key", value=b"value", headers=fields)
    return bytes(builder.build())


def read(records: Any) -> list[tuple[int, Any, Any, Any]]:
    found = []
    while records.has_next():
        one = records.next_batch()
        assert one.validate_crc()
        found += [(record.offset, record.key, record.value, list(record.headers)) for record in one]
    return found


def test_the_clients_own_reader_fails_on_such_a_name() -> None:
    with pytest.raises(UnicodeDecodeError):
        read(MemoryRecords(batch([(NoText("name"), b"1")])))


@pytest.mark.parametrize("codec", [NONE, GZIP, SNAPPY, LZ4, ZSTD])
def test_every_message_of_the_batch_is_read_once_and_in_order(codec: int) -> None:
    good: list[tuple[str, bytes | None]] = [("naïve", None), ("b", b"\xff")]
    packed = batch(good, [(NoText("name"), b"1")], [], good, codec=codec) + batch(good)
    assert read(TolerantRecords(packed)) == [
        (0, b"key", b"value", good),
        (1, b"key", b"value", [("\N{REPLACEMENT CHARACTER}" * 2 + "name", b"1")]),
        (2, b"key", b"value", []),
        (3, b"key", b"value", good),
        (0, b"key", b"value", good),
    ]


def test_what_is_text_is_read_as_the_client_reads_it() -> None:
    packed = batch([("a", b"1")], [("naïve", None)])
    assert read(TolerantRecords(packed)) == read(MemoryRecords(packed))


def test_every_consumer_of_the_process_reads_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetcher, "MemoryRecords", MemoryRecords)
    tolerate_header_names()
    assert fetcher.MemoryRecords is TolerantRecords

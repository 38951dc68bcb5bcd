"""Records on disk."""

import tracemalloc
from collections import Counter
from pathlib import Path

from infra.operations.reconcile.findings import MOST_TOLD, Findings
from infra.operations.reconcile.records.records import Kind, Mark, MessagePlace, TraceRecord, digest
from infra.operations.reconcile.records.spill import BUFFERED_BYTES, Spill


def record(number: int, version: int = 2**53) -> TraceRecord:
    place = MessagePlace(3, number % 24, 2**40 + number)
    return TraceRecord(Kind.DOCUMENT, digest(str(number)), version, place, 2**63, Mark.STORED_PAST | Mark.INDEXED_PAST)


def test_records_come_back_as_they_were_and_once_each(tmp_path: Path) -> None:
    spill = Spill(tmp_path, "test")
    records = [record(number) for number in range(10_000)]
    for one in records:
        spill.add(one.key, one)
    assert Counter(one for bucket in spill.buckets() for one in bucket) == Counter(records)
    assert list(tmp_path.iterdir()) == []


def test_records_of_one_group_come_back_together(tmp_path: Path) -> None:
    spill = Spill(tmp_path, "test")
    for version in range(40):
        for number in range(300):
            spill.add(digest(str(number)), record(number, version))
    for bucket in spill.buckets():
        assert set(Counter(one.key for one in bucket).values()) <= {40}


def test_what_waits_in_memory_is_bounded(tmp_path: Path) -> None:
    spill = Spill(tmp_path, "test")
    tracemalloc.start()
    for number in range(120_000):
        spill.add(digest(str(number)), record(number))
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 2 * BUFFERED_BYTES
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) > BUFFERED_BYTES


def test_of_a_disaster_everything_is_counted_and_some_told() -> None:
    findings = Findings()
    for number in range(3 * MOST_TOLD):
        findings.add(MessagePlace(0, 0, number))
    assert findings.joined(findings).count == 6 * MOST_TOLD
    assert len(findings.joined(findings).told) == len(findings.told) == MOST_TOLD

"""What the workers of topic ``activity`` make of its messages: each kind in its place, and garbage stops neither."""

import dataclasses

import structlog

from infra.operations.audit.verification import Verification
from infra.operations.audit.writer import ChainWriter
from processors.streams.delivery import Message
from processors.workers import activity, audit
from schemas.messages.cloud_events import AUDIT_TYPE, activity_type
from schemas.topics import ACTIVITY
from tests.contracts.audit_trail_contract import KEYS
from tests.fakes.audit import FakeAuditStore, audit_event
from tests.fakes.streams import message

AUDIT = (("ce_type", AUDIT_TYPE.encode()),)
ACCESS = (("ce_type", activity_type("access").encode()),)


def at(partition: int, offset: int, value: bytes | None, headers: object = AUDIT) -> Message:
    plain = message(value, topic=ACTIVITY, offset=offset, headers=headers)
    return dataclasses.replace(plain, origin=plain.origin.model_copy(update={"partition": partition}))


def told(number: int) -> bytes:
    return audit_event(number).model_dump_json(exclude_none=True).encode()


MESSAGES = [
    at(0, 4, told(4)),
    at(1, 9, told(9)),
    at(0, 5, b"{}", ACCESS),
    at(0, 7, b"\x00garbage"),
    at(1, 12, None, ()),
    at(0, 8, told(8)),
]


async def test_audit_events_are_sorted_by_partition_and_garbage_is_told_and_chained() -> None:
    with structlog.testing.capture_logs() as logged:
        read = await audit.read(MESSAGES)
    assert {partition: [one.offset for one in some] for partition, some in read.items()} == {0: [4, 7, 8], 1: [9, 12]}
    assert [line["message"] for line in logged if line["event"] == "audit_message_rejected"] == [
        "activity:0:7",
        "activity:1:12",
    ]
    trail = FakeAuditStore()

    async def same() -> str:
        return "t"

    await ChainWriter(trail, KEYS, "t", same).save(read)
    report = await Verification(trail, KEYS).run()
    assert [(head.chain, head.entries) for head in report.heads] == [("t:0", 3), ("t:1", 2)]
    assert report.is_intact
    assert "garbage" not in repr(trail.entries)


async def test_every_message_becomes_one_document_named_by_its_place() -> None:
    documents = await activity.read(MESSAGES)
    assert [document.id for document in documents] == [one.origin.name for one in MESSAGES]
    assert [document.source["event"]["dataset"] for document in documents] == [
        "vedette.audit",
        "vedette.audit",
        "vedette.unreadable",
        "vedette.unreadable",
        "vedette.unreadable",
        "vedette.audit",
    ]
    assert [document.version for document in documents] == [one.origin.appended_at_ms for one in MESSAGES]

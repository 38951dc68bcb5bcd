"""What the activity index promises, in Elasticsearch and in memory."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from infra.elasticsearch.activity import ActivityIndex
from infra.elasticsearch.activity_documents import activity_document
from infra.elasticsearch.result_documents import Document
from infra.errors import InvalidCursor
from schemas.activity import (
    AccessEvent,
    Action,
    ActivityEvent,
    Alert,
    AuditEvent,
    ErrorEvent,
    Outcome,
    PerformanceEvent,
    SecurityEvent,
)
from schemas.activity_queries import ActivityKind, ActivityQuery
from schemas.images import Origin
from schemas.messages.cloud_events import activity_type, headers_for
from schemas.topics import ACTIVITY

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ADA = UUID("0b8f4a5e-6c7d-4e5f-8a9b-0c1d2e3f4a5b")


def request(at_s: float = 0, **fields: Any) -> dict[str, Any]:
    known = {"method": "GET", "route": "/v1/images/{image_id}", "status": 200, "duration_ms": 12.5, "request_id": "r-1"}
    return {**known, "at": NOON + timedelta(seconds=at_s), **fields}


def document(event: ActivityEvent, offset: int, partition: int = 0) -> Document:
    """Return what the worker makes of the event, appended when it happened."""
    origin = Origin(topic=ACTIVITY, partition=partition, offset=offset, appended_at_ms=int(event.at.timestamp() * 1000))
    headers = headers_for(activity_type(event.event), "1", "vedette/api", event.at, correlation_id=f"request-{offset}")
    return activity_document(origin, headers, event.model_dump_json(exclude_none=True).encode())


class ActivityIndexContract:
    """Tests on the fixture ``activity``, an empty index."""

    @pytest.fixture
    async def saved(self, activity: ActivityIndex) -> Sequence[Document]:
        """One event of each kind, a second apart, the audit event first."""
        events: list[ActivityEvent] = [
            AuditEvent(
                action=Action.ACCOUNT_CLOSED,
                actor=str(ADA),
                at=NOON,
                subject="x",
                owner="shop",
                program="key k3v9x0c1ab",
                outcome=Outcome.UNKNOWN,
                detail="why",
            ),
            AccessEvent(**request(1, actor=ADA, owner="shop", address="198.51.100.7")),
            ErrorEvent(**request(2, status=500, kind="KeyError", owner="rival")),
            PerformanceEvent(**request(3, duration_ms=2000, threshold_ms=1000)),
            SecurityEvent(alert=Alert.BRUTE_FORCE, at=NOON + timedelta(seconds=4), subject="address:1", address="unix"),
        ]
        documents = [document(event, offset) for offset, event in enumerate(events)]
        await activity.save(documents)
        await activity.refresh()
        return documents

    async def test_events_of_every_kind_are_found_newest_first(
        self, activity: ActivityIndex, saved: Sequence[Document]
    ) -> None:
        page = await activity.search(ActivityQuery())
        assert [item.event.value for item in page.items] == ["security", "performance", "error", "access", "audit"]
        assert [item.id for item in page.items] == [f"activity:0:{offset}" for offset in (4, 3, 2, 1, 0)]
        security, performance, error, access, audit = page.items
        assert (security.action, security.subject, security.address) == ("log_in.brute_force", "address:1", "unix")
        assert (performance.duration_ms, performance.route) == (2000, "/v1/images/{image_id}")
        assert (error.status, error.error, error.outcome, error.owner) == (500, "KeyError", "failure", "rival")
        assert (access.actor, access.owner, access.address) == (str(ADA), "shop", "198.51.100.7")
        assert (access.method, access.status, access.request_id, access.outcome) == ("GET", 200, "r-1", "success")
        assert (audit.action, audit.subject, audit.detail) == ("account.closed", "x", "why")
        assert (audit.program, audit.outcome) == ("key k3v9x0c1ab", "unknown")
        assert (audit.request_id, audit.at) == ("request-0", NOON)

    async def test_what_is_delivered_again_doubles_nothing(
        self, activity: ActivityIndex, saved: Sequence[Document]
    ) -> None:
        await activity.save(saved)
        await activity.refresh()
        assert len((await activity.search(ActivityQuery())).items) == 5

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({"event": ActivityKind.ERROR}, [2]),
            ({"actor": str(ADA)}, [1, 0]),
            ({"action": "account.closed"}, [0]),
            ({"owners": frozenset({"shop"})}, [1, 0]),
            ({"owners": frozenset()}, []),
            ({"since": NOON + timedelta(seconds=1), "until": NOON + timedelta(seconds=3)}, [2, 1]),
            ({"actor": str(ADA), "event": ActivityKind.ACCESS, "owners": frozenset({"shop", "rival"})}, [1]),
        ],
    )
    async def test_searches_are_narrowed_by_all_that_is_asked(
        self, activity: ActivityIndex, saved: Sequence[Document], query: dict[str, Any], found: list[int]
    ) -> None:
        page = await activity.search(ActivityQuery(**query))
        assert [item.id for item in page.items] == [f"activity:0:{offset}" for offset in found]

    async def test_pages_hold_every_event_once_though_newer_ones_come_meanwhile(self, activity: ActivityIndex) -> None:
        # Several at one moment: the order of these is by place.
        await activity.save([document(AccessEvent(**request(offset // 3)), offset) for offset in range(10)])
        await activity.refresh()
        page = await activity.search(ActivityQuery(limit=4))
        seen = [item.id for item in page.items]
        await activity.save([document(AccessEvent(**request(60)), 99)])
        await activity.refresh()
        while page.next_cursor is not None:
            page = await activity.search(ActivityQuery(limit=4, cursor=page.next_cursor))
            seen += [item.id for item in page.items]
        assert seen == [f"activity:0:{offset}" for offset in range(9, -1, -1)]

    async def test_acts_are_left_out_where_they_are_not_meant(
        self, activity: ActivityIndex, saved: Sequence[Document]
    ) -> None:
        page = await activity.search(ActivityQuery(acts=False))
        assert ActivityKind.AUDIT not in {item.event for item in page.items}
        assert len(page.items) == len(saved) - 1
        assert not (await activity.search(ActivityQuery(acts=False, event=ActivityKind.AUDIT))).items

    async def test_a_cursor_of_another_list_is_refused(
        self, activity: ActivityIndex, saved: Sequence[Document]
    ) -> None:
        page = await activity.search(ActivityQuery(limit=1))
        with pytest.raises(InvalidCursor):
            await activity.search(ActivityQuery(limit=1, cursor=page.next_cursor, actor=str(uuid4())))

    async def test_a_message_that_is_no_event_is_told_and_its_content_is_not(self, activity: ActivityIndex) -> None:
        origin = Origin(topic=ACTIVITY, partition=2, offset=7, appended_at_ms=int(NOON.timestamp() * 1000))
        unreadable = activity_document(origin, (), b'{"event": "audit", "password": "canary"}')
        await activity.save([unreadable])
        await activity.refresh()
        [item] = (await activity.search(ActivityQuery(event=ActivityKind.UNREADABLE))).items
        assert (item.id, item.at) == ("activity:2:7", NOON)
        assert "canary" not in repr(unreadable)

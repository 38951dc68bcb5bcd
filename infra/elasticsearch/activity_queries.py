"""Questions to the activity index, in Elasticsearch's query language."""

from typing import Any

from infra.cursors import decode_cursor, encode_cursor
from infra.elasticsearch.activity_documents import DATASET
from schemas.activity_queries import ActivityItem, ActivityKind, ActivityQuery

SORT = [{"@timestamp": "desc"}, {"event.id": "desc"}]
SORT_TYPES = (int, str)
NANOSECONDS = 1_000_000


def activity_body(query: ActivityQuery) -> dict[str, Any]:
    """Return the request for one page, with one hit more than the page holds, to see whether another follows."""
    acts = {"term": {"event.dataset": f"{DATASET}{ActivityKind.AUDIT.value}"}}
    body = {
        "query": {"bool": {"filter": _filters(query), "must_not": [] if query.acts else [acts]}},
        "sort": SORT,
        "size": query.limit + 1,
        "track_total_hits": False,
    }
    if query.cursor is not None:
        body["search_after"] = decode_cursor(_listing(query), query.cursor, SORT_TYPES)
    return body


def activity_cursor(query: ActivityQuery, sort_values: list[Any]) -> str:
    """Return the cursor to what follows the hit with these sort values."""
    return encode_cursor(_listing(query), sort_values)


def read_activity(source: dict[str, Any]) -> ActivityItem:
    """Return one hit."""
    event, http = source["event"], source.get("http", {})
    duration = event.get("duration")
    return ActivityItem(
        id=event["id"],
        event=event["dataset"].removeprefix(DATASET),
        at=source["@timestamp"],
        action=event.get("action"),
        outcome=event.get("outcome"),
        actor=source.get("user", {}).get("id"),
        program=source.get("program"),
        subject=source.get("subject"),
        owner=source.get("owner"),
        address=source.get("source", {}).get("address"),
        method=http.get("request", {}).get("method"),
        route=http.get("route"),
        status=http.get("response", {}).get("status_code"),
        duration_ms=None if duration is None else duration / NANOSECONDS,
        error=source.get("error", {}).get("type"),
        count=source.get("count"),
        request_id=http.get("request", {}).get("id"),
        detail=source.get("message"),
    )


def _filters(query: ActivityQuery) -> list[dict[str, Any]]:
    wanted = {
        "event.dataset": None if query.event is None else f"{DATASET}{query.event.value}",
        "user.id": query.actor,
        "event.action": query.action,
    }
    required: list[dict[str, Any]] = [{"term": {name: value}} for name, value in wanted.items() if value is not None]
    if query.owners is not None:
        required.append({"terms": {"owner": sorted(query.owners)}})
    bounds = {name: at.isoformat() for name, at in (("gte", query.since), ("lt", query.until)) if at is not None}
    return [*required, {"range": {"@timestamp": bounds}}] if bounds else required


def _listing(query: ActivityQuery) -> list[object]:
    """What makes a list the same list on its next page."""
    owners = None if query.owners is None else sorted(query.owners)
    return ["activity", owners, *query.model_dump(mode="json", exclude={"owners", "limit", "cursor"}).items()]

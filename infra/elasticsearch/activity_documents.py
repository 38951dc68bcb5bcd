"""What Elasticsearch keeps of events on topic ``activity``, by the Elastic Common Schema's names where it has some."""

import ipaddress
from typing import Any

from infra.elasticsearch.result_documents import Document
from schemas.activity import (
    AccessEvent,
    ActivityEvent,
    AuditEvent,
    ErrorEvent,
    Outcome,
    PerformanceEvent,
    SecurityEvent,
    parse_activity,
)
from schemas.dead_letters import Headers
from schemas.images import Origin
from schemas.messages.cloud_events import correlation_id, source_of

# What an event's kind is in the schema's words.
CATEGORIES = {
    "audit": ["iam"],
    "access": ["web"],
    "error": ["web"],
    "performance": ["web"],
    "security": ["intrusion_detection"],
}
DATASET = "vedette."
UNREADABLE = "unreadable"
UNREADABLE_EVENT = "the message is no event of the platform"
# Far above what the platform writes; a longer one is not looked at any further.
LONGEST_EVENT_BYTES = 65_536
LOG_INS = ("account.log", "session.")
FAILED_ACTIONS = ("account.log_in_failed", "session.refresh_reused")
NANOSECONDS = 1_000_000


def activity_document(origin: Origin, headers: Headers, value: bytes | None) -> Document:
    """Return the document of one message; of one that is no event, that it stands there and nothing of what it says.

    It is named by its place, and its version is the broker's time: delivered again it is the same document.
    """
    try:
        event = _parse(value or b"")
    except ValueError:
        fields = _unreadable(origin, UNREADABLE_EVENT)
    else:
        fields = _fields(event, headers)
    return _document(origin, fields)


def unread_document(origin: Origin, last_offset: int, why: str) -> Document:
    """Return the document that stands for messages from ``origin`` on which could not be read whole."""
    return _document(origin, _unreadable(origin, f"offsets {origin.offset} to {last_offset}: {why}"))


def _document(origin: Origin, fields: dict[str, Any]) -> Document:
    place = {
        "topic": origin.topic,
        "partition": origin.partition,
        "offset": origin.offset,
        "appended_at": origin.appended_at,
    }
    fields["event"] = {"id": origin.name, "ingested": origin.appended_at, **fields["event"]}
    return Document(origin.name, origin.appended_at_ms, {**_present(fields), "origin": place})


def _parse(value: bytes) -> ActivityEvent:
    if len(value) > LONGEST_EVENT_BYTES:
        raise ValueError("longer than any event of the platform")
    return parse_activity(value)


def _unreadable(origin: Origin, why: str) -> dict[str, Any]:
    event = {"kind": "pipeline_error", "dataset": f"{DATASET}{UNREADABLE}"}
    return {"@timestamp": origin.appended_at, "event": event, "message": why}


def _fields(event: ActivityEvent, headers: Headers) -> dict[str, Any]:
    common = {
        "@timestamp": event.at,
        "user": _present({"id": None if event.actor is None else str(event.actor)}),
        "source": _source(event.address),
        "service": _present({"name": source_of(headers)}),
    }
    if isinstance(event, AuditEvent):
        return {**common, **_audit(event, correlation_id(headers))}
    if isinstance(event, SecurityEvent):
        return {**common, **_security(event)}
    return {**common, **_request(event)}


def _audit(event: AuditEvent, request_id: str | None) -> dict[str, Any]:
    action = event.action.value
    about = {
        "kind": "event",
        "category": ["authentication"] if action.startswith(LOG_INS) else CATEGORIES["audit"],
        "dataset": f"{DATASET}{event.event}",
        "action": action,
        "outcome": _outcome(event),
    }
    return {
        "event": about,
        "http": _present({"request": _present({"id": request_id})}),
        "program": event.program,
        "subject": event.subject,
        "owner": event.owner,
        "message": event.detail,
    }


def _outcome(event: AuditEvent) -> str:
    if event.outcome is Outcome.UNKNOWN:
        return "unknown"
    failed = event.outcome is Outcome.FAILED or event.action.value in FAILED_ACTIONS
    return "failure" if failed else "success"


def _security(event: SecurityEvent) -> dict[str, Any]:
    about = {
        "kind": "alert",
        "category": CATEGORIES[event.event],
        "dataset": f"{DATASET}{event.event}",
        "action": event.alert.value,
    }
    return {
        "event": about,
        "http": _present({"request": _present({"id": event.request_id})}),
        "subject": event.subject,
        "count": event.count,
    }


def _request(event: AccessEvent | ErrorEvent | PerformanceEvent) -> dict[str, Any]:
    about = {
        "kind": "event",
        "category": CATEGORIES[event.event],
        "dataset": f"{DATASET}{event.event}",
        "action": event.event,
        "outcome": "failure" if event.status >= 400 else "success",
        "duration": round(event.duration_ms * NANOSECONDS),
    }
    return {
        "event": about,
        "http": {
            "request": {"method": event.method, "id": event.request_id},
            "response": {"status_code": event.status},
            "route": event.route,
        },
        "owner": event.owner,
        "error": {"type": event.kind} if isinstance(event, ErrorEvent) else {},
        "threshold_ms": event.threshold_ms if isinstance(event, PerformanceEvent) else None,
    }


def _source(address: str | None) -> dict[str, Any]:
    if address is None:
        return {}
    try:
        ipaddress.ip_address(address)
    except ValueError:
        return {"address": address}
    return {"address": address, "ip": address}


def _present(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in (None, {}, "")}

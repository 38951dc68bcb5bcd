"""CloudEvents 1.0 in Kafka's binary mode: what an event is stands in its headers, and the value is plain JSON."""

import re
from datetime import UTC, datetime

from schemas.dead_letters import Headers

REFERENCE_TYPE = "vedette.image.reference.v1"
RESULT_TYPE = "vedette.image.result.v1"
DELETION_TYPE = "vedette.image.deleted.v1"
QUESTION_TYPE = "vedette.question.v1"
ANSWER_TYPE = "vedette.answer.v1"
JOB_FINISHED_TYPE = "vedette.job.finished.v1"
AUDIT_TYPE = "vedette.activity.audit.v1"
# How the types of all events on topic activity begin; the kind of the event and a version follow.
PLATFORM_ACTIVITY = "vedette.activity."
CONTENT_TYPE = "application/json"
BINARY = "application/octet-stream"
# What the API and the command line are called as sources of events.
API_SOURCE = "vedette/api"
COMMAND_LINE_SOURCE = "vedette/command-line"
JOBS_SOURCE = "vedette/jobs"

CORRELATION_HEADERS = ("correlation-id", "ce_correlationid")
TYPE_HEADERS = ("ce_type",)
SOURCE_HEADERS = ("ce_source",)
TRACE_HEADERS = ("traceparent", "ce_traceparent")
MAX_CORRELATION_BYTES = 256

_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def headers_for(
    event_type: str,
    event_id: str,
    source: str,
    time: datetime,
    *,
    traceparent: str | None = None,
    correlation_id: str | None = None,
    content_type: str = CONTENT_TYPE,
) -> list[tuple[str, bytes]]:
    """Return an event's Kafka headers: CloudEvents' attributes, the W3C trace context and the correlation id."""
    fields = {
        "content-type": content_type,
        "ce_specversion": "1.0",
        "ce_id": event_id,
        "ce_type": event_type,
        "ce_source": source,
        "ce_time": time.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "traceparent": traceparent,
        "correlation-id": correlation_id,
    }
    return [(name, value.encode()) for name, value in fields.items() if value is not None]


def activity_type(kind: str) -> str:
    """Return the type of an event on topic ``activity``."""
    return f"{PLATFORM_ACTIVITY}{kind}.v1"


def event_type_of(headers: Headers) -> str | None:
    """Return what kind of event a message says it is."""
    return _text(headers, TYPE_HEADERS)


def source_of(headers: Headers) -> str | None:
    """Return which part of a platform a message says it comes from."""
    text = _text(headers, SOURCE_HEADERS)
    return text if text is not None and text.isprintable() else None


def correlation_id(headers: Headers) -> str | None:
    """Return the producer's own id for the request, to be given back with the answer.

    ``None`` where there is none, or where it is not printable text of at most 256 bytes: it ends in logs and stores.
    """
    text = _text(headers, CORRELATION_HEADERS)
    return text if text is not None and text.isprintable() else None


def traceparent(headers: Headers) -> str | None:
    """Return the W3C trace context, or ``None`` where there is none that follows the specification."""
    text = _text(headers, TRACE_HEADERS)
    return text if text is not None and _TRACEPARENT.fullmatch(text) else None


def _text(headers: Headers, names: tuple[str, ...]) -> str | None:
    """Return the first header of these names; a value that is no text counts as absent, as the standards ask."""
    for name, value in headers:
        if name.lower() in names and value and len(value) <= MAX_CORRELATION_BYTES:
            try:
                return value.decode()
            except UnicodeDecodeError:
                return None
    return None

"""The JSON Schemas of the headers that our messages carry, out of the code that writes the headers."""

from datetime import UTC, datetime
from typing import Any

from producers.contract.header_meanings import MEANINGS
from schemas.dead_letters import Reason, Rejection, Resolution, Resolved, encode_headers, encode_resolution
from schemas.images import Origin
from schemas.messages.cloud_events import REFERENCE_TYPE, headers_for
from schemas.messages.cuts import Cut, CutHeaders
from schemas.messages.questions import Question, answer_headers, question_headers
from schemas.messages.retries import Retry
from schemas.messages.retries import encode_headers as encode_retry

LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
ASKED = Question(id="0" * 32, reply_to="0" * 32, owner="o", deadline=LONG_AGO, size_bytes=1)

Schema = dict[str, Any]


def event_headers_schema() -> Schema:
    """Return the schema of the Kafka headers that our own events carry, as text."""
    required = [name for name, _ in headers_for(REFERENCE_TYPE, "1", "vedette", LONG_AGO)]
    every = headers_for(REFERENCE_TYPE, "1", "vedette", LONG_AGO, traceparent="00", correlation_id="1")
    return _text_headers([name for name, _ in every], required)


def dead_letter_headers_schema() -> Schema:
    """Return the schema of the Kafka headers that say why a message was not recognised, as text."""
    origin = Origin(topic="t", partition=0, offset=0, appended_at_ms=0)
    numbered = origin.model_copy(update={"sequence": 0})
    least = Rejection(reason=Reason.EMPTY, detail="", origin=origin, host="h", rejected_at=LONG_AGO)
    most = least.model_copy(
        update={
            "owner": "o",
            "image_id": "i",
            "uri": "u",
            "pipeline": "p@1",
            "promoted": False,
            "origin": numbered,
            "replay": numbered,
            "last_offset": 0,
            "group": "g",
            "topic_id": "i",
            "cut": Cut(headers=CutHeaders(size=0, sha256="0" * 64, kept=0, count=0, kept_count=0)),
        }
    )
    required, every = ([name for name, _ in encode_headers(rejection, ())] for rejection in (least, most))
    resolved = Resolved(rejection=least, resolution=Resolution.DISCARDED, by="b", at=LONG_AGO)
    marks = [name for name, _ in encode_resolution(resolved) if name not in every]
    schema = _text_headers([*every, *marks], required)
    schema["properties"]["dlq-reason"]["enum"] = [reason.value for reason in Reason]
    schema["properties"]["dlq-resolution"]["enum"] = [resolution.value for resolution in Resolution]
    return schema


def retry_headers_schema() -> Schema:
    """Return the schema of the Kafka headers that say when a reference is tried again, as text."""
    origin = Origin(topic="t", partition=0, offset=0, appended_at_ms=0)
    least = Retry(attempt=1, not_before=LONG_AGO, origin=origin, detail="")
    most = least.model_copy(update={"origin": origin.model_copy(update={"sequence": 0})})
    names, always = ([name for name, _ in encode_retry(retry, ())] for retry in (most, least))
    return _text_headers(names, always)


def question_headers_schema() -> Schema:
    """Return the schema of the Kafka headers that say what is asked of a picture, as text."""
    names = [name for name, _ in question_headers(ASKED, 0, "vedette", LONG_AGO)]
    return _text_headers(names, names)


def answer_headers_schema() -> Schema:
    """Return the schema of the Kafka headers that say whose question is answered, as text."""
    names = [name for name, _ in answer_headers(ASKED, "vedette", LONG_AGO)]
    return _text_headers(names, names)


def _text_headers(names: list[str], required: list[str]) -> Schema:
    properties = {name: {"type": "string", "description": MEANINGS[name]} for name in names}
    return {"type": "object", "properties": properties, "required": required}

"""The published event contract, generated from the models: JSON Schemas and an AsyncAPI 3 document."""

from datetime import UTC, datetime
from typing import Any

import orjson
import yaml
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from schemas import topics
from schemas.activity import ACTIVITY_EVENT, AccessEvent, AuditEvent, ErrorEvent, PerformanceEvent, SecurityEvent
from schemas.dead_letters import Reason, Rejection, Resolution, Resolved, encode_headers, encode_resolution
from schemas.images import ImageReference, Origin
from schemas.messages.cloud_events import CORRELATION_HEADERS, REFERENCE_TYPE, RESULT_TYPE, headers_for
from schemas.messages.retries import Retry
from schemas.messages.retries import encode_headers as encode_retry
from schemas.results import RESULT_EVENT, ImageDeleted, RecognitionResult

VERSION = "1.0.0"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
COMPONENT = "#/components/schemas/{model}"
KAFKA_BINDING = "0.5.0"
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)

Schema = dict[str, Any]


def render_contract() -> dict[str, bytes]:
    """Return every file of the contract by its name; the same models always give the same bytes."""
    schemas = {
        "image-reference": ("Image reference", ImageReference.model_json_schema()),
        "result-event": ("Result event", RESULT_EVENT.json_schema()),
        "event-headers": ("Headers of an event", event_headers_schema()),
        "dead-letter-headers": ("Headers of a dead letter", dead_letter_headers_schema()),
        "retry-headers": ("Headers of a reference that is tried again", retry_headers_schema()),
        "activity-event": ("Activity event", ACTIVITY_EVENT.json_schema()),
        "audit-event": ("Audit event", AuditEvent.model_json_schema()),
    }
    files = {f"{name}.schema.json": _json(name, title, schema) for name, (title, schema) in schemas.items()}
    return {**files, "asyncapi.yaml": _yaml(asyncapi_document())}


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


def asyncapi_document() -> Schema:
    """Return the AsyncAPI 3 description of the platform, seen from the platform: it receives references."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Vedette events",
            "version": VERSION,
            "description": "Publish references to images; read what was recognised in them.",
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {_camel(topic.name): _channel(topic) for topic in topics.TOPICS},
        "operations": {
            "receiveReferences": _operation("receive", topics.IMAGE_REFERENCES),
            "receiveBatchReferences": _operation("receive", topics.IMAGE_REFERENCES_BATCH),
            "receiveNotifications": _operation("receive", topics.OBJECT_CREATED),
            "sendResults": _operation("send", topics.RECOGNITION_RESULTS),
            "sendDeadLetters": _operation("send", topics.DEAD_LETTERS),
            "sendActivity": _operation("send", topics.ACTIVITY),
            **{f"putOff{number}": _operation("send", name) for number, name in enumerate(topics.RETRY_TOPICS, 1)},
        },
        "components": {
            "messages": _messages(),
            "schemas": {**_component_schemas(*EVENTS), **_header_schemas()},
        },
    }


MESSAGES_OF_TOPIC = {
    topics.IMAGE_REFERENCES: ("imageReference",),
    topics.IMAGE_REFERENCES_BATCH: ("imageReference",),
    topics.OBJECT_CREATED: ("bucketNotification",),
    topics.RECOGNITION_RESULTS: ("recognitionResult", "imageDeleted"),
    topics.DEAD_LETTERS: ("deadLetter", "deadLetterResolved"),
    topics.ACTIVITY: ("auditEvent", "accessEvent", "securityEvent", "errorEvent", "performanceEvent"),
    **dict.fromkeys(topics.RETRY_TOPICS, ("referencePutOff",)),
}
ACTIVITY_EVENTS = (AuditEvent, AccessEvent, SecurityEvent, ErrorEvent, PerformanceEvent)
EVENTS = (ImageReference, RecognitionResult, ImageDeleted, *ACTIVITY_EVENTS)


def _messages() -> Schema:
    return {
        "imageReference": _message(
            "A request to recognise one image. Only the value counts: headers and key may be left out.",
            payload=_ref("ImageReference"),
            headers={**event_headers_schema(), "required": []},
        ),
        "recognitionResult": _message(
            f"What was recognised in one image ({RESULT_TYPE}).",
            payload=_ref("RecognitionResult"),
            headers=_ref("EventHeaders"),
        ),
        "imageDeleted": _message(
            "An image was deleted (vedette.image.deleted.v1).",
            payload=_ref("ImageDeleted"),
            headers=_ref("EventHeaders"),
        ),
        "bucketNotification": _message(
            "The S3 event JSON that AWS, MinIO and Ceph publish when an object is written.",
            payload={"type": "object", "properties": {"Records": {"type": "array", "items": {"type": "object"}}}},
        ),
        "deadLetter": _message(
            "A message that was not recognised: its own key and value, and the reason in headers.",
            contentType="application/octet-stream",
            headers=_ref("DeadLetterHeaders"),
        ),
        "deadLetterResolved": _message(
            "A dead letter was replayed or discarded: no value, and the dead letter's headers with `dlq-resolution`.",
            contentType="application/octet-stream",
            headers=_ref("DeadLetterHeaders"),
        ),
        "referencePutOff": _message(
            "A reference whose image did not come: its own key and value, and in headers when it is tried again.",
            payload=_ref("ImageReference"),
            headers=_ref("RetryHeaders"),
        ),
        "auditEvent": _activity("A recorded act: who did what to what, and when.", AuditEvent),
        "accessEvent": _activity("A request to the API was answered.", AccessEvent),
        "securityEvent": _activity("Something looks like an attack; somebody should look.", SecurityEvent),
        "errorEvent": _activity("A request failed through no fault of its caller.", ErrorEvent),
        "performanceEvent": _activity("A request took longer than it should.", PerformanceEvent),
    }


def _activity(summary: str, event: type[BaseModel]) -> Schema:
    return _message(summary, payload=_ref(event.__name__), headers=_ref("EventHeaders"))


def _message(summary: str, **parts: Any) -> Schema:
    return {"summary": summary, "contentType": "application/json", **parts}


def _channel(topic: topics.Topic) -> Schema:
    messages = MESSAGES_OF_TOPIC[topic.name]
    return {
        "address": topic.name,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "topicConfiguration": {
                    "cleanup.policy": ["delete"],
                    "retention.ms": topic.retention_ms,
                    "max.message.bytes": topic.max_message_bytes,
                },
                "bindingVersion": KAFKA_BINDING,
            }
        },
    }


def _operation(action: str, topic: str) -> Schema:
    return {"action": action, "channel": {"$ref": f"#/channels/{_camel(topic)}"}}


def _component_schemas(*models: type[BaseModel]) -> Schema:
    _, schema = models_json_schema([(model, "validation") for model in models], ref_template=COMPONENT)
    definitions: Schema = schema["$defs"]
    return definitions


def _header_schemas() -> Schema:
    return {
        "EventHeaders": event_headers_schema(),
        "DeadLetterHeaders": dead_letter_headers_schema(),
        "RetryHeaders": retry_headers_schema(),
    }


def _text_headers(names: list[str], required: list[str]) -> Schema:
    properties: Schema = {name: {"type": "string"} for name in names}
    if CORRELATION_HEADERS[0] in properties:
        properties[CORRELATION_HEADERS[0]]["description"] = (
            "The producer's own id for the request. The result repeats it."
        )
    return {"type": "object", "properties": properties, "required": required}


def _ref(model: str) -> Schema:
    return {"$ref": COMPONENT.format(model=model)}


def _camel(topic: str) -> str:
    first, *others = topic.split("-")
    return first + "".join(word.capitalize() for word in others)


def _json(name: str, title: str, schema: Schema) -> bytes:
    head = {"$schema": DIALECT, "$id": f"urn:vedette:{name}:{VERSION}", "title": title}
    rest = {key: value for key, value in schema.items() if key != "title"}
    return orjson.dumps({**head, **rest}, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _yaml(document: Schema) -> bytes:
    text: str = yaml.safe_dump(document, sort_keys=False, width=120, allow_unicode=True)
    return text.encode()

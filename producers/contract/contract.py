"""The published event contract, generated from the models: JSON Schemas and an AsyncAPI 3 document."""

from typing import Any

import orjson
import yaml
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from producers.contract import live_channel
from producers.contract.header_schemas import (
    answer_headers_schema,
    dead_letter_headers_schema,
    event_headers_schema,
    question_headers_schema,
    retry_headers_schema,
)
from schemas import topics
from schemas.activity import ACTIVITY_EVENT, AccessEvent, AuditEvent, ErrorEvent, PerformanceEvent, SecurityEvent
from schemas.images import ImageReference
from schemas.messages.cloud_events import ANSWER_TYPE, BINARY, JOB_FINISHED_TYPE, QUESTION_TYPE, RESULT_TYPE
from schemas.messages.job_endings import JobFinished
from schemas.messages.live import LiveOutcome
from schemas.messages.questions import ANSWER, Answered, Question, Refused
from schemas.results import RESULT_EVENT, ImageDeleted, RecognitionResult

VERSION = "1.0.0"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
COMPONENT = "#/components/schemas/{model}"
KAFKA_BINDING = "0.5.0"

Schema = dict[str, Any]


def render_contract() -> dict[str, bytes]:
    """Return every file of the contract by its name; the same models always give the same bytes."""
    schemas = {
        "image-reference": ("Image reference", ImageReference.model_json_schema()),
        "result-event": ("Result event", RESULT_EVENT.json_schema()),
        "event-headers": ("Headers of an event", event_headers_schema()),
        "dead-letter-headers": ("Headers of a dead letter", dead_letter_headers_schema()),
        "retry-headers": ("Headers of a reference that is tried again", retry_headers_schema()),
        "question": ("Question", Question.model_json_schema()),
        "answer": ("Answer", ANSWER.json_schema()),
        "question-headers": ("Headers of a question", question_headers_schema()),
        "answer-headers": ("Headers of an answer", answer_headers_schema()),
        "activity-event": ("Activity event", ACTIVITY_EVENT.json_schema()),
        "audit-event": ("Audit event", AuditEvent.model_json_schema()),
        "job-finished": ("End of a job", JobFinished.model_json_schema()),
        "live-outcome": ("Outcome in a live stream", LiveOutcome.model_json_schema()),
    }
    files = {f"{name}.schema.json": _json(name, title, schema) for name, (title, schema) in schemas.items()}
    return {**files, "asyncapi.yaml": _yaml(asyncapi_document())}


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
        "channels": {
            **{_camel(topic.name): _channel(topic) for topic in topics.TOPICS},
            live_channel.NAME: live_channel.live_channel(),
        },
        "operations": {
            "receiveReferences": _operation("receive", topics.IMAGE_REFERENCES),
            "receiveBatchReferences": _operation("receive", topics.IMAGE_REFERENCES_BATCH),
            "receiveNotifications": _operation("receive", topics.OBJECT_CREATED),
            "sendResults": _operation("send", topics.RECOGNITION_RESULTS),
            "sendDeadLetters": _operation("send", topics.DEAD_LETTERS),
            "sendActivity": _operation("send", topics.ACTIVITY),
            "receiveQuestions": _operation("receive", topics.QUESTIONS),
            "sendAnswers": _operation("send", topics.ANSWERS),
            "sendJobEndings": _operation("send", topics.JOB_ENDINGS),
            "sendLive": _operation("send", live_channel.NAME),
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
    topics.QUESTIONS: ("question",),
    topics.ANSWERS: ("answered", "refused"),
    topics.JOB_ENDINGS: ("jobFinished",),
    topics.ACTIVITY: ("auditEvent", "accessEvent", "securityEvent", "errorEvent", "performanceEvent"),
    **dict.fromkeys(topics.RETRY_TOPICS, ("referencePutOff",)),
}
ACTIVITY_EVENTS: tuple[type[BaseModel], ...] = (AuditEvent, AccessEvent, SecurityEvent, ErrorEvent, PerformanceEvent)
EVENTS: tuple[type[BaseModel], ...] = (
    ImageReference,
    RecognitionResult,
    ImageDeleted,
    Question,
    Answered,
    Refused,
    JobFinished,
    *ACTIVITY_EVENTS,
    *live_channel.LIVE_MODELS,
)


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
        "question": _message(
            f"One part of a picture that somebody asks about ({QUESTION_TYPE}). Header `question` holds a Question.",
            contentType=BINARY,
            headers=_ref("QuestionHeaders"),
        ),
        "answered": _message(
            f"What was recognised in the picture of a question ({ANSWER_TYPE}).",
            payload=_ref("Answered"),
            headers=_ref("AnswerHeaders"),
        ),
        "refused": _message(
            f"Why a question has no answer ({ANSWER_TYPE}).", payload=_ref("Refused"), headers=_ref("AnswerHeaders")
        ),
        "jobFinished": _message(
            f"A job has ended ({JOB_FINISHED_TYPE}).", payload=_ref("JobFinished"), headers=_ref("EventHeaders")
        ),
        "auditEvent": _activity("A recorded act: who did what to what, and when.", AuditEvent),
        "accessEvent": _activity("A request to the API was answered.", AccessEvent),
        "securityEvent": _activity("Something looks like an attack; somebody should look.", SecurityEvent),
        "errorEvent": _activity("A request failed through no fault of its caller.", ErrorEvent),
        "performanceEvent": _activity("A request took longer than it should.", PerformanceEvent),
        **live_channel.live_messages(),
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
        "QuestionHeaders": question_headers_schema(),
        "AnswerHeaders": answer_headers_schema(),
    }


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

"""The live stream of the API in the AsyncAPI document: the one channel that is no topic."""

from typing import Any

from pydantic import BaseModel

from schemas.messages.live import LiveOutcome, OutcomeKind, StreamEnd, StreamTime

Schema = dict[str, Any]

NAME = "live"
ADDRESS = "/v1/live"
LIVE_MODELS: tuple[type[BaseModel], ...] = (LiveOutcome, StreamTime, StreamEnd)
HAPPENED = {
    OutcomeKind.RECOGNISED: "An image was recognised.",
    OutcomeKind.REJECTED: "An image was rejected.",
    OutcomeKind.DELETED: "An image was deleted.",
}


def live_channel() -> Schema:
    """Return the channel, as a WebSocket has it; server-sent events have the same three fields."""
    return {
        "address": ADDRESS,
        "description": "Outcomes as they come. `GET /v1/live` without a WebSocket has the same messages as server-sent "
        "events, whose fields are `event`, `id` and `data`.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in live_messages()},
        "bindings": {"ws": {"method": "GET", "bindingVersion": "0.1.0"}},
    }


def live_messages() -> Schema:
    """Return the messages of the channel by their names."""
    outcomes = {
        f"live{kind.value.capitalize()}": _message(kind.value, LiveOutcome, HAPPENED[kind]) for kind in HAPPENED
    }
    return {
        **outcomes,
        "liveReady": _message("ready", StreamTime, "The first message: its `id` tells where the stream begins."),
        "liveHeartbeat": _message("heartbeat", StreamTime, "Nothing came for a while; its `id` is the newest."),
        "liveEnd": _message("end", StreamEnd, "The last message: why the stream ends. It has no `id`."),
    }


def _message(event: str, data: type[BaseModel], summary: str) -> Schema:
    cursor = {"type": ["string", "null"], "description": "Resume after this message: send it as `Last-Event-ID`."}
    return {
        "summary": summary,
        "contentType": "application/json",
        "payload": {
            "type": "object",
            "required": ["event", "id", "data"],
            "properties": {
                "event": {"const": event, "description": "The kind of message."},
                "id": cursor,
                "data": {"$ref": f"#/components/schemas/{data.__name__}"},
            },
        },
    }

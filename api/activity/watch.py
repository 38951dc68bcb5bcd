"""Every request, as topic ``activity`` is told of it: who asked what and when, and whether it went well."""

import random
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.activity.feed import ActivityFeed
from api.http.middleware import STREAMED, UNLOGGED
from api.http.problems import PROBES
from api.security.api_keys import SHAPE
from api.security.key_watch import KeyWatch
from infra.settings.operations import ActivitySettings
from schemas.access.accounts import Principal
from schemas.activity import AccessEvent, ErrorEvent, PerformanceEvent
from schemas.images import MAX_NAME_CHARACTERS

# A path that leads nowhere is anybody's text.
NO_ROUTE = "none"
UNAVAILABLE = "unavailable"
BEARER = "bearer "
REFUSALS = frozenset({401, 403})
# How long such an answer lasts is no measure of anything.
EVENTS = "text/event-stream"


class ActivityWatch:
    """Tells of requests once they are answered: of all or a share of them, of slow ones and of failed ones.

    Left out are probes, and what was refused since too much was at work: the metrics count that. An event names the
    route and never the path, and holds nothing of query, headers or body.
    """

    def __init__(self, app: ASGIApp, feed: ActivityFeed, keys: KeyWatch, settings: ActivitySettings) -> None:
        self._app = app
        self._feed = feed
        self._keys = keys
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in PROBES:
            await self._app(scope, receive, send)
            return
        answer = _Status(send, scope["state"])
        began = time.perf_counter()
        try:
            await self._app(scope, receive, answer)
        except Exception as error:
            self._tell(scope, 500, answer.waited_s(began), type(error).__name__)
            raise
        if answer.status is not None and UNLOGGED not in scope["state"]:
            self._tell(scope, answer.status, answer.waited_s(began), UNAVAILABLE)

    def _tell(self, scope: Scope, status: int, waited_s: float, kind: str) -> None:
        about = _about(scope, status, waited_s * 1000)
        if status >= 500:
            self._feed.tell(ErrorEvent(**about, kind=kind[:MAX_NAME_CHARACTERS]))
        if about["duration_ms"] >= self._settings.slow_request_ms:
            self._feed.tell(PerformanceEvent(**about, threshold_ms=self._settings.slow_request_ms))
        if random.random() < self._settings.access_share:  # noqa: S311 - a share of requests, nothing secret
            self._feed.tell(AccessEvent(**about))
        self._watch_key(scope, status)

    def _watch_key(self, scope: Scope, status: int) -> None:
        prefix = _key_prefix(scope)
        if prefix is None:
            return
        caller, request_id = scope["state"].get("caller"), scope["state"]["request_id"]
        if status in REFUSALS:
            self._keys.refused(prefix, _address(scope), request_id)
        elif isinstance(caller, Principal):
            self._keys.used(prefix, caller, _address(scope), request_id)


def _about(scope: Scope, status: int, duration_ms: float) -> dict[str, Any]:
    caller = scope["state"].get("caller")
    known = isinstance(caller, Principal)
    address = _address(scope)
    route = getattr(scope.get("route"), "path", NO_ROUTE)
    return {
        "at": datetime.now(UTC),
        "method": scope["method"][:32],
        "route": route[:MAX_NAME_CHARACTERS],
        "status": status,
        "duration_ms": round(duration_ms, 1),
        "request_id": scope["state"]["request_id"],
        "actor": caller.account_id if known else None,
        "owner": next(iter(caller.workspaces)) if known and len(caller.workspaces) == 1 else None,
        "address": None if address is None else address[:64],
    }


def _address(scope: Scope) -> str | None:
    client = scope.get("client")
    return None if client is None else str(client[0])


def _key_prefix(scope: Scope) -> str | None:
    """Return the part of the caller's API key that may be shown, if they sent one."""
    given = Headers(scope=scope).get("authorization", "")
    if given[: len(BEARER)].lower() != BEARER:
        return None
    found = SHAPE.fullmatch(given[len(BEARER) :])
    return None if found is None else found[1]


class _Status:
    """Remembers the status of an answer on its way out, and when one began that has no end of its own."""

    def __init__(self, send: Send, state: Mapping[str, Any]) -> None:
        self._send = send
        self._state = state
        self._stream_began: float | None = None
        self.status: int | None = None

    def waited_s(self, began: float) -> float:
        """Return how long the answer took since ``began``; of a stream, how long it took to begin."""
        return (self._stream_began or time.perf_counter()) - began

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            is_events = Headers(raw=message["headers"]).get("content-type", "").startswith(EVENTS)
            if is_events or STREAMED in self._state:
                self._stream_began = time.perf_counter()
        await self._send(message)

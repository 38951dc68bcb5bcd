"""What surrounds every request: its id, its line in the log, bounds on its size, and headers that browsers heed."""

import re
import time
import uuid
from collections.abc import Mapping
from typing import Any

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.problems import problem_response

REQUEST_ID = re.compile(r"[A-Za-z0-9_.:\-]{1,128}")
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Answers are one caller's own; what anyone may keep says so itself.
    "Cache-Control": "no-store",
}

# What browsers keep to for a year, once they have come by TLS: https alone, for all names beneath this one too.
HSTS = "max-age=31536000; includeSubDomains"
# Ten metadata filters of 1,200 characters that are all percent-encoded fit, and so does the longest token of ours.
MOST_HEAD_BYTES = 65_536
MOST_HEADERS = 100

UNKNOWN_PATH = "unknown"

# In a request's state: headers that its answer has besides.
ANSWER_HEADERS = "answer_headers"
# In a request's state: its line in the log is left out, since something else tells of it.
UNLOGGED = "unlogged"
# In a request's state: its answer lasts as long as its caller takes to read it, which is no measure of anything.
STREAMED = "streamed"

log = structlog.get_logger(__name__)


def path_of(scope: Scope) -> str:
    """Return the path for logs, as the documentation has it: without what was asked for, which may be a secret.

    People put whole keys and signed addresses where a name belongs; a search tells what somebody looks for.
    """
    return getattr(scope.get("route"), "path_format", UNKNOWN_PATH)


class RequestContext:
    """Gives every request an id, which its answer and all its log lines carry, and answers bugs with a bare 500.

    A caller's own ``X-Request-Id`` is kept where it is short and plain.
    """

    def __init__(self, app: ASGIApp, hsts: bool = False) -> None:
        self._app = app
        self._headers = SECURITY_HEADERS | ({"Strict-Transport-Security": HSTS} if hsts else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if REQUEST_ID.fullmatch(given) else str(uuid.uuid4())
        state = scope.setdefault("state", {})
        state["request_id"] = request_id
        answer = _Answer(send, {"X-Request-Id": request_id}, self._headers, state)
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            began = time.perf_counter()
            await self._answer(scope, receive, answer)
            if UNLOGGED in scope["state"]:
                return
            duration_ms = round((time.perf_counter() - began) * 1000, 1)
            path = path_of(scope)
            log.info("request", method=scope["method"], path=path, status=answer.status, duration_ms=duration_ms)

    async def _answer(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        try:
            await self._app(scope, receive, answer)
        except Exception:
            # The edge of the process: the caller is told that it failed, and the operator what failed.
            log.exception("bug", method=scope["method"], path=path_of(scope))
            if answer.status is not None:
                raise
            await problem_response(500)(scope, receive, answer)


class HeadLimit:
    """Refuses requests whose address and header fields together are too long, or of which there are too many."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _is_too_much(scope):
            await problem_response(431, headers={"Connection": "close"})(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _is_too_much(scope: Scope) -> bool:
    headers = scope["headers"]
    size_bytes = len(scope.get("raw_path") or scope["path"]) + len(scope["query_string"])
    return (
        len(headers) > MOST_HEADERS
        or size_bytes + sum(len(name) + len(value) for name, value in headers) > MOST_HEAD_BYTES
    )


class BodyLimit:
    """Refuses bodies above ``max_bytes``, announced or streamed, but for paths that keep to a limit of their own.

    Starlette's own limit answers in plain text, whatever the handlers for its error say.
    """

    def __init__(self, app: ASGIApp, max_bytes: int, unlimited: frozenset[str] = frozenset()) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._unlimited = unlimited

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in self._unlimited:
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdecimal() and int(announced[:20]) > self._max_bytes:
            await problem_response(413, headers={"Connection": "close"})(scope, receive, send)
            return
        await self._app(scope, _Counted(receive, self._max_bytes), send)


class _Counted:
    """A request's body, which ends in an error once it is too long."""

    def __init__(self, receive: Receive, max_bytes: int) -> None:
        self._receive = receive
        self._left = max_bytes

    async def __call__(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise HTTPException(413, headers={"Connection": "close"})
        return message


class _Answer:
    """A response on its way out, with the headers that all have."""

    def __init__(
        self, send: Send, own: Mapping[str, str], defaults: Mapping[str, str], state: Mapping[str, Any]
    ) -> None:
        self._send = send
        self._own = own
        self._defaults = defaults
        self._state = state
        self.status: int | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in {**self._own, **self._state.get(ANSWER_HEADERS, {})}.items():
                headers[name] = value
            for name, value in self._defaults.items():
                headers.setdefault(name, value)
        await self._send(message)

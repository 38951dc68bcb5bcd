"""What surrounds every request: its id, its line in the log, a bound on its body, and headers that browsers heed."""

import re
import time
import uuid

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import problem_response

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

# In a request's state: its line in the log is left out, since something else tells of it.
UNLOGGED = "unlogged"

log = structlog.get_logger(__name__)


class RequestContext:
    """Gives every request an id, which its answer and all its log lines carry, and answers bugs with a bare 500.

    A caller's own ``X-Request-Id`` is kept where it is short and plain.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if REQUEST_ID.fullmatch(given) else str(uuid.uuid4())
        scope.setdefault("state", {})["request_id"] = request_id
        answer = _Answer(send, request_id)
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            began = time.perf_counter()
            await self._answer(scope, receive, answer)
            if UNLOGGED in scope["state"]:
                return
            duration_ms = round((time.perf_counter() - began) * 1000, 1)
            # The path without its query string: a search tells what somebody looks for.
            log.info(
                "request", method=scope["method"], path=scope["path"], status=answer.status, duration_ms=duration_ms
            )

    async def _answer(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        try:
            await self._app(scope, receive, answer)
        except Exception:
            # The edge of the process: the caller is told that it failed, and the operator what failed.
            log.exception("bug", method=scope["method"], path=scope["path"])
            if answer.status is not None:
                raise
            await problem_response(500)(scope, receive, answer)


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

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self._request_id = request_id
        self.status: int | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-Id"] = self._request_id
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
        await self._send(message)

"""Streams over WebSockets: a handshake is asked as the request that it is, and its answer carried in messages."""

from collections.abc import Mapping, Set
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.live.responses import AS_MESSAGES, ENDED, MEDIA_TYPE
from schemas.messages.live import EndReason

DENIAL = "websocket.http.response"
NORMAL, GOING_AWAY, POLICY, TRY_AGAIN = 1000, 1001, 1008, 1013
# What the last message tells, as RFC 6455 and the registry of its codes have it.
CLOSE_CODES: Mapping[EndReason, int] = {
    EndReason.STOPPING: GOING_AWAY,
    EndReason.SLOW: TRY_AGAIN,
    EndReason.UNAVAILABLE: TRY_AGAIN,
    EndReason.LIFETIME: NORMAL,
}


class WebSocketStreams:
    """Turns a WebSocket at one of ``paths`` into the request for the same stream, and refuses every other.

    Who may have it, what it holds and how much is allowed is thus decided in one place, and told by the same answers: a
    refusal is the problem that the request would get.
    """

    def __init__(self, app: ASGIApp, paths: Set[str]) -> None:
        self._app = app
        self._paths = paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        # That it connects is said already: the request says it anew.
        await receive()
        extensions = {**(scope.get("extensions") or {}), AS_MESSAGES: {}}
        scheme = "https" if scope.get("scheme") == "wss" else "http"
        asked = {**scope, "type": "http", "method": "GET", "scheme": scheme, "extensions": extensions}
        client = _Client(receive, send, can_deny=DENIAL in extensions)
        await self._app(asked if scope["path"] in self._paths else {**asked, "path": "/"}, client.receive, client.send)


class _Client:
    """One WebSocket, as the request that stands for it sees its client."""

    def __init__(self, receive: Receive, send: Send, *, can_deny: bool) -> None:
        self._receive = receive
        self._send = send
        self._can_deny = can_deny
        self._has_asked = False
        self._is_accepted = False
        self._is_over = False

    async def receive(self) -> Message:
        """Return the request, which has no body, and then that the client has gone; what it says is passed over."""
        if not self._has_asked:
            self._has_asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        while (await self._receive())["type"] != "websocket.disconnect":
            continue
        self._is_over = True
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Carry a part of the answer."""
        if self._is_over:
            return
        if message["type"] == "http.response.start":
            await self._begin(message)
        elif not self._is_accepted:
            await self._deny(message)
        elif message.get("more_body"):
            await self._send({"type": "websocket.send", "text": message["body"].decode()})
        else:
            self._is_over = True
            await self._send({"type": "websocket.close", "code": _code_of(message.get(ENDED))})

    async def _begin(self, message: Message) -> None:
        headers = Headers(raw=message["headers"])
        self._is_accepted = message["status"] == 200 and headers.get("content-type", "").startswith(MEDIA_TYPE)
        if self._is_accepted:
            await self._send({"type": "websocket.accept"})
        elif self._can_deny:
            await self._send({**message, "type": f"{DENIAL}.start"})

    async def _deny(self, message: Message) -> None:
        if self._can_deny:
            await self._send({**message, "type": f"{DENIAL}.body"})
        elif not message.get("more_body"):
            # The server has no way to tell why.
            await self._send({"type": "websocket.close", "code": POLICY})


def _code_of(ended: Any) -> int:
    return CLOSE_CODES.get(ended, POLICY)

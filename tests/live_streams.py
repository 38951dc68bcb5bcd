"""Clients of live streams, on an API in memory: they read as slowly as a test wants."""

import asyncio
import json
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

from fastapi import FastAPI
from starlette.types import Message

ENOUGH_S = 60


@dataclass(frozen=True)
class Told:
    """One message of a stream."""

    event: str
    id: str | None
    data: dict[str, Any]

    @property
    def image(self) -> str:
        return str(self.data["image_id"])


class LiveClient:
    """One request for a stream; ``status`` and ``problem`` tell where there is none.

    Nothing is received beyond what was read, as from a client that reads as slowly as this one.
    """

    def __init__(
        self,
        app: FastAPI,
        token: str | None = None,
        *,
        socket: bool = False,
        headers: dict[str, str] | None = None,
        **asked: Any,
    ) -> None:
        bearer = {} if token is None else {"authorization": f"Bearer {token}"}
        given = {"host": "api.test", **bearer, **(headers or {})}
        self._app = app
        self._socket = socket
        self._scope: dict[str, Any] = {
            "type": "websocket" if socket else "http",
            "method": "GET",
            "scheme": "ws" if socket else "http",
            "path": "/v1/live",
            "raw_path": b"/v1/live",
            "query_string": urlencode(asked, doseq=True).encode(),
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode()) for name, value in given.items()],
            "client": ("127.0.0.1", 1),
            "server": ("api.test", 80),
            "http_version": "1.1",
            "state": {},
            "extensions": {"websocket.http.response": {}},
        }
        self._sent: asyncio.Queue[Message] = asyncio.Queue(1)
        self._gone = asyncio.Event()
        self._received = b""
        self._told: list[Told] = []
        self._asked = False
        self.status = 0
        self.close_code: int | None = None

    async def __aenter__(self) -> Self:
        self._answering = asyncio.create_task(self._app(self._scope, self._receive, self._send))
        await self._begin()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._gone.set()
        while not self._answering.done():
            if not self._sent.empty():
                self._sent.get_nowait()
            await asyncio.sleep(0)
        await self._answering

    async def next(self) -> Told:
        """Return the next message."""
        while not self._told:
            await self._read_more()
        return self._told.pop(0)

    async def outcome(self) -> Told:
        """Return the next outcome."""
        while (told := await self.next()).event in ("ready", "heartbeat"):
            continue
        return told

    async def images(self, count: int) -> list[str]:
        """Return which images the next outcomes are about."""
        return [(await self.outcome()).image for _ in range(count)]

    async def end(self) -> str:
        """Return why the stream ends, after whatever comes before."""
        while (told := await self.next()).event != "end":
            continue
        return str(told.data["reason"])

    async def problem(self) -> dict[str, Any]:
        """Return the answer of a request that was refused."""
        while (message := await self._message()).get("more_body"):
            continue
        answer: dict[str, Any] = json.loads(message["body"])
        return answer

    async def _begin(self) -> None:
        message = await self._message()
        accepted = message["type"] == "websocket.accept"
        self.status = 200 if accepted else message["status"]

    async def _read_more(self) -> None:
        message = await self._message()
        if message["type"] == "websocket.close":
            self.close_code = message["code"]
            raise EOFError("the stream is over")
        if self._socket:
            self._told.append(Told(**json.loads(message["text"])))
            return
        self._received += message["body"]
        *events, self._received = self._received.split(b"\n\n")
        self._told += [told for event in events if (told := _parsed(event)) is not None]
        if not message.get("more_body"):
            raise EOFError("the stream is over")

    async def _message(self) -> Message:
        async with asyncio.timeout(ENOUGH_S):
            return await self._sent.get()

    async def _receive(self) -> Message:
        if not self._asked:
            self._asked = True
            return {"type": "websocket.connect"} if self._socket else {"type": "http.request", "body": b""}
        await self._gone.wait()
        return {"type": "websocket.disconnect", "code": 1005} if self._socket else {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        await self._sent.put(message)


def _parsed(event: bytes) -> Told | None:
    fields = dict(line.split(": ", 1) for line in event.decode().split("\n"))
    if "data" not in fields:
        return None
    return Told(fields["event"], fields.get("id"), json.loads(fields["data"]))

"""A request's head that does not end, or is too long, costs no memory."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from api.http.connections import MOST_HEAD_BYTES, BoundedHeadProtocol


async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """The application behind a real server."""
    listening = socket.create_server(("127.0.0.1", 0))
    configuration = uvicorn.Config(app, http=BoundedHeadProtocol, log_config=None, lifespan="off")
    server = uvicorn.Server(configuration)
    serving = asyncio.create_task(server.serve([listening]))
    yield listening.getsockname()[1]
    server.should_exit = True
    await serving


async def status_line(port: int, parts: Iterator[bytes]) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        return await reader.readline()
    finally:
        writer.close()


def endless(begin: bytes, part: bytes) -> Iterator[bytes]:
    yield begin
    for _ in range(MOST_HEAD_BYTES // len(part) + 2):
        yield part


@pytest.mark.parametrize(
    ("begin", "part"),
    [
        (b"GET / HTTP/1.1\r\nHost: a\r\n", b"X: " + b"a" * 997 + b"\r\n"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: ", b"a" * 1000),
        (b"GET /", b"a" * 1000),
    ],
    ids=["many fields", "one long field", "a long address"],
)
async def test_a_head_that_does_not_end_ends_the_connection(port: int, begin: bytes, part: bytes) -> None:
    assert await status_line(port, endless(begin, part)) == b"HTTP/1.1 431 Request Header Fields Too Large\r\n"


async def test_long_bodies_and_many_requests_on_one_connection_are_no_head(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(3):
        writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n" + b"a" * 300_000)
        await writer.drain()
        assert await reader.readline() == b"HTTP/1.1 204 No Content\r\n"
        await reader.readuntil(b"\r\n\r\n")
    writer.close()

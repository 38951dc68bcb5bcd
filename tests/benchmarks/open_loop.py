"""HTTP requests at times that do not depend on the answers; latency counts from when a request was meant to be sent.

A client that waits for one answer before it asks again slows down with the server, and never sees what its users see.
"""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

# The server closes what lies idle for five seconds; a request that is sent at that moment would be lost.
IDLE_S = 3.0
LONGEST_ANSWER_S = 60.0
RESET = 0


class Answer(NamedTuple):
    """One answer: when it was to be asked for, how long after that it was there, and what it said.

    ``status`` is 0 for a connection that broke before the answer.
    """

    meant_at: float
    latency_s: float
    status: int
    says_when: bool
    """Whether it has a Retry-After header."""


@dataclass
class Answers:
    """All answers of one part of a run."""

    seconds: float = 0.0
    all: list[Answer] = field(default_factory=list)

    def with_status(self, status: int) -> list[Answer]:
        return [answer for answer in self.all if answer.status == status]

    @property
    def statuses(self) -> Counter[int]:
        return Counter(answer.status for answer in self.all)

    def latency_ms(self, quantile: float, status: int) -> float:
        """Return a quantile of the latency of answers with ``status``."""
        return quantile_of([answer.latency_s for answer in self.with_status(status)], quantile) * 1000


def quantile_of(values: Iterable[float], quantile: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * quantile))] if ordered else 0.0


class LoadClient:
    """Sends requests over up to ``connections`` kept-alive connections; what finds none free waits for one."""

    def __init__(self, host: str, port: int, connections: int) -> None:
        self._address = (host, port)
        self._most = connections
        self._open = 0
        self._idle: list[_Connection] = []
        self._unsent: deque[_Request] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._unanswered = 0
        self._settled = asyncio.Event()

    def send(self, request: bytes, meant_at: float, done: Callable[[Answer], None]) -> None:
        """Send ``request`` as soon as may be; ``done`` is called with its answer."""
        self._unanswered += 1
        self._settled.clear()
        self._send(_Request(request, meant_at, done))

    def _send(self, wanted: "_Request") -> None:
        if (connection := self._take_idle()) is not None:
            connection.send(wanted)
        elif self._open < self._most:
            self._open += 1
            task = asyncio.get_running_loop().create_task(self._connect(wanted))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            self._unsent.append(wanted)

    async def settle(self) -> None:
        """Return once everything is answered; raises ``TimeoutError`` where that takes too long."""
        if self._unanswered:
            await asyncio.wait_for(self._settled.wait(), LONGEST_ANSWER_S)

    def finished(self, request: "_Request", status: int, says_when: bool) -> None:
        self._unanswered -= 1
        if not self._unanswered:
            self._settled.set()
        request.done(Answer(request.meant_at, time.monotonic() - request.meant_at, status, says_when))

    def free(self, connection: "_Connection") -> None:
        if self._unsent:
            connection.send(self._unsent.popleft())
        else:
            self._idle.append(connection)

    def lost(self, connection: "_Connection") -> None:
        self._open -= 1
        if connection in self._idle:
            self._idle.remove(connection)
        if self._unsent:
            self._send(self._unsent.popleft())

    def _take_idle(self) -> "_Connection | None":
        while self._idle:
            connection = self._idle.pop()
            if time.monotonic() - connection.idle_since < IDLE_S:
                return connection
            connection.close()
        return None

    async def _connect(self, wanted: "_Request") -> None:
        try:
            _, connection = await asyncio.get_running_loop().create_connection(
                lambda: _Connection(self), *self._address
            )
        except OSError:
            self._open -= 1
            self.finished(wanted, RESET, False)
        else:
            connection.send(wanted)


class _Request(NamedTuple):
    head_and_body: bytes
    meant_at: float
    done: Callable[[Answer], None]


class _Connection(asyncio.Protocol):
    """One connection, with one request under way at most."""

    def __init__(self, client: LoadClient) -> None:
        self._client = client
        self._request: _Request | None = None
        self._received = b""
        self.idle_since = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def send(self, request: _Request) -> None:
        self._request = request
        self._transport.write(request.head_and_body)

    def close(self) -> None:
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, ended, body = self._received.partition(b"\r\n\r\n")
        if not ended or self._request is None:
            return
        headers = head.lower()
        if len(body) < _content_length(headers):
            return
        request, self._request, self._received = self._request, None, b""
        self._client.finished(request, int(head[9:12]), b"\r\nretry-after:" in headers)
        if b"\r\nconnection: close" in headers:
            self._transport.close()
            return
        self.idle_since = time.monotonic()
        self._client.free(self)

    def connection_lost(self, _error: Exception | None) -> None:
        if self._request is not None:
            request, self._request = self._request, None
            self._client.finished(request, RESET, False)
        self._client.lost(self)


def _content_length(headers: bytes) -> int:
    _, _, after = headers.partition(b"\r\ncontent-length:")
    return int(after.split(b"\r\n", 1)[0] or 0)


async def at_rate(client: LoadClient, rate: float, seconds: float, make: Callable[[], bytes]) -> Answers:
    """Send ``rate`` requests a second for so long, whatever becomes of them, and return all answers."""
    answers = Answers(seconds)
    started_at = time.monotonic()
    for number in range(int(rate * seconds)):
        meant_at = started_at + number / rate
        await asyncio.sleep(max(0.0, meant_at - time.monotonic()))
        client.send(make(), meant_at, answers.all.append)
    await client.settle()
    return answers


async def at_once(client: LoadClient, concurrency: int, seconds: float, make: Callable[[], bytes]) -> Answers:
    """Keep ``concurrency`` requests under way for so long: what the server does when it always has something to do."""
    answers = Answers(seconds)
    ends_at = time.monotonic() + seconds

    def again(answer: Answer) -> None:
        answers.all.append(answer)
        if (now := time.monotonic()) < ends_at:
            client.send(make(), now, again)

    for _ in range(concurrency):
        client.send(make(), time.monotonic(), again)
    await asyncio.sleep(seconds)
    await client.settle()
    return answers

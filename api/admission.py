"""Bounds on requests at work: more of them than fit are refused at once, so that the rest stay fast."""

import asyncio
import time

import structlog
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import PROBES, Overloaded, overloaded_response, problem_response
from api.gate import Crowded, Gate
from api.middleware import UNLOGGED
from infra.settings import ApiSettings

SUBMISSIONS = ("POST", "/v1/images")
LOG_INS = ("POST", "/v1/auth/token")
BODY_TIMEOUT_S = 10.0
REPORT_EVERY_S = 5.0
TOO_MANY = Overloaded("busy", "More requests are at work than this server takes: try again in a moment.", 1)
TOO_MANY_OF = {
    SUBMISSIONS: Overloaded("busy", "More is being sent than this server takes at once: try again in a moment.", 1),
    LOG_INS: Overloaded("busy", "More people log in than this server takes at once: try again in a moment.", 1),
}

log = structlog.get_logger(__name__)


class Admission:
    """Refuses what is too much with a 429, before anything is done for it.

    Requests of all kinds share one bound; those that send images have a narrower one of their own, and so have log-ins,
    so that however many are refused or stuck, reading goes on. Probes are always answered. A body is read before its
    request takes a place: a slow sender holds up nobody.
    """

    def __init__(self, app: ASGIApp, settings: ApiSettings) -> None:
        self._app = app
        self._max_requests = settings.max_requests
        self._requests = 0
        self._gates = {
            SUBMISSIONS: Gate(settings.max_submissions, settings.max_waiting_submissions, settings.submission_wait_s),
            # What waits for its password to be checked is at work already: nobody waits before that.
            LOG_INS: Gate(settings.password_hash_threads + settings.password_hash_queue, waiting=0, wait_s=0.0),
        }
        self._refusals = _Refusals()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in PROBES:
            await self._app(scope, receive, send)
            return
        if self._requests >= self._max_requests:
            await self._refuse(TOO_MANY, scope, receive, send)
            return
        self._requests += 1
        try:
            await self._serve(scope, receive, send)
        finally:
            self._requests -= 1

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = (scope["method"], scope["path"])
        gate = self._gates.get(kind)
        if gate is None:
            await self._app(scope, receive, send)
        elif gate.is_full:
            await self._refuse(TOO_MANY_OF[kind], scope, receive, send)
        else:
            await self._pass(gate, TOO_MANY_OF[kind], scope, receive, send)

    async def _pass(self, gate: Gate, too_many: Overloaded, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await asyncio.wait_for(_read(receive), BODY_TIMEOUT_S)
            await gate.enter()
        except Crowded:
            await self._refuse(too_many, scope, receive, send)
        except TimeoutError:
            await problem_response(408, headers={"Connection": "close"})(scope, receive, send)
        except HTTPException as error:
            await problem_response(error.status_code, headers=error.headers)(scope, receive, send)
        else:
            try:
                await self._app(scope, _Replay(body, receive), send)
            finally:
                gate.leave()

    async def _refuse(self, error: Overloaded, scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"][UNLOGGED] = True
        self._refusals.add()
        await overloaded_response(error)(scope, receive, send)


async def _read(receive: Receive) -> list[Message]:
    """Return all messages of a body, the last of which may say that the caller went away."""
    messages = [await receive()]
    while messages[-1].get("more_body", False):
        messages.append(await receive())
    return messages


class _Replay:
    """Gives messages that were read already, then what comes after them."""

    def __init__(self, messages: list[Message], receive: Receive) -> None:
        self._messages = messages[::-1]
        self._receive = receive

    async def __call__(self) -> Message:
        return self._messages.pop() if self._messages else await self._receive()


class _Refusals:
    """Counts refusals and tells of them once in a while: a line for each would cost more than the refusal."""

    def __init__(self) -> None:
        self._count = 0
        self._told_at = -REPORT_EVERY_S

    def add(self) -> None:
        self._count += 1
        if time.monotonic() - self._told_at >= REPORT_EVERY_S:
            log.warning("busy", refused=self._count)
            self._count = 0
            self._told_at = time.monotonic()

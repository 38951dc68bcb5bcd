"""Bounds on requests at work: more of them than fit are refused at once, so that the rest stay fast."""

import time
from collections.abc import Callable, Set

import structlog
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.admission.concurrency_limiter import ConcurrencyLimiter, Crowded
from api.http.bodies import Bodies, has_body
from api.http.errors import Overloaded, overloaded_response
from api.http.middleware import UNLOGGED
from api.http.problems import PROBES, problem_response
from infra.settings.api import ApiSettings

SUBMISSIONS = ("POST", "/v1/images")
LOG_INS = ("POST", "/v1/auth/token")
REPORT_EVERY_S = 5.0
TOO_MANY = Overloaded("busy", "The server is processing as many requests as it can. Try again in a moment.", 1)
TOO_MANY_OF = {
    SUBMISSIONS: Overloaded("busy", "The server is receiving as many images as it can. Try again in a moment.", 1),
    LOG_INS: Overloaded("busy", "The server is checking as many passwords as it can. Try again in a moment.", 1),
}

log = structlog.get_logger(__name__)


class AdmissionControl:
    """Refuses what is too much with a 429, before anything is done for it.

    Requests of all kinds share one bound; those that send images have a narrower one of their own, and so have log-ins,
    so that however many are refused or stuck, reading goes on. Probes are always answered. A body is read before its
    request takes a place: a slow sender holds up nobody. ``receivers`` are the paths that read theirs within bounds of
    their own, for callers who are known. ``streams`` are those whose answers have no end: they give their place back
    once the answer begins, and keep to bounds of their own from then on.
    """

    def __init__(
        self,
        app: ASGIApp,
        settings: ApiSettings,
        receivers: Set[str] = frozenset(),
        streams: Set[str] = frozenset(),
    ) -> None:
        self._app = app
        self._streams = streams
        self._max_requests = settings.max_requests
        self._receivers = receivers
        self._requests = 0
        self._bodies = Bodies(settings.max_requests)
        self._limiters = {
            SUBMISSIONS: ConcurrencyLimiter(
                settings.max_submissions, settings.max_waiting_submissions, settings.submission_wait_s
            ),
            # What waits for its password to be checked is at work already: nobody waits before that.
            LOG_INS: ConcurrencyLimiter(
                settings.password_hash_threads + settings.password_hash_queue, waiting=0, wait_s=0.0
            ),
        }
        self._refusals = _Refusals()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in PROBES:
            await self._app(scope, receive, send)
        elif (too_many := self._too_many(scope)) is not None:
            await self._refuse(too_many, scope, receive, send)
        elif has_body(scope) and scope["path"] not in self._receivers:
            await self._read_and_serve(scope, receive, send)
        else:
            await self._serve(scope, receive, send)

    async def _read_and_serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await self._bodies.read(receive)
        except TimeoutError:
            await problem_response(408, headers={"Connection": "close"})(scope, receive, send)
        except HTTPException as error:
            await problem_response(error.status_code, headers=error.headers)(scope, receive, send)
        else:
            await self._serve_read(scope, _Replay(body, receive), send)

    async def _serve_read(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Others may have taken the last places while the body came."""
        if (too_many := self._too_many(scope)) is not None:
            await self._refuse(too_many, scope, receive, send)
        else:
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = (scope["method"], scope["path"])
        limiter = self._limiters.get(kind)
        place = _Place(self._leave)
        self._requests += 1
        try:
            if scope["path"] in self._streams:
                await self._app(scope, receive, place.left_at_answer(send))
            elif limiter is None:
                await self._app(scope, receive, send)
            else:
                await self._pass(limiter, TOO_MANY_OF[kind], scope, receive, send)
        finally:
            place.leave()

    def _leave(self) -> None:
        self._requests -= 1

    async def _pass(
        self, limiter: ConcurrencyLimiter, too_many: Overloaded, scope: Scope, receive: Receive, send: Send
    ) -> None:
        try:
            await limiter.enter()
        except Crowded:
            await self._refuse(too_many, scope, receive, send)
            return
        try:
            await self._app(scope, receive, send)
        finally:
            limiter.leave()

    def _too_many(self, scope: Scope) -> Overloaded | None:
        if self._requests >= self._max_requests:
            return TOO_MANY
        kind = (scope["method"], scope["path"])
        limiter = self._limiters.get(kind)
        return TOO_MANY_OF[kind] if limiter is not None and limiter.is_full else None

    async def _refuse(self, error: Overloaded, scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"][UNLOGGED] = True
        self._refusals.add()
        await overloaded_response(error)(scope, receive, send)


class _Place:
    """One request's place, which is left once."""

    def __init__(self, give_back: Callable[[], None]) -> None:
        self._give_back = give_back
        self._is_left = False

    def leave(self) -> None:
        if not self._is_left:
            self._is_left = True
            self._give_back()

    def left_at_answer(self, send: Send) -> Send:
        """Return ``send`` as it is, but that the place is left once an answer begins."""

        async def send_and_leave(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.leave()
            await send(message)

        return send_and_leave


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

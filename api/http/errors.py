"""Which problem each error is answered with: what went wrong and what to do next, nothing of what is inside."""

import re
from collections.abc import Sequence

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from api.http.examples import example_of
from api.http.plain_words import NO_BODY, NO_TYPE, sentence, told
from api.http.problems import (
    DETAILS,
    RETRY_AFTER_S,
    UNAVAILABLE,
    RefusalReason,
    invalid_fields,
    problem_response,
    unauthenticated,
)
from api.security.api_keys import KeySuspended
from api.security.passwords.hashing import PasswordQueueFull
from api.security.throttle import TooManyAttempts
from api.security.tokens.access_tokens import InvalidToken, MissingToken
from infra.errors import (
    AlreadyExists,
    ChangedMeanwhile,
    ConfigurationError,
    Conflict,
    FieldError,
    InvalidCursor,
    InvalidRequest,
    NotAllowed,
    NotFound,
    NotSetUp,
    TransientError,
)
from infra.kafka.confirmation import PublishFailed
from infra.telemetry.metrics import REFUSED

QUEUE_RETRY_AFTER_S = 1
LONGEST_FIELD_NAME = 200
JSON_TYPE = re.compile(r"application/([^;]+\+)?json\s*(;|$)", re.IGNORECASE)

log = structlog.get_logger(__name__)


class Overloaded(Exception):
    """More is asked than fits; nothing was done, and the caller may come again in ``retry_after_s``."""

    def __init__(self, reason: RefusalReason, detail: str, retry_after_s: int) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
        self.retry_after_s = retry_after_s


class Refused(HTTPException):
    """A refusal of our own, whose detail is meant for the caller; a framework's is not."""


def forbidden(detail: str = DETAILS[403]) -> Refused:
    return Refused(403, detail)


def not_found(detail: str) -> Refused:
    return Refused(404, detail)


def conflict(detail: str) -> Refused:
    return Refused(409, detail)


def gone() -> Refused:
    return Refused(410, DETAILS[410])


def no_picture() -> Refused:
    return Refused(415, DETAILS[415])


def too_slow() -> Refused:
    return Refused(408, DETAILS[408], {"Connection": "close"})


def busy() -> Overloaded:
    return Overloaded("busy", DETAILS[429], QUEUE_RETRY_AFTER_S)


def too_large() -> Refused:
    return Refused(413, DETAILS[413], {"Connection": "close"})


def overloaded_response(error: Overloaded) -> Response:
    """Return the answer to what is too much, and count it."""
    REFUSED.labels(error.reason).inc()
    return problem_response(429, error.detail, {"Retry-After": str(error.retry_after_s)}, reason=error.reason)


def add_error_handlers(app: FastAPI) -> None:
    """Let ``app`` answer every error it knows with a problem; what it does not know is a bug, and the middleware's."""
    app.exception_handlers |= {
        HTTPException: _http_problem,
        Refused: _refused,
        RequestValidationError: _validation_problem,
        InvalidRequest: _invalid_fields,
        InvalidCursor: _invalid_cursor,
        InvalidToken: _unauthenticated,
        KeySuspended: _suspended,
        MissingToken: _missing_token,
        PasswordQueueFull: _queue_full,
        TooManyAttempts: _too_many_attempts,
        NotFound: _absent,
        Conflict: _conflicting,
        NotAllowed: _not_allowed,
        AlreadyExists: _another_was_first,
        ChangedMeanwhile: _another_was_first,
        Overloaded: _overloaded,
        ClientDisconnect: _gone,
        TransientError: _unavailable,
        NotSetUp: _not_set_up,
        ConfigurationError: _misconfigured,
        # Bodies are bounded far below what brokers take: a refusal is about rights or a missing topic.
        PublishFailed: _misconfigured,
    }


async def _http_problem(request: Request, error: HTTPException) -> Response:
    headers = {"Allow": ", ".join(_methods_at(request))} if error.status_code == 405 else error.headers
    return problem_response(error.status_code, headers=headers)


def _methods_at(request: Request) -> list[str]:
    """Return what the address answers in all: the framework tells of the first route there alone."""
    methods: set[str] = set()
    for route in iter_route_contexts(request.app.routes):
        if route.path_regex.match(request.url.path):
            methods |= route.methods or set()
    return sorted(methods)


async def _refused(_request: Request, error: Refused) -> Response:
    return problem_response(error.status_code, error.detail, error.headers)


async def _validation_problem(request: Request, error: RequestValidationError) -> Response:
    return invalid_fields([_error_in(request, each) for each in error.errors()])


async def _invalid_fields(_request: Request, error: InvalidRequest) -> Response:
    return invalid_fields(error.errors)


async def _invalid_cursor(_request: Request, error: InvalidCursor) -> Response:
    return invalid_fields([FieldError(field="cursor", message=sentence(str(error)))])


async def _missing_token(_request: Request, _error: MissingToken) -> Response:
    return unauthenticated()


async def _unauthenticated(_request: Request, _error: InvalidToken) -> Response:
    return unauthenticated(
        "The token or API key is not valid, or no longer valid. Log in again, or create another key.", "invalid_token"
    )


async def _suspended(_request: Request, _error: KeySuspended) -> Response:
    return unauthenticated(
        "This API key has been suspended since a backup was restored. Ask an administrator to release it"
        " (POST /v1/suspensions/release, or vedette admin suspended release).",
        "invalid_token",
    )


async def _queue_full(_request: Request, _error: PasswordQueueFull) -> Response:
    return overloaded_response(busy())


async def _overloaded(_request: Request, error: Overloaded) -> Response:
    return overloaded_response(error)


async def _gone(_request: Request, _error: ClientDisconnect) -> Response:
    """Nobody reads this: whoever sent half a body went away."""
    return problem_response(400)


async def _too_many_attempts(_request: Request, error: TooManyAttempts) -> Response:
    detail = "Too many attempts failed. Try again later, or from a network from which you have logged in before."
    return overloaded_response(Overloaded("attempts", detail, error.retry_after_s))


async def _absent(_request: Request, error: NotFound) -> Response:
    return problem_response(404, sentence(str(error)))


async def _conflicting(_request: Request, error: Conflict) -> Response:
    return problem_response(409, sentence(str(error)))


async def _not_allowed(_request: Request, error: NotAllowed) -> Response:
    return problem_response(403, sentence(str(error)))


async def _another_was_first(_request: Request, _error: AlreadyExists | ChangedMeanwhile) -> Response:
    return problem_response(409)


async def _unavailable(request: Request, error: TransientError) -> Response:
    log.warning("unavailable", path=getattr(request.scope.get("route"), "path_format", "unknown"), error=str(error))
    headers = {"Retry-After": str(RETRY_AFTER_S)}
    if error.part is None:
        return problem_response(503, headers=headers)
    return problem_response(503, UNAVAILABLE.format(error.part), headers, part=str(error.part))


async def _not_set_up(request: Request, error: NotSetUp) -> Response:
    """Tell what is missing and who can mend it: an operator who reads it first may be the caller."""
    log.error("not_set_up", path=getattr(request.scope.get("route"), "path_format", "unknown"), error=str(error))
    return problem_response(503, f"{error}.", {"Retry-After": str(RETRY_AFTER_S)}, part=str(error.part))


async def _misconfigured(request: Request, error: ConfigurationError | PublishFailed) -> Response:
    log.error("misconfigured", path=getattr(request.scope.get("route"), "path_format", "unknown"), error=str(error))
    return problem_response(503, headers={"Retry-After": str(RETRY_AFTER_S)})


def field_error(location: Sequence[int | str], error: ErrorDetails, example: object = None) -> FieldError:
    """Return ``images[0].uri`` for ``("body", "images", 0, "uri")``; a body that is no JSON is at fault as a whole."""
    where, *parts = location
    name = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts).removeprefix(".")
    whole = error["type"] == "json_invalid" or not name
    message = told(error["type"], error["msg"], error.get("ctx"), example)
    return FieldError(field=str(where) if whole else name[:LONGEST_FIELD_NAME], message=message)


def _error_in(request: Request, error: ErrorDetails) -> FieldError:
    """Return what is wrong; where the body was not read as JSON, since nothing said that it is some, that alone."""
    if error["loc"] == ("body",) and error["type"] != "json_invalid":
        if error["type"] == "missing":
            return FieldError(field="body", message=NO_BODY)
        if not JSON_TYPE.match(request.headers.get("content-type", "")):
            return FieldError(field="Content-Type", message=NO_TYPE)
    return field_error(error["loc"], error, example_of(request, error["loc"]))

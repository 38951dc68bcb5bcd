"""Every error as an RFC 9457 problem: what went wrong and what to do next, nothing of what is inside."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, Field
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from api.http.examples import example_of
from api.http.plain_words import NO_BODY, NO_TYPE, sentence, told
from api.security.api_keys import SuspendedKey
from api.security.passwords.hashing import PasswordQueueFull
from api.security.throttle import TooManyAttempts
from api.security.tokens.access_tokens import InvalidToken, MissingToken
from infra.errors import (
    AlreadyExists,
    ChangedMeanwhile,
    ConfigurationError,
    InvalidCursor,
    NotSetUp,
    TransientError,
)
from infra.kafka.confirmation import PublishFailed
from infra.telemetry.metrics import REFUSED
from schemas.images import Frozen

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 5
QUEUE_RETRY_AFTER_S = 1
LONGEST_FIELD_NAME = 200
JSON_TYPE = re.compile(r"application/([^;]+\+)?json\s*(;|$)", re.IGNORECASE)
# Always answered, however much is asked.
PROBES = frozenset({"/healthz", "/readyz"})

log = structlog.get_logger(__name__)


class FieldError(Frozen):
    """One thing wrong with a request: the field, as in ``images[0].uri``, and one sentence."""

    field: str
    message: str


class Problem(BaseModel):
    """A problem as RFC 9457 has it; documentation alone, answers are built by ``problem_response``."""

    type: str = Field(examples=["urn:vedette:problem:not-found"])
    title: str = Field(examples=["Not found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["There is no such image."])


class Unavailable(Problem):
    """A problem of the platform's; the Retry-After header says when to come again."""

    part: str | None = Field(
        default=None, description="Which part cannot answer, where it is known.", examples=["Kafka"]
    )


class InvalidFields(BaseModel):
    """A problem that names the fields of the request that are wrong."""

    type: str = Field(examples=["urn:vedette:problem:invalid-request"])
    title: str = Field(examples=["Invalid request"])
    status: int = Field(examples=[422])
    detail: str
    errors: list[FieldError] = Field(
        examples=[[{"field": "limit", "message": "This is no whole number. For example: 50"}]]
    )


RefusalReason = Literal["busy", "backlog", "attempts", "rate", "quota"]


class Refusal(Problem):
    """A problem of too much at once; the Retry-After header says when to come again."""

    reason: RefusalReason = Field(
        description="`busy`: too much is at work this moment; `backlog`: too many images wait to be recognised; "
        "`attempts`: too many log-ins failed, or too many letters were asked for; `rate`: this account or key sends "
        "requests too often, `quota`: it has sent as many images today as it may; see the RateLimit header."
    )


WHERE_TO_LOOK = "GET /v1/status tells analysts and administrators which parts answer."
TITLES: Mapping[int, str] = {
    400: "Bad request",
    401: "Not authenticated",
    403: "Forbidden",
    404: "Not found",
    405: "Method not allowed",
    408: "Request timeout",
    409: "Conflict",
    413: "Request too large",
    415: "Unsupported media type",
    422: "Invalid request",
    429: "Too many requests",
    431: "Request header fields too large",
    500: "Internal error",
    503: "Unavailable",
}
DETAILS: Mapping[int, str] = {
    400: "The body cannot be read: send JSON in UTF-8, nested no deeper than it needs to be.",
    401: "Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key.",
    403: "This account, or this key of it, may not do that.",
    404: "There is nothing at this address.",
    405: "This address answers other methods; see the Allow header.",
    408: "The body took too long to arrive: send it again.",
    409: "Another change came first, or the name is taken: look again, then decide.",
    413: "The body is larger than this server takes: send less at a time.",
    415: "The body is no picture that is taken: send a JPEG, PNG, WebP, GIF, BMP, TIFF or AVIF file as it is.",
    422: "Some fields are wrong; see errors.",
    429: "Too many requests at once: try again in a moment.",
    431: "The address and the header fields are longer, or more, than this server takes.",
    500: "Something went wrong here; the X-Request-Id of this answer finds it in the server's log.",
    503: f"A part of the platform cannot answer now: try again in {RETRY_AFTER_S} seconds. {WHERE_TO_LOOK}",
}
UNAVAILABLE = f"One part of the platform cannot answer now: {{}}. Try again in {RETRY_AFTER_S} seconds. {WHERE_TO_LOOK}"


class InvalidRequest(Exception):
    """The request is well-formed, and what it asks cannot be done; each field at fault is named."""

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__("invalid request")
        self.errors = list(errors)


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


def no_picture() -> Refused:
    return Refused(415, DETAILS[415])


def too_slow() -> Refused:
    return Refused(408, DETAILS[408], {"Connection": "close"})


def busy() -> Overloaded:
    return Overloaded("busy", DETAILS[429], QUEUE_RETRY_AFTER_S)


def too_large() -> Refused:
    return Refused(413, DETAILS[413], {"Connection": "close"})


def problem_response(
    status: int, detail: str | None = None, headers: Mapping[str, str] | None = None, **more: Any
) -> Response:
    """Return the problem response for ``status``; ``more`` are its extension members."""
    title = TITLES.get(status, "Error")
    kind = "urn:vedette:problem:" + title.lower().replace(" ", "-")
    body = {"type": kind, "title": title, "status": status, "detail": detail or DETAILS.get(status, title), **more}
    # Escaped, since a field's name may hold text that is no valid UTF-8.
    return Response(json.dumps(body), status, headers=headers, media_type=MEDIA_TYPE)


def overloaded_response(error: Overloaded) -> Response:
    """Return the answer to what is too much, and count it."""
    REFUSED.labels(error.reason).inc()
    return problem_response(429, error.detail, {"Retry-After": str(error.retry_after_s)}, reason=error.reason)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return OpenAPI's description of these problems."""
    return {
        status: {
            "description": DETAILS[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{_schema(status).__name__}"}}},
        }
        for status in statuses
    }


def documented_everywhere(path: str, *, has_body: bool) -> dict[str, dict[str, Any]]:
    """Return OpenAPI's description of what any request may be answered: too many, too long a head, too slow a body."""
    statuses = (431,) if path in PROBES else (429, 431)
    slow = (408,) if has_body else ()
    return {str(status): problem for status, problem in documented(*slow, *statuses).items()}


def add_error_handlers(app: FastAPI) -> None:
    """Let ``app`` answer every error it knows with a problem; what it does not know is a bug, and the middleware's."""
    app.exception_handlers |= {
        HTTPException: _http_problem,
        Refused: _refused,
        RequestValidationError: _validation_problem,
        InvalidRequest: _invalid_fields,
        InvalidCursor: _invalid_cursor,
        InvalidToken: _unauthenticated,
        SuspendedKey: _suspended,
        MissingToken: _missing_token,
        PasswordQueueFull: _queue_full,
        TooManyAttempts: _too_many_attempts,
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


def unauthenticated(detail: str | None = None, error: str | None = None) -> Response:
    """Return a 401 with the challenge that RFC 6750 asks for."""
    challenge = 'Bearer realm="vedette"' + (f', error="{error}"' if error else "")
    return problem_response(401, detail, {"WWW-Authenticate": challenge})


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
    return _fields([_error_in(request, each) for each in error.errors()])


async def _invalid_fields(_request: Request, error: InvalidRequest) -> Response:
    return _fields(error.errors)


async def _invalid_cursor(_request: Request, error: InvalidCursor) -> Response:
    return _fields([FieldError(field="cursor", message=sentence(str(error)))])


async def _missing_token(_request: Request, _error: MissingToken) -> Response:
    return unauthenticated()


async def _unauthenticated(_request: Request, _error: InvalidToken) -> Response:
    return unauthenticated("The token or key does not count, or no longer: log in, or make another.", "invalid_token")


async def _suspended(_request: Request, _error: SuspendedKey) -> Response:
    return unauthenticated(
        "This key is suspended since a backup was restored: ask an administrator to release it"
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
    detail = "Too many attempts failed: try again later, or from where you have logged in before."
    return overloaded_response(Overloaded("attempts", detail, error.retry_after_s))


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


def _fields(errors: list[FieldError]) -> Response:
    return problem_response(422, errors=[error.model_dump() for error in errors])


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


def _schema(status: int) -> type[BaseModel]:
    schemas: dict[int, type[BaseModel]] = {422: InvalidFields, 429: Refusal, 503: Unavailable}
    return schemas.get(status, Problem)

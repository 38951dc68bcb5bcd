"""Problems as RFC 9457 has them: how each status is told, as an answer and in the OpenAPI document."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from fastapi import Response
from pydantic import BaseModel, Field

from infra.errors import FieldError

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 5
# Always answered, however much is asked.
PROBES = frozenset({"/healthz", "/readyz"})


class Problem(BaseModel):
    """An error, described as RFC 9457 defines it."""

    type: str = Field(examples=["urn:vedette:problem:not-found"])
    title: str = Field(examples=["Not found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["There is no such image."])


class Unavailable(Problem):
    """A problem because a part of the platform does not respond. The Retry-After header says when to try again."""

    part: str | None = Field(
        default=None, description="The part that does not respond, if it is known.", examples=["Kafka"]
    )


class InvalidFields(BaseModel):
    """A problem that lists the invalid fields of the request."""

    type: str = Field(examples=["urn:vedette:problem:invalid-request"])
    title: str = Field(examples=["Invalid request"])
    status: int = Field(examples=[422])
    detail: str
    errors: list[FieldError] = Field(
        examples=[[{"field": "limit", "message": "This is not a whole number. For example: 50"}]]
    )


RefusalReason = Literal["busy", "backlog", "attempts", "rate", "quota"]


class Refusal(Problem):
    """A problem because there were too many requests. The Retry-After header says when to try again."""

    reason: RefusalReason = Field(
        description="`busy`: the API handles too many requests at this moment. `backlog`: too many images wait to "
        "be recognised. `attempts`: too many log-ins failed, or too many e-mails were requested. "
        "`rate`: this account or key sends requests too often. `quota`: this account or key has sent "
        "its maximum of images for today. See also the RateLimit header."
    )


WHERE_TO_LOOK = "GET /v1/status shows analysts and administrators which parts respond."
TITLES: Mapping[int, str] = {
    400: "Bad request",
    401: "Not authenticated",
    403: "Forbidden",
    404: "Not found",
    405: "Method not allowed",
    408: "Request timeout",
    409: "Conflict",
    410: "Gone",
    413: "Request too large",
    415: "Unsupported media type",
    422: "Invalid request",
    429: "Too many requests",
    431: "Request header fields too large",
    500: "Internal error",
    503: "Unavailable",
}
DETAILS: Mapping[int, str] = {
    400: "The body is not valid JSON in UTF-8, or it is nested too deeply.",
    401: "Send `Authorization: Bearer TOKEN` with a token from POST /v1/auth/token, or an API key.",
    403: "This account or API key may not do that.",
    404: "There is nothing at this URL.",
    405: "This URL does not support the method. The Allow header lists the methods that it supports.",
    408: "The body took too long to arrive. Send the request again.",
    409: "Another change was made first, or the name is taken. Read the present state before you try again.",
    410: (
        "What follows this id is no longer kept, so what you have missed cannot be told. Begin without an id, and read "
        "what you need with GET /v1/results."
    ),
    413: "The body is too large. Send less per request.",
    415: (
        "The body is not a supported picture. Send the unchanged bytes of the file, for example a JPEG, PNG, WebP, "
        "TIFF, AVIF or HEIC file."
    ),
    422: "Some fields are invalid. The field `errors` lists them.",
    429: "There are too many requests. Wait as long as the Retry-After header says, and try again.",
    431: "The URL or the header fields are too long, or there are too many header fields.",
    500: (
        "The server failed because of a bug. An operator can find the cause in the server's log by "
        "this response's X-Request-Id."
    ),
    503: f"A part of the platform does not respond at present. Try again in {RETRY_AFTER_S} seconds. {WHERE_TO_LOOK}",
}
UNAVAILABLE = (
    f"A part of the platform does not respond at present: {{}}. Try again in {RETRY_AFTER_S} seconds. {WHERE_TO_LOOK}"
)


def problem_response(
    status: int, detail: str | None = None, headers: Mapping[str, str] | None = None, **more: Any
) -> Response:
    """Return the problem response for ``status``; ``more`` are its extension members."""
    title = TITLES.get(status, "Error")
    kind = "urn:vedette:problem:" + title.lower().replace(" ", "-")
    body = {"type": kind, "title": title, "status": status, "detail": detail or DETAILS.get(status, title), **more}
    # Escaped, since a field's name may hold text that is no valid UTF-8.
    return Response(json.dumps(body), status, headers=headers, media_type=MEDIA_TYPE)


def invalid_fields(errors: Iterable[FieldError]) -> Response:
    """Return a 422 that names each field at fault."""
    return problem_response(422, errors=[error.model_dump() for error in errors])


def unauthenticated(detail: str | None = None, error: str | None = None) -> Response:
    """Return a 401 with the challenge that RFC 6750 asks for."""
    challenge = 'Bearer realm="vedette"' + (f', error="{error}"' if error else "")
    return problem_response(401, detail, {"WWW-Authenticate": challenge})


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


def _schema(status: int) -> type[BaseModel]:
    schemas: dict[int, type[BaseModel]] = {422: InvalidFields, 429: Refusal, 503: Unavailable}
    return schemas.get(status, Problem)

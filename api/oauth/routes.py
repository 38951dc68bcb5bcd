"""OAuth 2.0 for applications: where they get, renew and give back tokens, and read what the server can do."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse

from api.dependencies import AlertsDep, AuditDep, CallersDep, Turn
from api.http.problems import documented
from api.oauth.browser import FORM, MalformedForm, read_form
from api.oauth.conversation import Answer
from api.oauth.dependencies import AUTHORIZE, OAuthDep
from infra.recorded_acts import records
from schemas.access.oauth import FOR_CLIENTS, Grant
from schemas.activity import Action, Alert

router = APIRouter(tags=["OAuth"])


class Tokens(BaseModel):
    """An OAuth token response (RFC 6749, section 5.1)."""

    access_token: str
    token_type: str = Field(examples=["Bearer"])
    expires_in: int = Field(examples=[900])
    scope: str = Field(examples=["profile:read results:read"])
    refresh_token: str | None = Field(
        default=None, description="Use this once. A second use ends the session. Absent for client credentials."
    )


class OAuthProblem(BaseModel):
    """An OAuth error response (RFC 6749, section 5.2)."""

    error: str = Field(examples=["invalid_grant"])
    error_description: str | None = None


class Metadata(BaseModel):
    """The metadata of this authorization server (RFC 8414)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    revocation_endpoint: str
    jwks_uri: str
    scopes_supported: list[str]
    response_types_supported: list[str] = ["code"]
    response_modes_supported: list[str] = ["query"]
    grant_types_supported: list[str] = [grant.value for grant in Grant]
    token_endpoint_auth_methods_supported: list[str] = ["client_secret_basic", "client_secret_post", "none"]
    revocation_endpoint_auth_methods_supported: list[str] = ["client_secret_basic", "client_secret_post", "none"]
    code_challenge_methods_supported: list[str] = ["S256"]
    authorization_response_iss_parameter_supported: bool = True


async def get_answerer(
    oauth: OAuthDep, callers: CallersDep, audit: AuditDep, alerts: AlertsDep
) -> Callable[[Answer], Response]:
    """Return what answers a client, after what happened on the way was recorded, and told where it is an attack."""

    def answer(given: Answer) -> Response:
        for event in given.happened:
            if event.action is Action.CLIENT_REFUSED and not oauth.is_news(event.subject, audit.address):
                continue
            audit.note(event.action, event.actor, event.subject, event.detail)
            if event.action is Action.REFRESH_REUSED:
                alerts.tell(Alert.REFRESH_REUSED, event.subject, audit.address, audit.request_id)
        callers.forget(*given.ended)
        return JSONResponse(given.body, given.status, {**given.headers, "Cache-Control": "no-store"})

    return answer


AnswererDep = Annotated[Callable[[Answer], Response], Depends(get_answerer)]

TEXT = {"type": "string"}


def _form(required: str, properties: dict[str, Any]) -> dict[str, Any]:
    """Return OpenAPI's description of a form, of which one field is always needed."""
    schema = {"type": "object", "required": [required], "properties": properties}
    return {"requestBody": {"required": True, "content": {FORM: {"schema": schema}}}}


FORM_OF_TOKEN = _form(
    "grant_type",
    {
        "grant_type": TEXT | {"enum": [grant.value for grant in Grant]},
        **dict.fromkeys(
            ("code", "redirect_uri", "code_verifier", "refresh_token", "scope", "client_id", "client_secret"), TEXT
        ),
    },
)
FORM_OF_REVOCATION = _form(
    "token",
    {
        "token": TEXT,
        "token_type_hint": TEXT | {"description": "`access_token` or `refresh_token`; any other is passed over."},
        "client_id": TEXT,
        "client_secret": TEXT,
    },
)
TOLD: dict[int | str, dict[str, Any]] = {
    400: {"model": OAuthProblem, "description": "The request is invalid. The field `error` says why."},
    401: {"model": OAuthProblem, "description": "The client could not be authenticated."},
}


@router.post(
    "/oauth/token",
    response_model=Tokens,
    response_model_exclude_none=True,
    responses={**documented(404, 413, 429, 503), **TOLD},
    openapi_extra=FORM_OF_TOKEN,
)
@records(
    Action.CLIENT_SESSION_BEGUN,
    Action.SESSION_REFRESHED,
    Action.REFRESH_REUSED,
    Action.CODE_REUSED,
    Action.CLIENT_REFUSED,
)
async def give_token(request: Request, oauth: OAuthDep, answer: AnswererDep, turn: Turn) -> Response:
    """Exchange an authorization code, a refresh token or a client's own credentials for tokens (RFC 6749).

    A code can be used once, within a minute, with the verifier of its `S256` challenge. If it is used again, the tokens
    that it gave are revoked. Refreshes and tokens for the client itself count towards the client's rate limit. If that
    is exceeded, the refresh token is not used up.
    """
    try:
        form = await read_form(request)
    except MalformedForm as error:
        return _malformed(error)
    return answer(await oauth.give_token(form, request.headers.get("authorization"), turn))


@router.post(
    "/oauth/revoke",
    responses={
        **documented(404, 413, 429, 503),
        **TOLD,
        200: {"description": "The token is revoked, or was never valid.", "content": {"application/json": {}}},
    },
    openapi_extra=FORM_OF_REVOCATION,
)
@records(Action.CLIENT_SESSION_ENDED, Action.CLIENT_REFUSED)
async def revoke(request: Request, oauth: OAuthDep, answer: AnswererDep) -> Response:
    """Revoke an access or refresh token (RFC 7009). The session to which it belongs ends."""
    try:
        form = await read_form(request)
    except MalformedForm as error:
        return _malformed(error)
    return answer(await oauth.revoke(form, request.headers.get("authorization")))


@router.get("/.well-known/oauth-authorization-server", responses=documented(404))
async def read_metadata(oauth: OAuthDep) -> Metadata:
    """Return the metadata of this authorization server (RFC 8414)."""
    return Metadata(
        issuer=oauth.issuer,
        authorization_endpoint=f"{oauth.issuer}{AUTHORIZE}",
        token_endpoint=f"{oauth.issuer}/oauth/token",
        revocation_endpoint=f"{oauth.issuer}/oauth/revoke",
        jwks_uri=f"{oauth.issuer}/.well-known/jwks.json",
        scopes_supported=sorted(FOR_CLIENTS),
    )


def _malformed(error: MalformedForm) -> Response:
    return JSONResponse({"error": "invalid_request", "error_description": str(error)}, 400)

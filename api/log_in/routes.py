"""Log-in, what keeps it alive, log-out, and the keys with which others can verify our tokens."""

from typing import Annotated, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.activity.auditing import NOBODY
from api.dependencies import (
    AlertsDep,
    AuditDep,
    CallersDep,
    PasswordChecksDep,
    Person,
    ServicesDep,
    SessionsDep,
    Turn,
)
from api.http.problems import documented, unauthenticated
from api.http.routing import CallerFirstRoute
from api.security.sessions import RefreshReused, TokenPair
from api.security.tokens.access_tokens import InvalidToken
from api.services import Services
from infra.recorded_acts import records
from schemas.access.accounts import ShownSecret, bucket_of
from schemas.activity import Action, Alert

router = APIRouter(tags=["log-in"])
for_callers = APIRouter(tags=["log-in"], route_class=CallerFirstRoute)


class LogIn(BaseModel):
    """An account's e-mail address and password."""

    model_config = ConfigDict(
        extra="forbid",
        hide_input_in_errors=True,
        json_schema_extra={"examples": [{"email": "ada@shop.example", "password": "seven words picked by dice"}]},  # nosec B105 - an example
    )

    # Any text: an address that cannot be one is answered like one that nobody has.
    email: Annotated[str, StringConstraints(min_length=1, max_length=320)]
    password: ShownSecret


class Refresh(BaseModel):
    """The most recent refresh token."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    refresh_token: ShownSecret


class LoggedIn(BaseModel):
    """An access token to send as ``Authorization: Bearer …``, valid for ``expires_in`` seconds, and a refresh token."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the scheme's name, nothing secret
    expires_in: int = Field(examples=[900])
    refresh_token: str = Field(description="Use this once at POST /v1/auth/refresh. A second use ends the session.")


class Jwks(BaseModel):
    """A JSON Web Key Set (RFC 7517)."""

    keys: list[dict[str, str]]


@router.post("/v1/auth/token", response_model=LoggedIn, responses=documented(400, 401, 413, 422, 429, 503))
@records(Action.LOGGED_IN, Action.LOG_IN_FAILED)
async def log_in(
    credentials: LogIn,
    services: ServicesDep,
    sessions: SessionsDep,
    checks: PasswordChecksDep,
    audit: AuditDep,
) -> LoggedIn | Response:
    """Exchange an e-mail address and a password for a short-lived access token and a refresh token.

    An unknown address, a wrong password and a closed account get the same response, after the same time.
    """
    account = await checks.check(credentials.email, credentials.password.get_secret_value())
    if account is None:
        return unauthenticated("The e-mail address or the password is wrong, or the account is closed.")
    pair = await sessions.begin(account)
    audit.note(Action.LOGGED_IN, account.id, account.id)
    return logged_in(services, pair)


@router.post("/v1/auth/refresh", response_model=LoggedIn, responses=documented(400, 401, 413, 422, 429, 503))
@records(Action.SESSION_REFRESHED, Action.REFRESH_REUSED)
async def refresh(
    body: Refresh, services: ServicesDep, sessions: SessionsDep, audit: AuditDep, alerts: AlertsDep, turn: Turn
) -> LoggedIn | Response:
    """Exchange a refresh token for a new access token and a new refresh token.

    A refresh token can be used once. If one is used again, somebody else may have it: the whole session ends, and you
    must log in again. The request counts towards the account's rate limit. If that is exceeded, the token is not used
    up.
    """
    try:
        shown = await sessions.find(body.refresh_token.get_secret_value())
        turn(bucket_of(shown.account.id))
        pair = await sessions.refresh(shown)
    except InvalidToken as error:
        if isinstance(error, RefreshReused):
            audit.note(Action.REFRESH_REUSED, NOBODY, error.account_id, f"session {error.session_id}")
            alerts.tell(Alert.REFRESH_REUSED, str(error.account_id), audit.address, audit.request_id)
        return unauthenticated("The refresh token is not valid, or no longer valid. Log in again.", "invalid_token")
    audit.note(Action.SESSION_REFRESHED, pair.account_id, pair.account_id)
    return logged_in(services, pair)


@for_callers.post("/v1/auth/logout", status_code=204, responses=documented(401, 403, 422, 503))
@records(Action.LOGGED_OUT)
async def log_out(caller: Person, sessions: SessionsDep, callers: CallersDep, audit: AuditDep) -> None:
    """End this session and revoke all its tokens."""
    if caller.session_id is not None:
        await sessions.end(caller.session_id)
        callers.forget(caller.session_id)
        audit.note(Action.LOGGED_OUT, caller.account_id, caller.account_id)


@router.get("/.well-known/jwks.json")
async def read_keys(services: ServicesDep, response: Response) -> Jwks:
    """Return the public keys that verify the platform's tokens. The first one is the one that signs."""
    response.headers["Cache-Control"] = "public, max-age=300"
    return Jwks.model_validate(services.tokens.jwks())


def logged_in(services: Services, pair: TokenPair) -> LoggedIn:
    """Return a pair of tokens as callers get it."""
    return LoggedIn(access_token=pair.access, expires_in=services.tokens.lifetime_s, refresh_token=pair.refresh)

"""OAuth 2.0: where people decide about applications, and where applications get, renew and give back tokens."""

from collections.abc import Callable
from typing import Annotated, Any, cast
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, RedirectResponse

from api.dependencies import AlertsDep, AuditDep, CallersDep, PasswordChecksDep, ServicesDep, Turn
from api.http.errors import QUEUE_RETRY_AFTER_S, not_found
from api.http.problems import documented
from api.oauth.browser import FORM, LOG_IN_LIFETIME_S, Browser, MalformedForm, read_form
from api.oauth.conversation import Answer
from api.oauth.pages import consent_page, error_page, log_in_page
from api.oauth.server import AuthorizationRequest, NotToBeSentBack, OAuth, SentBack
from api.security.passwords.hashing import PasswordQueueFull
from api.security.throttle import TooManyAttempts
from api.services import Services
from infra.recorded_acts import records
from schemas.access.accounts import Account
from schemas.access.oauth import FOR_CLIENTS, BrowserLogIn, Grant
from schemas.activity import Action, Alert

router = APIRouter(tags=["OAuth"])

AUTHORIZE = "/oauth/authorize"
SEE_OTHER = 303
WRONG_LOG_IN = "E-mail address or password are wrong, or the account is closed."
OLD_PAGE = "This page has become too old, or was opened elsewhere."
TOO_MANY = "Too many log-ins failed: try again later."
TOO_MANY_AT_ONCE = "Too many people log in at this moment: try again."
NO_RIGHTS = "Your account has none of the rights that the application asks for."
LONGEST_EMAIL, LONGEST_PASSWORD = 320, 256


class Tokens(BaseModel):
    """What a client gets (RFC 6749, section 5.1)."""

    access_token: str
    token_type: str = Field(examples=["Bearer"])
    expires_in: int = Field(examples=[900])
    scope: str = Field(examples=["profile:read results:read"])
    refresh_token: str | None = Field(
        default=None, description="For one use; a second use ends the session. Not for client credentials."
    )


class OAuthProblem(BaseModel):
    """What a client is told instead (RFC 6749, section 5.2)."""

    error: str = Field(examples=["invalid_grant"])
    error_description: str | None = None


class Metadata(BaseModel):
    """What clients need to know of this server (RFC 8414)."""

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


async def get_oauth(request: Request) -> OAuth:
    """Return the authorization server; raises 404 where nobody has said at which address it is."""
    if (oauth := cast(OAuth | None, request.app.state.oauth)) is None:
        raise not_found("OAuth is off: its operator has to set VEDETTE_API__PUBLIC_URL.")
    return oauth


async def get_browser(request: Request, oauth: Annotated[OAuth, Depends(get_oauth)]) -> Browser:
    return Browser(request, secure=oauth.issuer.startswith("https:"))


async def get_request(request: Request, oauth: Annotated[OAuth, Depends(get_oauth)]) -> AuthorizationRequest | Response:
    """Return what the client asks for, or the answer to an unsound request."""
    try:
        pairs = parse_qsl(
            request.scope["query_string"].decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=40
        )
        return await oauth.check(pairs)
    except SentBack as error:
        return RedirectResponse(error.location, SEE_OTHER)
    except NotToBeSentBack as error:
        return error_page(str(error))
    except ValueError:
        return error_page("The address cannot be read.")


async def get_answerer(
    oauth: Annotated[OAuth, Depends(get_oauth)], callers: CallersDep, audit: AuditDep, alerts: AlertsDep
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
OAuthDep = Annotated[OAuth, Depends(get_oauth)]
BrowserDep = Annotated[Browser, Depends(get_browser)]
Wanted = Annotated[AuthorizationRequest | Response, Depends(get_request)]

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
    400: {"model": OAuthProblem, "description": "The request is wrong in the way that `error` says."},
    401: {"model": OAuthProblem, "description": "The client did not show that it is the one it says."},
}


@router.get(AUTHORIZE, include_in_schema=False)
async def show(wanted: Wanted, services: ServicesDep, browser: BrowserDep) -> Response:
    """Ask the person in front of a browser to log in, then whether the client may."""
    if isinstance(wanted, Response):
        return wanted
    account = await _logged_in(services, browser)
    if account is None:
        return _ask_who(wanted, browser)
    return _ask_whether(wanted, browser, account)


@router.post(AUTHORIZE, include_in_schema=False)
@records(Action.LOGGED_IN, Action.LOG_IN_FAILED, Action.CONSENT_GIVEN, Action.CONSENT_REFUSED)
async def decide(
    request: Request,
    wanted: Wanted,
    oauth: OAuthDep,
    services: ServicesDep,
    browser: BrowserDep,
    checks: PasswordChecksDep,
    callers: CallersDep,
    audit: AuditDep,
) -> Response:
    """Take the log-in, or the decision of whoever has logged in."""
    if isinstance(wanted, Response):
        return wanted
    try:
        form = dict(await read_form(request))
    except MalformedForm as error:
        return error_page(f"The form cannot be read: {error}.")
    if not browser.sent(form):
        return error_page(OLD_PAGE, 403)
    if form.get("action") == "log-in":
        try:
            account = await checks.check(*_credentials(form), detail="oauth")
        except TooManyAttempts as error:
            return _turn_away(wanted, browser, TOO_MANY, error.retry_after_s)
        except PasswordQueueFull:
            return _turn_away(wanted, browser, TOO_MANY_AT_ONCE, QUEUE_RETRY_AFTER_S)
        if account is None:
            return log_in_page(_address_of(wanted), browser.form_token, wanted.client, WRONG_LOG_IN, 403)
        audit.note(Action.LOGGED_IN, account.id, account.id, f"to decide about client {wanted.client.id}")
        return await _begin(services, browser, wanted, account)
    account = await _logged_in(services, browser)
    if account is None:
        return RedirectResponse(_address_of(wanted), SEE_OTHER)
    allowed = form.get("action") == "allow" and bool(wanted.grantable_by(account))
    if allowed:
        location = await oauth.allow(wanted, account)
        callers.forget_consent(account.id, wanted.client.id)
        scopes = ", ".join(sorted(wanted.grantable_by(account)))
        audit.note(Action.CONSENT_GIVEN, account.id, wanted.client.id, f"scopes: {scopes}")
    else:
        location = await oauth.deny(wanted)
        audit.note(Action.CONSENT_REFUSED, account.id, wanted.client.id)
    return await _leave(services, browser, location)


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

    A code counts once, for a minute, with the verifier of its `S256` challenge; a second use ends what it gave.
    Refreshes, and tokens for a client itself, count as requests of the client; one too many uses nothing up.
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
        200: {"description": "The token counts no longer, or never did.", "content": {"application/json": {}}},
    },
    openapi_extra=FORM_OF_REVOCATION,
)
@records(Action.CLIENT_SESSION_ENDED, Action.CLIENT_REFUSED)
async def revoke(request: Request, oauth: OAuthDep, answer: AnswererDep) -> Response:
    """Give back an access or refresh token (RFC 7009): the session that it belongs to ends."""
    try:
        form = await read_form(request)
    except MalformedForm as error:
        return _malformed(error)
    return answer(await oauth.revoke(form, request.headers.get("authorization")))


@router.get("/.well-known/oauth-authorization-server", responses=documented(404))
async def read_metadata(oauth: OAuthDep) -> Metadata:
    """Return what clients need to know of this authorization server (RFC 8414)."""
    return Metadata(
        issuer=oauth.issuer,
        authorization_endpoint=f"{oauth.issuer}{AUTHORIZE}",
        token_endpoint=f"{oauth.issuer}/oauth/token",
        revocation_endpoint=f"{oauth.issuer}/oauth/revoke",
        jwks_uri=f"{oauth.issuer}/.well-known/jwks.json",
        scopes_supported=sorted(FOR_CLIENTS),
    )


async def _logged_in(services: Services, browser: Browser) -> Account | None:
    """Return whose browser this is, as long as the account is open and as it was."""
    if (digest := browser.digest) is None:
        return None
    log_in = await services.oauth_grants.find_log_in(digest)
    account = None if log_in is None else await services.accounts.find_account_by_id(log_in.account_id)
    if log_in is None or account is None or not account.active or account.generation != log_in.generation:
        return None
    return account


def _ask_who(wanted: AuthorizationRequest, browser: Browser) -> Response:
    if browser.digest is None:
        browser.renew()
    page = log_in_page(_address_of(wanted), browser.form_token, wanted.client)
    browser.remember(page)
    return page


def _turn_away(wanted: AuthorizationRequest, browser: Browser, why: str, retry_after_s: int) -> Response:
    page = log_in_page(_address_of(wanted), browser.form_token, wanted.client, why, 429)
    page.headers["Retry-After"] = str(retry_after_s)
    return page


def _ask_whether(wanted: AuthorizationRequest, browser: Browser, account: Account) -> Response:
    scopes = wanted.grantable_by(account)
    if not scopes:
        return error_page(NO_RIGHTS, 403)
    return consent_page(_address_of(wanted), browser.form_token, wanted.client, account, scopes, wanted.redirect_uri)


async def _begin(services: Services, browser: Browser, wanted: AuthorizationRequest, account: Account) -> Response:
    log_in = BrowserLogIn(account_id=account.id, generation=account.generation)
    await services.oauth_grants.begin_log_in(browser.renew(), log_in, LOG_IN_LIFETIME_S)
    answer = RedirectResponse(_address_of(wanted), SEE_OTHER)
    browser.remember(answer)
    return answer


async def _leave(services: Services, browser: Browser, location: str) -> Response:
    """Go on to the client; the log-in was for this one decision."""
    if (digest := browser.digest) is not None:
        await services.oauth_grants.end_log_in(digest)
    answer = RedirectResponse(location, SEE_OTHER)
    browser.forget(answer)
    return answer


def _credentials(form: dict[str, str]) -> tuple[str, str]:
    """What is longer than any of ours is cut off, and so is wrong."""
    return form.get("email", "").strip()[:LONGEST_EMAIL], form.get("password", "")[: LONGEST_PASSWORD + 1]


def _address_of(wanted: AuthorizationRequest) -> str:
    return f"{AUTHORIZE}?{urlencode(wanted.pairs)}"


def _malformed(error: MalformedForm) -> Response:
    return JSONResponse({"error": "invalid_request", "error_description": str(error)}, 400)

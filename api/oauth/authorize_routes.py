"""OAuth 2.0 for people: the pages on which they log in and decide whether an application may act for them."""

from typing import Annotated
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Depends, Request, Response
from starlette.responses import RedirectResponse

from api.dependencies import AuditDep, CallersDep, PasswordChecksDep, ServicesDep
from api.http.errors import QUEUE_RETRY_AFTER_S
from api.oauth.browser import LOG_IN_LIFETIME_S, Browser, MalformedForm, read_form
from api.oauth.dependencies import AUTHORIZE, OAuthDep
from api.oauth.pages import consent_page, error_page, log_in_page
from api.oauth.server import AuthorizationRequest, NotToBeSentBack, SentBack
from api.security.passwords.hashing import PasswordQueueFull
from api.security.throttle import TooManyAttempts
from api.services import Services
from infra.recorded_acts import records
from schemas.access.accounts import Account
from schemas.access.oauth import BrowserLogIn
from schemas.activity import Action

router = APIRouter(tags=["OAuth"])

SEE_OTHER = 303
WRONG_LOG_IN = "The e-mail address or the password is wrong, or the account is closed."
OLD_PAGE = "This page has expired, or was opened in another browser."
TOO_MANY = "Too many log-ins failed. Try again later."
TOO_MANY_AT_ONCE = "Too many people are logging in at this moment. Try again."
NO_RIGHTS = "Your account has none of the rights that the application asks for."
LONGEST_EMAIL, LONGEST_PASSWORD = 320, 256


async def get_browser(request: Request, oauth: OAuthDep) -> Browser:
    return Browser(request, secure=oauth.issuer.startswith("https:"))


async def get_request(request: Request, oauth: OAuthDep) -> AuthorizationRequest | Response:
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
        return error_page("This link is not valid.")


BrowserDep = Annotated[Browser, Depends(get_browser)]
Wanted = Annotated[AuthorizationRequest | Response, Depends(get_request)]


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

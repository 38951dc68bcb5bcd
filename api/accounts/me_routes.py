"""One's own account."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from api.accounts.registration_routes import RegistrationDep
from api.accounts.routes import AccountServiceDep
from api.accounts.service import YOURSELF
from api.accounts.views import AccountView, view_of
from api.dependencies import AuditDep, CallersDep, PasswordChecksDep, Person, ProfileReader, ServicesDep
from api.http.problems import documented
from api.http.routing import CallerFirstRoute
from api.security.passwords.checks import WatchedChecks
from api.security.tokens.access_tokens import InvalidToken
from api.services import Services
from infra.errors import Conflict, FieldError, InvalidRequest
from infra.recorded_acts import records
from schemas.access.accounts import Account, DisplayName, Password, Principal, Role, ShownSecret
from schemas.activity import Action

router = APIRouter(prefix="/v1/me", tags=["account"], route_class=CallerFirstRoute)


class Profile(BaseModel):
    """What you may change about your own account."""

    model_config = ConfigDict(extra="forbid")

    name: DisplayName | None = Field(description="Your display name. With null, it is removed.")


class PasswordChange(BaseModel):
    """The present password and the new one."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    password: ShownSecret
    new_password: Password


class Confirmed(BaseModel):
    """Your password again, so that nobody can do this on your unlocked screen."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    password: ShownSecret


@router.get("", response_model_exclude_none=True, responses=documented(401, 403, 422, 503))
async def read_profile(caller: ProfileReader, services: ServicesDep) -> AccountView:
    """Return your account."""
    return view_of(await _account(services, caller))


@router.patch("", response_model_exclude_none=True, responses=documented(400, 401, 403, 409, 413, 422, 503))
@records(Action.ACCOUNT_CHANGED)
async def change_profile(profile: Profile, caller: Person, services: ServicesDep, audit: AuditDep) -> AccountView:
    """Change your name. Only an administrator can change your role and workspaces."""
    account = await _account(services, caller)
    changed = await services.accounts.change_account(account.model_copy(update={"name": profile.name}))
    audit.note(Action.ACCOUNT_CHANGED, caller.account_id, caller.account_id, "name")
    return view_of(changed)


@router.put("/password", status_code=204, responses=documented(400, 401, 403, 409, 413, 422, 429, 503))
@records(Action.PASSWORD_CHANGED, Action.LOG_IN_FAILED)
async def change_password(
    change: PasswordChange,
    caller: Person,
    services: ServicesDep,
    checks: PasswordChecksDep,
    registration: RegistrationDep,
    callers: CallersDep,
    audit: AuditDep,
) -> None:
    """Change your password. All your sessions end, including this one."""
    account = await _checked(services, checks, caller, change.password, "password change")
    await registration.change_password(account, change.new_password.get_secret_value(), audit.act)
    callers.forget(account.id)


@router.post("/close", status_code=204, responses=documented(400, 401, 403, 409, 413, 422, 429, 503))
@records(Action.ACCOUNT_CLOSED, Action.LOG_IN_FAILED)
async def close(
    confirmed: Confirmed,
    caller: Person,
    services: ServicesDep,
    accounts: AccountServiceDep,
    checks: PasswordChecksDep,
    callers: CallersDep,
    audit: AuditDep,
) -> None:
    """Close your account.

    Its sessions end and its API keys stop working, until an administrator reopens the account.
    """
    if caller.role is Role.ADMIN:
        raise Conflict(YOURSELF)
    account = await _checked(services, checks, caller, confirmed.password, "account closing")
    # Looks at the role again: the caller's was read up to two seconds ago.
    await accounts.close_own(account, audit.act)
    callers.forget(account.id)


async def _account(services: Services, caller: Principal) -> Account:
    account = await services.accounts.find_account_by_id(caller.account_id)
    if account is None:
        raise InvalidToken("the account is gone")
    return account


async def _checked(
    services: Services, checks: WatchedChecks, caller: Principal, password: SecretStr, wish: str
) -> Account:
    """Return the caller's account if the password is right; failures count, and are told, like those of log-ins."""
    account = await _account(services, caller)
    checked = await checks.check(account.email, password.get_secret_value(), by=account.id, detail=wish)
    if checked is None or checked.id != account.id:
        raise InvalidRequest([FieldError(field="password", message="The password is wrong.")])
    return checked

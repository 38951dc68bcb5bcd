"""Accounts that people make themselves, and passwords that they forgot: by tokens that are sent by mail."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, EmailStr, Field

from api.accounts.registration import Registration
from api.accounts.views import AccountView, view_of
from api.activity.auditing import NOBODY, address_digest
from api.dependencies import Address, AuditDep, CallersDep
from api.http.problems import documented
from infra.recorded_acts import records
from schemas.access.accounts import DisplayName, Password, ShownSecret
from schemas.activity import Action

router = APIRouter(prefix="/v1/auth", tags=["log-in"])


class Asked(BaseModel):
    """The e-mail address to send a message to."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    email: EmailStr = Field(max_length=320, examples=["ada@shop.example"])


class AskedToRegister(Asked):
    """The e-mail address to send a message to, and the name of its owner."""

    name: DisplayName | None = None


class NewPassword(BaseModel):
    """The token from the e-mail, and the new password."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    token: ShownSecret
    password: Password


class Confirmation(NewPassword):
    """The token from the e-mail, the new password, and a display name."""

    name: DisplayName | None = None


class Sent(BaseModel):
    """The response, whether or not an e-mail was sent."""

    detail: str = "If a message may be sent to this address, it is on its way."


async def get_registration(request: Request) -> Registration:
    return cast(Registration, request.app.state.registration)


RegistrationDep = Annotated[Registration, Depends(get_registration)]


@router.post("/register", status_code=202, responses=documented(400, 403, 413, 422, 429, 503))
@records(Action.MAIL_ASKED)
async def register(asked: AskedToRegister, registration: RegistrationDep, address: Address, audit: AuditDep) -> Sent:
    """Register for an account, if this installation allows everybody to register.

    A token is sent to the e-mail address.

    The response is the same if the address already has an account; its owner is then notified by e-mail.
    """
    await registration.ask_to_register(asked.email, asked.name, address)
    audit.note(Action.MAIL_ASKED, NOBODY, address_digest(asked.email), "registration")
    return Sent()


@router.post(
    "/register/confirm",
    status_code=201,
    response_model_exclude_none=True,
    responses=documented(400, 413, 422, 429, 503),
)
@records(Action.ACCOUNT_REGISTERED)
async def confirm(body: Confirmation, registration: RegistrationDep, audit: AuditDep) -> AccountView:
    """Create the account for a token from a registration or invitation e-mail, with the given password."""
    token, password = body.token.get_secret_value(), body.password.get_secret_value()
    account, invitation = await registration.confirm(token, password, body.name)
    invited = "" if invitation is None else f"; invited by {invitation.maker.account_id}, invitation: {invitation.id}"
    audit.note(Action.ACCOUNT_REGISTERED, account.id, account.id, f"role: {account.role.value}{invited}")
    return view_of(account)


@router.post("/password/forgot", status_code=202, responses=documented(400, 413, 422, 429, 503))
@records(Action.MAIL_ASKED)
async def forgot(asked: Asked, registration: RegistrationDep, address: Address, audit: AuditDep) -> Sent:
    """Request an e-mail with which you can choose a new password. The response is the same for every address."""
    await registration.ask_for_reset(asked.email, address)
    audit.note(Action.MAIL_ASKED, NOBODY, address_digest(asked.email), "password reset")
    return Sent()


@router.post("/password/reset", status_code=204, responses=documented(400, 409, 413, 422, 429, 503))
@records(Action.PASSWORD_RESET)
async def reset(body: NewPassword, registration: RegistrationDep, callers: CallersDep, audit: AuditDep) -> None:
    """Set a new password with the token from the e-mail.

    The token can be used once. All sessions of the account end.
    """
    account = await registration.reset(body.token.get_secret_value(), body.password.get_secret_value(), audit.act)
    callers.forget(account.id)

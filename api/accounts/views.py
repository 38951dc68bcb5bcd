"""Accounts as they are shown, wanted and changed."""

from datetime import datetime
from uuid import UUID

from pydantic import ConfigDict, EmailStr, Field, StrictBool

from schemas.access.accounts import Account, DisplayName, Password, Role
from schemas.activity import Rights
from schemas.images import Frozen, Owner

MOST_WORKSPACES = 100


class AccountView(Frozen):
    """An account, without its password."""

    id: UUID
    email: EmailStr
    name: DisplayName | None = None
    role: Role
    workspaces: tuple[Owner, ...]
    active: bool
    created_at: datetime


class AccountWish(Frozen):
    """The account to create, with its initial password."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    email: EmailStr
    password: Password
    name: DisplayName | None = None
    role: Role = Role.USER
    workspaces: frozenset[Owner] = Field(default=frozenset(), max_length=MOST_WORKSPACES)


class AccountChanges(Frozen):
    """The changes to an account.

    Fields that are left out stay as they are. ``active: false`` also ends all sessions of the account.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"role": "analyst"}]})

    name: DisplayName | None = None
    role: Role | None = None
    workspaces: frozenset[Owner] | None = Field(default=None, max_length=MOST_WORKSPACES)
    active: StrictBool | None = None


def view_of(account: Account) -> AccountView:
    """Return the account as it may be shown."""
    shown = account.model_dump(include=set(AccountView.model_fields) - {"workspaces"})
    return AccountView(**shown, workspaces=tuple(sorted(account.workspaces)))


def rights_of(account: Account) -> Rights:
    """Return what the account may do, as an act upon it tells."""
    return Rights(active=account.active, role=account.role, workspaces=account.workspaces)

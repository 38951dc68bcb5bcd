"""Who may see and write which images."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from pydantic import ValidationError

from schemas.access.accounts import ROLE_SCOPES, Account, Password, Principal, Role, Workspace
from schemas.images import Frozen

NOW = datetime(2025, 1, 1, tzinfo=UTC)


def principal(role: Role, *workspaces: str) -> Principal:
    return Principal(account_id=uuid4(), role=role, workspaces=frozenset(workspaces), scopes=ROLE_SCOPES[role])


@pytest.mark.parametrize(
    ("role", "sees_own", "sees_other", "writes_own", "writes_other"),
    [
        (Role.USER, True, False, True, False),
        (Role.ANALYST, True, True, False, False),
        (Role.ADMIN, True, True, True, True),
    ],
)
def test_each_role_sees_and_writes_what_it_may(
    role: Role, sees_own: bool, sees_other: bool, writes_own: bool, writes_other: bool
) -> None:
    who = principal(role, "shop")
    assert (who.may_see("shop"), who.may_see("bank")) == (sees_own, sees_other)
    assert (who.may_write("shop"), who.may_write("bank")) == (writes_own, writes_other)


def test_a_user_without_workspaces_sees_nothing() -> None:
    assert not principal(Role.USER).may_see("shop")


def test_an_account_does_not_show_its_password_hash() -> None:
    account = Account(
        id=uuid4(),
        email="a@shop.example",
        password_hash="$argon2id$hidden",  # noqa: S106 - made up
        role=Role.USER,
        workspaces=frozenset({"shop"}),
        created_at=NOW,
    )
    assert "hidden" not in repr(account) + str(account)


class Login(Frozen):
    """A request that carries a password."""

    password: Password


@pytest.mark.parametrize("password", ["hunter2", "x" * 11, "x" * 257])
def test_a_password_of_the_wrong_length_is_refused_and_not_repeated(password: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Login.model_validate({"password": password})
    assert password not in str(refused.value)


def test_a_password_is_not_shown() -> None:
    assert "correct horse" not in repr(Login.model_validate({"password": "correct horse"}))


@pytest.mark.parametrize("fields", [{"id": "No Such"}, {"id": "-shop"}, {"name": "  "}, {"id": "s" * 64}])
def test_a_workspace_with_an_odd_name_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Workspace.model_validate({"id": "shop", "name": "Shop", "allowed_prefixes": (), "created_at": NOW, **fields})


@pytest.mark.parametrize("role", [Role.ANALYST, Role.ADMIN])
def test_a_key_for_some_workspaces_sees_and_writes_no_others_whatever_its_owners_role(role: Role) -> None:
    who = principal(role, "shop").model_copy(update={"confined": True})
    assert (who.may_see("shop"), who.may_see("bank")) == (True, False)
    assert (who.may_write("shop"), who.may_write("bank")) == (role is Role.ADMIN, False)

"""Accounts and workspaces from the command line."""

import pytest

from api.accounts import administration
from api.accounts.administration import AccountWish
from api.security.passwords.hashing import PasswordHashing, WeakPassword
from infra.errors import AlreadyExists, ConfigurationError, NotFound
from infra.operations.audit.acts import Acts, whoever
from schemas.access.accounts import Role
from schemas.activity import Action, AuditEvent
from tests import samples
from tests.api_world import FakePublisher
from tests.fakes.stores import FakeAccountStore

PASSWORD = "violet anchors drift slowly"  # noqa: S105 - of an account that lives as long as a test

ACT = Acts(FakePublisher()).act


def wish(**fields: object) -> AccountWish:
    known = {"email": "ada@shop.example", "role": Role.USER, "workspaces": ("shop",), "prefixes": ("s3://shop-*/",)}
    return AccountWish(**known | fields)  # type: ignore[arg-type]


async def test_the_first_account_comes_with_its_workspace() -> None:
    accounts = FakeAccountStore()
    done = await administration.create_account(accounts, wish(workspace_name="The shop"), PASSWORD, ACT)
    assert done == ["workspace shop created", "account ada@shop.example created: user in shop"]
    workspace = await accounts.find_workspace("shop")
    assert workspace is not None
    assert (workspace.name, workspace.allowed_prefixes) == ("The shop", ("s3://shop-*/",))


async def test_the_password_is_kept_as_its_hash_alone_and_lets_in() -> None:
    accounts = FakeAccountStore()
    await administration.create_account(accounts, wish(), PASSWORD, ACT)
    account = await accounts.find_account("ADA@shop.example")
    assert account is not None
    assert PASSWORD not in account.model_dump_json()
    hashing = PasswordHashing(1, 1)
    assert await hashing.verify(PASSWORD, account.password_hash)
    hashing.close()


async def test_a_workspace_that_is_there_is_joined_and_keeps_what_it_allows() -> None:
    accounts = FakeAccountStore()
    await accounts.create_workspace(samples.workspace("shop", allowed_prefixes=("gs://shop/",)))
    done = await administration.create_account(accounts, wish(), PASSWORD, ACT)
    assert done[0] == "workspace shop was there already"
    workspace = await accounts.find_workspace("shop")
    assert workspace is not None
    assert workspace.allowed_prefixes == ("gs://shop/", "s3://shop-*/")


async def test_an_address_that_has_an_account_changes_nothing() -> None:
    accounts = FakeAccountStore()
    await administration.create_account(accounts, wish(), PASSWORD, ACT)
    with pytest.raises(AlreadyExists):
        await administration.create_account(
            accounts, wish(email="ADA@shop.example", workspaces=("new",)), PASSWORD, ACT
        )
    assert await accounts.find_workspace("new") is None


async def test_a_weak_password_makes_nothing() -> None:
    accounts = FakeAccountStore()
    with pytest.raises(WeakPassword):
        await administration.create_account(accounts, wish(), "password1234", ACT)
    assert await accounts.list_workspaces() == ()


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"email": "ada"}, "no e-mail address"),
        ({"workspaces": ("The Shop",)}, "lower-case letters"),
        ({"workspace_name": "n" * 201}, "1 to 200 characters"),
        ({"prefixes": ("s3://shop",)}, "must end in /"),
        ({"prefixes": ("s3://*/",)}, "must name a bucket"),
    ],
)
def test_what_is_wrong_is_told_before_anything_is_asked(fields: dict[str, object], told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        administration.check(wish(**fields))


async def test_prefixes_are_added_or_replaced() -> None:
    accounts = FakeAccountStore()
    await accounts.create_workspace(samples.workspace("shop", allowed_prefixes=("gs://shop/",)))
    added = await administration.allow(accounts, "shop", ("s3://shop/", "gs://shop/"), ACT)
    assert added == ("gs://shop/", "s3://shop/")
    assert await administration.allow(accounts, "shop", ("az://shop/",), ACT, replace=True) == ("az://shop/",)
    workspace = await accounts.find_workspace("shop")
    assert workspace is not None
    assert workspace.allowed_prefixes == ("az://shop/",)


async def test_each_thing_that_is_made_or_widened_is_an_act_of_its_own() -> None:
    accounts, publisher = FakeAccountStore(), FakePublisher()
    act = Acts(publisher).act
    await accounts.create_workspace(samples.workspace("shop", allowed_prefixes=("gs://shop/",)))
    await administration.create_account(accounts, wish(workspaces=("new", "shop")), PASSWORD, act)
    await administration.allow(accounts, "shop", ("s3://shop-*/",), act)
    await administration.allow(accounts, "shop", ("s3://eu/",), act, replace=True)
    events = [AuditEvent.model_validate_json(record.value or b"") for record in publisher.records]
    account = await accounts.find_account("ada@shop.example")
    assert account is not None
    assert [(event.action, event.subject, event.owner) for event in events] == [
        (Action.WORKSPACE_CREATED, "new", "new"),
        (Action.WORKSPACE_CHANGED, "shop", "shop"),
        (Action.ACCOUNT_CREATED, str(account.id), None),
        (Action.WORKSPACE_CHANGED, "shop", "shop"),
    ]
    assert {event.actor for event in events} == {whoever()}
    left = [sorted(event.rights.prefixes or ()) for event in events if event.rights is not None]
    assert left == [["gs://shop/", "s3://shop-*/"], ["s3://eu/"]]


async def test_a_workspace_that_is_none_is_told_with_where_to_look() -> None:
    with pytest.raises(NotFound, match="vedette admin workspace list"):
        await administration.allow(FakeAccountStore(), "nowhere", ("s3://shop/",), ACT)

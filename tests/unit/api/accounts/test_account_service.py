"""Accounts with their workspaces, as the command line makes them: what is done, and the act that each step leaves."""

import pytest
from pydantic import SecretStr

from api.accounts.service import AccountService
from api.accounts.views import AccountWish
from api.command_line import HashingInThread
from api.security.passwords.hashing import PasswordHashing
from api.workspaces.service import Ensured, WorkspaceService, WorkspaceWish
from infra.errors import AlreadyExists, InvalidRequest, NotFound
from infra.operations.audit.acts import command_recorder
from schemas.access.accounts import Role
from schemas.activity import Action, AuditEvent
from tests import samples
from tests.api_world import FakePublisher
from tests.fakes.stores import FakeAccountStore

PASSWORD = "violet anchors drift slowly"  # noqa: S105 - of an account that lives as long as a test
EMAIL = "ada@shop.example"
BY = "ada@ops-1"


class CommandWorld:
    """The services on a store in memory, and what they record."""

    def __init__(self) -> None:
        self.store, self.publisher = FakeAccountStore(), FakePublisher()
        self.act = command_recorder(self.publisher).act
        self.workspaces = WorkspaceService(self.store)
        self.accounts = AccountService(self.store, self.workspaces, HashingInThread())

    async def create(self, *workspaces: WorkspaceWish, email: str = EMAIL, password: str = PASSWORD) -> list[Ensured]:
        names = frozenset(wish.id for wish in workspaces)
        wish = AccountWish(email=email, password=SecretStr(password), workspaces=names)
        return await self.accounts.create_with_workspaces(wish, workspaces, BY, self.act)

    def told(self) -> list[AuditEvent]:
        return [AuditEvent.model_validate_json(record.value or b"") for record in self.publisher.records]


@pytest.fixture
def commands() -> CommandWorld:
    return CommandWorld()


def shop(**fields: object) -> WorkspaceWish:
    return WorkspaceWish.model_validate({"id": "shop", "allowed_prefixes": ("s3://shop-*/",)} | fields)


async def test_the_first_account_comes_with_its_workspace(commands: CommandWorld) -> None:
    assert await commands.create(shop(name="The shop")) == [Ensured.CREATED]
    workspace = await commands.workspaces.find("shop")
    assert (workspace.name, workspace.allowed_prefixes) == ("The shop", ("s3://shop-*/",))
    account = await commands.accounts.find_by_email("ADA@shop.example")
    assert (account.role, account.workspaces) == (Role.USER, {"shop"})


async def test_the_password_is_kept_as_its_hash_alone_and_lets_in(commands: CommandWorld) -> None:
    await commands.create(shop())
    account = await commands.accounts.find_by_email(EMAIL)
    assert PASSWORD not in account.model_dump_json()
    hashing = PasswordHashing(1, 1)
    assert await hashing.verify(PASSWORD, account.password_hash)
    hashing.close()


async def test_another_password_ends_every_log_in_and_is_an_act(commands: CommandWorld) -> None:
    await commands.create(shop())
    before = await commands.accounts.find_by_email(EMAIL)
    after = await commands.accounts.replace_password(before, "orchids whisper at noon", BY, commands.act)
    assert after.generation == before.generation + 1
    event = commands.told()[-1]
    assert (event.action, event.actor, event.subject) == (Action.PASSWORD_CHANGED, BY, str(before.id))
    with pytest.raises(InvalidRequest, match="password"):
        await commands.accounts.replace_password(after, "password1234", BY, commands.act)
    assert commands.told()[-1] == event


@pytest.mark.parametrize(
    ("allowed", "needed"),
    [((), Ensured.UNCHANGED), (("gs://shop/",), Ensured.UNCHANGED), (("s3://shop-*/",), Ensured.WIDENED)],
)
async def test_a_workspace_that_is_there_is_joined_and_keeps_what_it_allows(
    commands: CommandWorld, allowed: tuple[str, ...], needed: Ensured
) -> None:
    await commands.store.create_workspace(samples.workspace("shop", allowed_prefixes=("gs://shop/",)))
    assert await commands.create(shop(allowed_prefixes=allowed)) == [needed]
    workspace = await commands.workspaces.find("shop")
    assert workspace.allowed_prefixes == tuple(dict.fromkeys(("gs://shop/", *allowed)))
    widenings = [event for event in commands.told() if event.action is Action.WORKSPACE_CHANGED]
    assert [(event.subject, event.owner, event.detail) for event in widenings] == (
        [("shop", "shop", "prefixes: gs://shop/ -> gs://shop/, s3://shop-*/")] if needed is Ensured.WIDENED else []
    )


async def test_each_thing_that_is_made_or_widened_is_an_act_of_its_own(commands: CommandWorld) -> None:
    await commands.store.create_workspace(samples.workspace("shop", allowed_prefixes=("gs://shop/",)))
    await commands.create(shop(id="new"), shop())
    account = await commands.accounts.find_by_email(EMAIL)
    assert [(event.action, event.subject, event.owner, event.actor) for event in commands.told()] == [
        (Action.WORKSPACE_CREATED, "new", "new", BY),
        (Action.WORKSPACE_CHANGED, "shop", "shop", BY),
        (Action.ACCOUNT_CREATED, str(account.id), None, BY),
    ]


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"email": "ADA@shop.example"}, AlreadyExists),
        ({"email": "eve@shop.example", "password": "password1234"}, InvalidRequest),
    ],
)
async def test_an_account_that_cannot_be_changes_no_workspace(
    commands: CommandWorld, wrong: dict[str, str], error: type[Exception]
) -> None:
    await commands.create(shop())
    told = commands.told()
    with pytest.raises(error):
        await commands.create(shop(id="new"), shop(allowed_prefixes=("gs://other/",)), **wrong)
    assert [workspace.id for workspace in await commands.workspaces.list()] == ["shop"]
    assert commands.told() == told


async def test_a_prefix_that_can_be_none_changes_no_workspace(commands: CommandWorld) -> None:
    with pytest.raises(InvalidRequest, match="must end in /"):
        await commands.create(shop(id="new"), shop(allowed_prefixes=("s3://shop",)))
    assert await commands.workspaces.list() == ()
    assert commands.told() == []


async def test_an_account_that_is_none_is_told(commands: CommandWorld) -> None:
    with pytest.raises(NotFound):
        await commands.accounts.find_by_email("nobody@shop.example")

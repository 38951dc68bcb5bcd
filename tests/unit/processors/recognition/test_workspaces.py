"""Workspaces are remembered for a few seconds and no longer."""

import pytest

from infra.errors import TransientError
from processors.recognition.workspaces import REMEMBERED_S, WorkspaceDirectory
from tests.fakes.sources import FakeWorkspaces, workspace


class Clock:
    """Goes only when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def test_only_workspaces_that_exist_are_found() -> None:
    directory = WorkspaceDirectory(FakeWorkspaces([workspace("shop")]))
    assert await directory.find({"shop", "nobody"}) == {"shop": workspace("shop")}


async def test_a_workspace_is_asked_for_once_in_a_while(clock: Clock) -> None:
    accounts = FakeWorkspaces([workspace("shop")])
    directory = WorkspaceDirectory(accounts, clock)
    for _ in range(3):
        await directory.find(["shop", "nobody"])
    assert accounts.asked == ["shop", "nobody"]
    clock.now += REMEMBERED_S
    await directory.find(["shop"])
    assert accounts.asked == ["shop", "nobody", "shop"]


async def test_a_change_is_seen_after_a_few_seconds(clock: Clock) -> None:
    accounts = FakeWorkspaces([workspace("shop", "s3://old/")])
    directory = WorkspaceDirectory(accounts, clock)
    await directory.find(["shop"])
    accounts.workspaces = [workspace("shop", "s3://new/")]
    assert (await directory.find(["shop"]))["shop"].allowed_prefixes == ("s3://old/",)
    clock.now += REMEMBERED_S
    assert (await directory.find(["shop"]))["shop"].allowed_prefixes == ("s3://new/",)


async def test_a_store_that_is_down_is_not_remembered_as_no_workspace() -> None:
    accounts = FakeWorkspaces([workspace("shop")], down=True)
    directory = WorkspaceDirectory(accounts)
    with pytest.raises(TransientError):
        await directory.find(["shop"])
    accounts.down = False
    assert set(await directory.find(["shop"])) == {"shop"}


async def test_made_up_owners_are_forgotten_again(clock: Clock) -> None:
    directory = WorkspaceDirectory(FakeWorkspaces([]), clock)
    await directory.find([f"made-up-{number}" for number in range(100)])
    clock.now += REMEMBERED_S
    await directory.find(["one-more"])
    assert list(directory._remembered) == ["one-more"]

"""Whatever is done to workspaces, by whichever way: the audit trail alone tells what each may fetch."""

import asyncio
import re
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from api.accounts.service import AccountService
from api.accounts.views import AccountWish
from api.workspaces.service import MOST_PREFIXES, WorkspaceChanges, WorkspaceService, WorkspaceWish
from infra.errors import AlreadyExists, Conflict, NotFound
from infra.operations.audit.acts import command_recorder
from schemas.activity import Action, AuditEvent, Outcome
from schemas.images import DEFAULT_FEATURES, Feature
from tests import samples
from tests.api_world import FakePublisher
from tests.fakes.stores import FakeAccountStore

NAMES = ("shop", "lab")
PREFIXES = ("gs://shop/", "s3://eu/", "s3://shop-*/")
BY = "ada@ops-1"


class Unhashed:
    """Hashes nothing, since no password of these accounts is ever checked."""

    async def hash(self, password: str) -> str:
        return "$argon2id$" + "x" * len(password)


class Drawn:
    """The services on a store in memory, and what they have recorded."""

    def __init__(self) -> None:
        self.store, self.publisher = FakeAccountStore(), FakePublisher()
        self.act = command_recorder(self.publisher).act
        self.workspaces = WorkspaceService(self.store)
        self.accounts = AccountService(self.store, self.workspaces, Unhashed())

    async def create(self, name: str, prefixes: tuple[str, ...]) -> None:
        await self.workspaces.create(WorkspaceWish(id=name, allowed_prefixes=prefixes), BY, self.act)

    async def create_account(self, name: str, prefixes: tuple[str, ...]) -> None:
        email = f"user{len(self.store.accounts)}@shop.example"
        password = SecretStr("violet anchors drift slowly")
        wish = AccountWish(email=email, password=password, workspaces=frozenset({name}))
        workspace = WorkspaceWish(id=name, allowed_prefixes=prefixes)
        await self.accounts.create_with_workspaces(wish, [workspace], BY, self.act)

    async def allow(self, name: str, prefixes: tuple[str, ...]) -> None:
        await self.workspaces.allow(name, prefixes, BY, self.act)

    async def replace(self, name: str, prefixes: tuple[str, ...]) -> None:
        await self.workspaces.change(name, WorkspaceChanges(allowed_prefixes=prefixes), BY, self.act)

    async def rename(self, name: str, prefixes: tuple[str, ...]) -> None:
        await self.workspaces.change(name, WorkspaceChanges(name=f"{name} {len(prefixes)}"), BY, self.act)

    async def ask(self, name: str, prefixes: tuple[str, ...]) -> None:
        features = [Feature.TEXT, Feature.LABELS, Feature.TEXT][: len(prefixes)] or [Feature.HASH]
        await self.workspaces.change(name, WorkspaceChanges(default_features=features), BY, self.act)

    async def locate(self, name: str, prefixes: tuple[str, ...]) -> None:
        await self.workspaces.change(name, WorkspaceChanges(keep_location=bool(prefixes)), BY, self.act)

    def told(self) -> list[AuditEvent]:
        return [AuditEvent.model_validate_json(record.value or b"") for record in self.publisher.records]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["create", "create_account", "allow", "replace", "rename", "ask", "locate"]),
        st.sampled_from(NAMES),
        st.lists(st.sampled_from(PREFIXES), max_size=3).map(tuple),
    ),
    max_size=12,
)


@given(STEPS)
def test_the_trail_tells_what_each_workspace_may_fetch(steps: list[tuple[str, str, tuple[str, ...]]]) -> None:
    asyncio.run(_do_all(steps))


async def _do_all(steps: Iterable[tuple[str, str, tuple[str, ...]]]) -> None:
    world = Drawn()
    for step, name, prefixes in steps:
        before, told = dict(world.store.workspaces), len(world.told())
        try:
            await getattr(world, step)(name, prefixes)
        except (AlreadyExists, NotFound):
            assert world.store.workspaces == before
        acts = [event for event in world.told()[told:] if event.action is not Action.ACCOUNT_CREATED]
        # An act of its own for what changed, and none where nothing did.
        changed = [key for key, kept in world.store.workspaces.items() if before.get(key) != kept]
        assert [(event.subject, event.owner) for event in acts] == [(key, key) for key in changed]
    assert _allowed_by(world.told()) == {
        key: sorted(kept.allowed_prefixes) for key, kept in world.store.workspaces.items()
    }
    assert _asked_by(world.told()) == {
        key: ", ".join(kept.default_features) for key, kept in world.store.workspaces.items()
    }


def _allowed_by(events: Iterable[AuditEvent]) -> dict[str, list[str]]:
    """Read off the acts alone what each workspace may have fetched."""
    allowed: dict[str, list[str]] = {}
    for event in events:
        found = re.match(r"prefixes: (?:[^;]* -> )?([^;]*)", event.detail or "")
        if found and event.action in (Action.WORKSPACE_CREATED, Action.WORKSPACE_CHANGED):
            allowed[event.subject] = [] if found[1] == "none" else found[1].split(", ")
        if event.rights is not None and event.action is Action.WORKSPACE_CHANGED:
            assert sorted(event.rights.prefixes or ()) == allowed[event.subject]
    return allowed


def _asked_by(events: Iterable[AuditEvent]) -> dict[str, str]:
    """Read off the acts alone what each workspace asks of images by default."""
    asked: dict[str, str] = {}
    for event in events:
        found = re.search(r"default features: (?:[^;]* -> )?([^;]*)", event.detail or "")
        if event.action is Action.WORKSPACE_CREATED:
            asked[event.subject] = ", ".join(DEFAULT_FEATURES)
        if found and event.action in (Action.WORKSPACE_CREATED, Action.WORKSPACE_CHANGED):
            asked[event.subject] = found[1]
    return asked


async def test_default_features_are_kept_once_each_and_told_as_they_were_and_are() -> None:
    world = Drawn()
    wish = WorkspaceWish(id="shop", default_features=[Feature.HASH, Feature.HASH])
    made = await world.workspaces.create(wish, BY, world.act)
    await world.ask("shop", PREFIXES)
    assert made.default_features == (Feature.HASH,)
    assert [event.detail for event in world.told()] == [
        "prefixes: none; default features: hash",
        "default features: hash -> text, labels",
    ]


async def test_a_new_name_alone_is_told_as_that() -> None:
    world = Drawn()
    await world.create("shop", PREFIXES)
    await world.rename("shop", ())
    assert (world.told()[-1].action, world.told()[-1].detail) == (Action.WORKSPACE_CHANGED, "name")


async def test_a_workspace_has_only_so_many_prefixes_however_they_come_together() -> None:
    world = Drawn()
    many = tuple(f"s3://b{number}/" for number in range(MOST_PREFIXES))
    await world.create("shop", many)
    await world.allow("shop", many[:3])
    with pytest.raises(Conflict, match=str(MOST_PREFIXES)):
        await world.allow("shop", ("s3://another/",))
    assert len(world.told()) == 1


class SlowlyReplaced(FakeAccountStore):
    """Others get their turn between what was read and what is written of it."""

    async def replace_allowed_prefixes(self, *change: Any) -> None:
        await asyncio.sleep(0)
        await super().replace_allowed_prefixes(*change)


async def test_what_administrators_allow_at_the_same_moment_is_all_allowed() -> None:
    world = Drawn()
    world.store = SlowlyReplaced()
    world.workspaces = WorkspaceService(world.store)
    await world.create("shop", ())
    wanted = {f"s3://b{number}/" for number in range(8)}
    await asyncio.gather(*(world.allow("shop", (prefix,)) for prefix in wanted))
    assert set(world.store.workspaces["shop"].allowed_prefixes) == wanted
    lost = [event for event in world.told() if event.outcome is Outcome.FAILED]
    changes = [event for event in world.told() if event.action is Action.WORKSPACE_CHANGED]
    assert lost, "none was ever too late: nothing was tried"
    assert len(changes) - 2 * len(lost) == len(wanted)


async def test_who_begins_and_ends_to_keep_locations_is_told_and_a_right() -> None:
    world = Drawn()
    await world.create("shop", ())
    await world.locate("shop", PREFIXES)
    await world.locate("shop", ())
    told = [(event.detail, event.rights and event.rights.keep_location) for event in world.told()[1:]]
    assert told == [("locations: not kept -> kept", True), ("locations: kept -> not kept", False)]


@pytest.mark.parametrize("way", ["allow", "replace", "rename", "ask", "locate"])
async def test_a_workspace_that_is_none_is_not_changed(way: str) -> None:
    world: Any = Drawn()
    await world.store.create_workspace(samples.workspace("lab"))
    with pytest.raises(NotFound):
        await getattr(world, way)("shop", PREFIXES)
    assert world.told() == []
